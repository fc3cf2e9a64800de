//! A line split into a message and fields: a JSON object, text before one, `key=value`, or the
//! truncated end of an object.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::{Deserializer, Map, Value};
use wukongim_auth::{DeviceFlag, DeviceFlags};

use super::logfmt;
use super::search::Word;

/// Fields that are read from a truncated object.
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
    /// The message field's text, otherwise the text.
    pub message: Cow<'a, str>,
    /// Whether the message is the message field's, and not a whole line of text.
    pub is_exact: bool,
    fields: Map<String, Value>,
    /// Whether one of the fields is an object whose members are read.
    has_below: bool,
}

/// Members that hold fields of the line itself.
const BELOW: [&str; 5] = ["fields", "attributes", "error", "err", "refusal"];

const MESSAGES: [&str; 4] = ["msg", "message", "M", "body"];

impl<'a> Record<'a> {
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

    /// A number in a field, as a number or as text.
    pub fn number_of(&self, name: &str) -> Option<u64> {
        let value = self.field(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    /// At the top level, or in an object directly below it. Never below `conn`, which upstream v1
    /// writes before it is filled in.
    fn field(&self, name: &str) -> Option<&Value> {
        let below = || {
            let mut objects = self.fields.iter().filter(is_below);
            objects.find_map(|(_, value)| value.as_object()?.get(name))
        };
        let found = self.fields.get(name);
        found.or_else(|| if self.has_below { below() } else { None })
    }

    pub fn structured(before: &'a str, fields: Map<String, Value>) -> Self {
        let mut record = Record {
            text: Cow::Borrowed(before),
            message: Cow::Borrowed(before.trim_end()),
            is_exact: false,
            has_below: fields.iter().any(|field| is_below(&field)),
            fields,
        };
        let message = record.text_of(&MESSAGES).map(str::to_owned);
        if let Some(message) = message {
            record.message = Cow::Owned(message);
            record.is_exact = true;
        }
        record
    }

    /// The fields of a record that is not a line, but may contain one.
    pub fn into_fields(self) -> Map<String, Value> {
        self.fields
    }

    pub fn plain(line: &'a str) -> Self {
        let before_conn = before_conn(line);
        if let Some(fields) = logfmt::fields(before_conn) {
            return Record::structured(line, fields);
        }
        Record {
            text: Cow::Borrowed(line),
            message: Cow::Borrowed(before_conn.trim_end()),
            is_exact: false,
            fields: fragments(before_conn),
            has_below: false,
        }
    }
}

/// Whether an object has a message, so that it is a line of its own.
pub fn has_message(fields: &Map<String, Value>) -> bool {
    MESSAGES
        .iter()
        .any(|name| fields.get(*name).is_some_and(Value::is_string))
}

fn is_below((name, value): &(&String, &Value)) -> bool {
    value.is_object() && BELOW.contains(&name.as_str())
}

/// The flags that have a name, by that name.
static NAMED: LazyLock<Vec<(String, DeviceFlag)>> = LazyLock::new(|| {
    let named = DeviceFlags::CLIENTS.with(DeviceFlag::System);
    named.iter().map(|flag| (flag.to_string(), flag)).collect()
});

/// `APP`, a number, or `UNKNOWN(7)`, as older versions of this crate wrote numbers without a name.
pub fn device_flag(text: &str) -> Option<DeviceFlag> {
    let named = NAMED.iter().find(|(name, _)| name == text);
    let number = text
        .strip_prefix("UNKNOWN(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(text);
    let numbered = || number.parse::<u8>().ok().map(DeviceFlag::from);
    named.map(|(_, flag)| *flag).or_else(numbered)
}

/// `"key":"value"` anywhere in the text.
fn fragments(line: &str) -> Map<String, Value> {
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

/// In a line whose beginning is missing, `conn` is only text: its content is not read.
pub fn before_conn(line: &str) -> &str {
    static CONN: LazyLock<Word> = LazyLock::new(|| Word::new("\"conn\""));
    CONN.split(line).map_or(line, |(before, _)| before)
}

fn first_value(text: &str) -> Option<Value> {
    Deserializer::from_str(text)
        .into_iter::<Value>()
        .next()?
        .ok()
}
