//! A line taken apart into a message and fields: a JSON object, text before one, one wrapped by
//! Docker, or the broken-off end of one.

use std::borrow::Cow;

use serde_json::{Deserializer, Map, Value};
use wukongim_auth::{DeviceFlag, DeviceFlags};

/// Places in a line at which a JSON object is looked for.
const MAX_ATTEMPTS: usize = 4;

/// Fields that are read from an object that is broken off.
const FRAGMENTS: [&str; 8] = [
    "uid",
    "deviceFlag",
    "sourceNodeId",
    "expectToken",
    "actToken",
    "error",
    "time",
    "ts",
];

pub struct Record<'a> {
    /// The text that is not part of an object.
    pub text: Cow<'a, str>,
    /// The message field's, else the text.
    pub message: Cow<'a, str>,
    /// Whether the message is exactly that, and not a whole line of text.
    pub is_exact: bool,
    fields: Map<String, Value>,
}

impl<'a> Record<'a> {
    pub fn read(line: &'a str) -> Self {
        match object_in(line) {
            Some((before, Value::Object(mut fields))) => match fields.remove("log") {
                // Docker's `json-file` driver: the line as a string, and a time of its own.
                Some(Value::String(inner)) => Record::unwrapped(&inner, fields),
                other => {
                    fields.extend(other.map(|value| ("log".to_owned(), value)));
                    Record::structured(before, fields)
                }
            },
            _ => Record::plain(line),
        }
    }

    /// The first text among the fields of these names.
    pub fn text_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.field(name)?.as_str())
    }

    /// The first field of these names.
    pub fn any(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.field(name))
    }

    pub fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// The device flag in a field: a number, or upstream's name for it.
    pub fn device_flag(&self, names: &[&str]) -> Option<DeviceFlag> {
        match self.any(names)? {
            Value::Number(number) => number
                .as_u64()
                .and_then(|number| u8::try_from(number).ok())
                .map(DeviceFlag::from),
            Value::String(text) => device_flag(text),
            _ => None,
        }
    }

    /// At the top, or in one object below it. Never below `conn`, which upstream v1 writes before
    /// it is filled in.
    fn field(&self, name: &str) -> Option<&Value> {
        let below = || {
            self.fields
                .iter()
                .filter(|(key, _)| matches!(key.as_str(), "fields" | "error" | "err" | "refusal"))
                .find_map(|(_, value)| value.as_object()?.get(name))
        };
        self.fields.get(name).or_else(below)
    }

    fn structured(before: &'a str, fields: Map<String, Value>) -> Self {
        let mut record = Record {
            text: Cow::Borrowed(before),
            message: Cow::Borrowed(before.trim_end()),
            is_exact: false,
            fields,
        };
        let message = record.text_of(&["msg", "message", "M"]).map(str::to_owned);
        if let Some(message) = message {
            record.message = Cow::Owned(message);
            record.is_exact = true;
        }
        record
    }

    fn unwrapped(inner: &str, outer: Map<String, Value>) -> Self {
        let inner = match object_in(inner) {
            Some((before, Value::Object(fields))) => Record::structured(before, fields),
            _ => Record::plain(inner),
        };
        let mut fields = outer;
        fields.extend(inner.fields);
        Record {
            text: Cow::Owned(inner.text.into_owned()),
            message: Cow::Owned(inner.message.into_owned()),
            is_exact: inner.is_exact,
            fields,
        }
    }

    fn plain(line: &'a str) -> Self {
        Record {
            text: Cow::Borrowed(line),
            message: Cow::Borrowed(before_conn(line).trim_end()),
            is_exact: false,
            fields: fragments(line),
        }
    }
}

/// `APP`, a number, or `UNKNOWN(7)`, as older versions of this crate wrote numbers without a name.
pub fn device_flag(text: &str) -> Option<DeviceFlag> {
    let mut named = DeviceFlags::CLIENTS.with(DeviceFlag::System).iter();
    let number = text
        .strip_prefix("UNKNOWN(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(text);
    let numbered = || number.parse::<u8>().ok().map(DeviceFlag::from);
    named
        .find(|flag| flag.to_string() == text)
        .or_else(numbered)
}

/// The first JSON object in a line, and the text before it. One that begins behind `conn` is that,
/// in a line whose beginning is missing.
fn object_in(line: &str) -> Option<(&str, Value)> {
    before_conn(line)
        .match_indices('{')
        .take(MAX_ATTEMPTS)
        .find_map(|(start, _)| {
            let (before, from) = line.split_at(start);
            let value = first_value(from).filter(Value::is_object)?;
            Some((before, value))
        })
}

/// `"key":"value"` wherever it stands, up to `conn`.
fn fragments(line: &str) -> Map<String, Value> {
    let line = before_conn(line);
    let find = |key: &str| {
        let after = line.split_once(&format!("\"{key}\""))?.1;
        let value = first_value(after.trim_start().strip_prefix(':')?)?;
        let is_plain = value.is_string() || value.is_number();
        is_plain.then(|| (key.to_owned(), value))
    };
    match line.contains("\":") || line.contains("\" :") {
        true => FRAGMENTS.into_iter().filter_map(find).collect(),
        false => Map::new(),
    }
}

/// In a line whose beginning is missing, `conn` is only text: what stands in it is not looked at.
fn before_conn(line: &str) -> &str {
    line.split("\"conn\"").next().unwrap_or_default()
}

fn first_value(text: &str) -> Option<Value> {
    Deserializer::from_str(text)
        .into_iter::<Value>()
        .next()?
        .ok()
}
