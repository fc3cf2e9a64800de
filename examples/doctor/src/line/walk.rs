//! The lines in a line: shippers and exports wrap a line into a member of an object, under a name
//! of their own, or into an array, or merge its members into their own object. The value is walked,
//! whatever its type.

use serde_json::{Map, Value};

use super::members::{is_of_a_peer, is_whole_line};
use super::record::{Record, has_message};
use super::search::has_needle;
use super::values::{Found, Values, values};
use super::when::{self, When};
use super::{Entry, Origin, What, elsewhere, leftover, own, unescape, upstream};

/// The maximum depth of values within values, and escapes within escapes.
const MAX_DEPTH: usize = 24;

#[derive(Clone, Copy)]
struct Context {
    /// The time of the enclosing value.
    around: Option<When>,
    depth: usize,
    /// Whether the end of the line is present.
    is_whole: bool,
    /// Whether words without tag and fields are a line of their own.
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
    let values = values(line);
    // A value was read completely, so its content is not text of the line.
    if !values.found.is_empty() {
        return of_values(values, context);
    }
    let deeper = Context {
        depth: context.depth + 1,
        ..context
    };
    let plain: Vec<_> = record(&Record::plain(line), context).into_iter().collect();
    if plain.iter().any(has_fields) {
        return plain;
    }
    let layer = unescape::layer(line);
    let below = layer.map(|line| text(&line, deeper)).unwrap_or_default();
    let is_understood = |entry: &Entry| entry.what.is_understood();
    match plain.is_empty() || below.iter().any(is_understood) {
        true => below,
        false => plain,
    }
}

/// Removes duplicates. If there are several values, each is a line of its own.
fn of_values(values: Values<'_>, context: Context) -> Vec<Entry> {
    let mut found = Vec::new();
    let is_one = values.found.len() == 1 && !values.is_left_out;
    // The text before the first one may contain the time of all.
    let first = values.found.first().filter(|_| !is_one);
    let around = first.and_then(|first| when::in_text(first.before));
    let around = when::best(context.around, around);
    let context = Context { around, ..context };
    for Found { before, raw, value } in values.found {
        let has_own_message = matches!(&value, Value::Object(fields) if has_message(fields));
        let mut more = match value {
            Value::Object(fields) => object(before, fields, context),
            value => below("", value, context),
        };
        if more.is_empty() && !is_one {
            more.extend(unread(raw, context));
        }
        // A line of its own that broke off, and no text before the fields of this one.
        if has_own_message && more.iter().any(|entry| entry.what.is_understood()) {
            found.extend(unread(before, context));
        }
        more.retain(|entry| !found.contains(entry));
        found.append(&mut more);
    }
    if values.is_left_out || found.iter().any(|entry| entry.what.is_understood()) {
        found.extend(unread(values.behind, context));
    }
    found
}

/// What remains of a text without a finding: whether it contains a phrase.
fn unread(text: &str, context: Context) -> Option<Entry> {
    let entry = leftover::entry(Some(text).filter(|text| has_needle(text))?)?;
    let at = when::best(entry.at, context.around);
    Some(Entry { at, ..entry })
}

/// Whether more was read than the words of the message.
fn has_fields(entry: &Entry) -> bool {
    match &entry.what {
        What::Failure(failure) => {
            let texts = [&failure.uid, &failure.expected, &failure.actual];
            texts.iter().any(|text| text.is_some())
        }
        What::Elsewhere { .. } => true,
        What::Unread | What::Foreign | What::Repeated => false,
    }
}

fn object(before: &str, fields: Map<String, Value>, context: Context) -> Vec<Entry> {
    let structured = Record::structured(before, fields);
    if let Some(entry) = record(&structured, context) {
        return vec![entry];
    }
    // Upstream's own lines wrap nothing: their fields contain texts of clients.
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
        add(&mut found, below(&name, value, inner));
    }
    found
}

/// A shipper that keeps the original beside its parsed fields reports a single line.
fn add(found: &mut Vec<Entry>, mut more: Vec<Entry>) {
    more.retain(|entry| !found.iter().any(|told| told.what == entry.what));
    found.append(&mut more);
}

fn below(name: &str, value: Value, context: Context) -> Vec<Entry> {
    if context.depth > MAX_DEPTH || is_of_a_peer(name) {
        return Vec::new();
    }
    let deeper = Context {
        depth: context.depth + 1,
        is_line: is_whole_line(name),
        ..context
    };
    match value {
        Value::String(text) if has_needle(&text) => lines(text.trim_end(), deeper),
        Value::Object(fields) => object("", fields, deeper),
        Value::Array(all) => match bytes(name, &all) {
            Some(text) => lines(text.trim_end(), deeper),
            None => array(all, deeper),
        },
        _ => Vec::new(),
    }
}

/// Each element of an array is a line of its own. Some exports have pairs of time and line.
fn array(all: Vec<Value>, context: Context) -> Vec<Entry> {
    let first = all.first().and_then(when::of_value);
    let around = when::best(first, context.around);
    let context = Context { around, ..context };
    let is_one = all.len() == 1;
    let each = all.into_iter().flat_map(|one| {
        let raw = (!is_one && mentions(&one)).then(|| one.to_string());
        let mut found = below("", one, context);
        if let (true, Some(raw)) = (found.is_empty(), raw) {
            found.extend(unread(&raw, context));
        }
        found
    });
    each.collect()
}

fn mentions(value: &Value) -> bool {
    match value {
        Value::String(text) => has_needle(text),
        Value::Array(all) => all.iter().any(mentions),
        Value::Object(fields) => fields.values().any(mentions),
        _ => false,
    }
}

/// A shipper may put several lines into one member, or one line that spans several.
fn lines(whole: &str, context: Context) -> Vec<Entry> {
    let whole = unescape::without_colours(whole);
    let together = text(&whole, context);
    if !whole.contains('\n') {
        return together;
    }
    let each = whole.lines().flat_map(|line| {
        let mut found = text(line, context);
        if found.is_empty() {
            found.extend(unread(line, context));
        }
        found
    });
    let apart: Vec<_> = each.collect();
    let told = |entries: &[Entry]| {
        let with_fields = entries.iter().filter(|entry| has_fields(entry));
        let understood = entries.iter().filter(|entry| entry.what.is_understood());
        (with_fields.count(), understood.count())
    };
    match told(&together) > told(&apart) {
        true => together,
        false => apart,
    }
}

/// journald writes a message with control characters, such as colours, as an array of bytes.
fn bytes(name: &str, all: &[Value]) -> Option<String> {
    let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
    let is_message = name == "MESSAGE" && !all.is_empty();
    let bytes: Vec<u8> = all
        .iter()
        .filter(|_| is_message)
        .map(byte)
        .collect::<Option<_>>()?;
    is_message.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The finding of a record, if it is one of upstream's or this crate's.
fn record(record: &Record<'_>, context: Context) -> Option<Entry> {
    let own = || own::failure(record).filter(|_| context.is_whole);
    let is_unknown = || context.is_whole && own::is_unknown(record);
    let is_possible =
        |failure: &super::Failure| context.is_line || failure.origin != Origin::Possibly;
    let what = own()
        .map(What::Failure)
        .or_else(|| is_unknown().then_some(What::Unread))
        .or_else(|| {
            let failure = upstream::failure(record).filter(is_possible);
            failure.map(What::Failure)
        })
        .or_else(|| elsewhere::find(record))?;
    Some(Entry {
        at: when::best(when::written(record), context.around),
        what,
    })
}
