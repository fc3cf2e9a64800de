//! The lines in a line: shippers and exports wrap a line into a member of an object, under a name
//! of their own, or into an array, or lay its members into their own object. The value is walked,
//! whatever it is of.

use serde_json::{Deserializer, Map, Value};

use super::record::{Record, before_conn};
use super::when::{self, When};
use super::{Entry, Origin, What, elsewhere, needles, own, unescape, upstream};

/// Values within values, and escapes within escapes.
const MAX_DEPTH: usize = 24;

/// Places in a line at which a value is looked for.
const MAX_ATTEMPTS: usize = 16;

/// Members that hold a peer's own text: whatever stands there is no line of a log.
const OF_PEERS: [&str; 12] = [
    "uid",
    "deviceid",
    "deviceflag",
    "devicelevel",
    "token",
    "expecttoken",
    "acttoken",
    "conn",
    "clientid",
    "username",
    "useragent",
    "peer",
];

/// Members that hold nothing but a line: there a bare phrase counts.
const WHOLE_LINES: [&str; 3] = ["log", "line", "message"];

#[derive(Clone, Copy)]
struct Context {
    /// The time of what is around.
    around: Option<When>,
    depth: usize,
    /// Whether the end of the line is there.
    is_whole: bool,
    /// Whether words without tag and fields are a line, and no part of one.
    is_line: bool,
}

pub fn entries(line: &str, is_whole: bool) -> Vec<Entry> {
    let context = Context {
        around: None,
        depth: 0,
        is_whole,
        is_line: true,
    };
    text(line, context)
}

fn text(line: &str, context: Context) -> Vec<Entry> {
    if context.depth > MAX_DEPTH {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut has_value = false;
    for (before, value) in values(line) {
        has_value = true;
        found.extend(match value {
            Value::Object(fields) => object(before, fields, context),
            value => below("", value, context),
        });
        if !found.is_empty() {
            return found;
        }
    }
    let deeper = Context {
        depth: context.depth + 1,
        ..context
    };
    // A value was read whole: what stands in it is no text of the line's.
    if has_value {
        return found;
    }
    let plain: Vec<_> = record(&Record::plain(line), context).into_iter().collect();
    if plain.iter().any(has_fields) {
        return plain;
    }
    let layer = unescape::layer(line);
    let below = layer.map(|line| text(&line, deeper)).unwrap_or_default();
    if below.is_empty() { plain } else { below }
}

/// Whether more was read than the words of the message.
fn has_fields(entry: &Entry) -> bool {
    match &entry.what {
        What::Failure(failure) => {
            let texts = [&failure.uid, &failure.expected, &failure.actual];
            texts.iter().any(|text| text.is_some())
        }
        _ => true,
    }
}

/// The objects and arrays of a line, each with the text before it. One that begins behind `conn` is
/// that, in a line whose beginning is missing.
fn values(line: &str) -> Vec<(&str, Value)> {
    let mut values = Vec::new();
    let (mut start, end) = (0, before_conn(line).len());
    for _ in 0..MAX_ATTEMPTS {
        let Some(next) = line.get(start..end).and_then(|rest| rest.find(['{', '['])) else {
            break;
        };
        let (before, from) = line.split_at(start + next);
        let mut stream = Deserializer::from_str(from).into_iter::<Value>();
        start += next + 1;
        match stream.next() {
            Some(Ok(value)) if is_a_value_of_interest(&value) => {
                start += stream.byte_offset().saturating_sub(1);
                values.push((before, value));
            }
            _ => {}
        }
    }
    values
}

/// `[GIN]` is none, nor is `[1]` of a thread.
fn is_a_value_of_interest(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(all) => all.iter().any(|one| !one.is_number()),
        _ => false,
    }
}

fn object(before: &str, fields: Map<String, Value>, context: Context) -> Vec<Entry> {
    let structured = Record::structured(before, fields);
    if let Some(entry) = record(&structured, context) {
        return vec![entry];
    }
    // Upstream's own lines wrap nothing: what stands in their fields are texts of clients.
    if structured.is_exact && structured.message.trim_start().starts_with('【') {
        return Vec::new();
    }
    let around = when::best(when::written(&structured), context.around);
    let inner = Context {
        around,
        depth: context.depth + 1,
        ..context
    };
    let mut found: Vec<Entry> = Vec::new();
    for (name, value) in structured.into_fields() {
        // A shipper that keeps the original beside what it read from it tells of one line.
        let mut more = below(&name, value, inner);
        more.retain(|entry| !found.iter().any(|told| told.what == entry.what));
        found.append(&mut more);
    }
    found
}

fn below(name: &str, value: Value, context: Context) -> Vec<Entry> {
    if context.depth > MAX_DEPTH || is_of_a_peer(name) {
        return Vec::new();
    }
    let deeper = Context {
        depth: context.depth + 1,
        is_line: WHOLE_LINES
            .iter()
            .any(|line| line.eq_ignore_ascii_case(name)),
        ..context
    };
    match value {
        Value::String(line) if needles().any(|needle| line.contains(needle)) => {
            text(&unescape::without_colours(line.trim_end()), deeper)
        }
        Value::Object(fields) => object("", fields, deeper),
        Value::Array(all) => array(all, deeper),
        _ => Vec::new(),
    }
}

/// Each of an array is a line of its own. Some exports have pairs of time and line.
fn array(all: Vec<Value>, context: Context) -> Vec<Entry> {
    let first = all.first().and_then(when::of_value);
    let around = when::best(first, context.around);
    let context = Context { around, ..context };
    all.into_iter()
        .flat_map(|one| below("", one, context))
        .collect()
}

fn is_of_a_peer(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | '.'))
        .collect();
    OF_PEERS
        .iter()
        .any(|peer| peer.eq_ignore_ascii_case(&plain))
}

/// What a record says, if it is one of ours.
fn record(record: &Record<'_>, context: Context) -> Option<Entry> {
    let own = || own::failure(record).filter(|_| context.is_whole);
    let is_possible =
        |failure: &super::Failure| context.is_line || failure.origin != Origin::Possibly;
    let what = own()
        .or_else(|| upstream::failure(record))
        .filter(is_possible)
        .map(What::Failure)
        .or_else(|| elsewhere::find(record).map(What::Elsewhere))?;
    Some(Entry {
        at: when::best(when::written(record), context.around),
        what,
    })
}
