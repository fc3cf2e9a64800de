//! When a line was written, in the forms that loggers use.

use serde_json::Value;
use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};
use wukongim_auth::Timestamp;

use super::record::Record;

const FIELDS: [&str; 8] = [
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "T",
    "__REALTIME_TIMESTAMP",
    "eventTime",
    "date",
];

/// How far into a line of text a time is searched for.
const MAX_OFFSET: usize = 64;

/// Seconds, milliseconds, microseconds and nanoseconds since the epoch differ by a thousand each,
/// and this century is far from the next.
const UNITS: [(f64, f64); 4] = [(1e11, 1e3), (1e14, 1.0), (1e17, 1e-3), (1e20, 1e-6)];

/// A line's time. Without a zone, it is local time: `at` is then that local time as if it were UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    pub at: Timestamp,
    pub has_zone: bool,
}

/// The time of a record: its own, unless only the text before it has a zone.
pub fn written(record: &Record<'_>) -> Option<When> {
    let own = record.any(&FIELDS).and_then(of_value);
    match own {
        Some(When { has_zone: true, .. }) => own,
        _ => best(own, in_text(&record.text)),
    }
}

/// The first, unless only the second has a zone.
pub fn best(first: Option<When>, second: Option<When>) -> Option<When> {
    let has_zone = |when: &Option<When>| when.is_some_and(|when| when.has_zone);
    match has_zone(&second) && !has_zone(&first) {
        true => second,
        false => first.or(second),
    }
}

/// A time in a member of its own.
pub fn of_value(value: &Value) -> Option<When> {
    match value {
        Value::Number(number) => epoch(number.as_f64()?),
        Value::String(text) => in_text(text).or_else(|| epoch(text.parse().ok()?)),
        _ => None,
    }
}

fn epoch(number: f64) -> Option<When> {
    if number < 0.0 {
        return None;
    }
    let (_, to_millis) = UNITS.into_iter().find(|(below, _)| number < *below)?;
    Some(When {
        at: Timestamp::from_millis((number * to_millis) as i64),
        has_zone: true,
    })
}

/// `2026-01-02T15:04:05.123+08:00`, also with slashes, a blank, ` - `, a comma, `+0800`, `Z` or no zone.
pub fn in_text(text: &str) -> Option<When> {
    let chars = text.char_indices().take(MAX_OFFSET);
    let mut digits = chars.filter(|(_, c)| c.is_ascii_digit());
    digits.find_map(|(start, _)| date_time(text.get(start..)?))
}

fn date_time(text: &str) -> Option<When> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix(['-', '/'])?, 2)?;
    let (day, rest) = digits(rest.strip_prefix(['-', '/'])?, 2)?;
    let clock = rest.strip_prefix(" - ").or(rest.strip_prefix(['T', ' ']));
    let (hour, rest) = digits(clock?, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (milli, rest) = fraction(rest);
    let date = Date::from_calendar_date(
        i32::from(year),
        Month::try_from(u8::try_from(month).ok()?).ok()?,
        u8::try_from(day).ok()?,
    );
    let time = Time::from_hms_milli(
        u8::try_from(hour).ok()?,
        u8::try_from(minute).ok()?,
        u8::try_from(second).ok()?,
        milli,
    );
    let zone = zone(rest);
    let at = PrimitiveDateTime::new(date.ok()?, time.ok()?)
        .assume_offset(zone.unwrap_or(UtcOffset::UTC));
    let millis = at.unix_timestamp() * 1_000 + i64::from(at.millisecond());
    Some(When {
        at: Timestamp::from_millis(millis),
        has_zone: zone.is_some(),
    })
}

/// Exactly this many digits, and the rest after them.
fn digits(text: &str, count: usize) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    let mut number = 0;
    for digit in digits.bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u16::from(digit - b'0');
    }
    Some((number, rest))
}

/// Milliseconds of `.123456`, and the rest after them.
fn fraction(text: &str) -> (u16, &str) {
    let Some(fraction) = text.strip_prefix(['.', ',']) else {
        return (0, text);
    };
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = fraction.bytes().take(fraction.len() - rest.len());
    let three = digits.chain([b'0'; 3]).take(3);
    let millis = three.fold(0, |millis, digit| millis * 10 + u16::from(digit - b'0'));
    (millis, rest)
}

fn zone(text: &str) -> Option<UtcOffset> {
    let text = text
        .strip_prefix(' ')
        .filter(|text| !text.starts_with('-'))
        .unwrap_or(text);
    let sign = match text.bytes().next()? {
        b'Z' => return Some(UtcOffset::UTC),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(text.get(1..)?, 2)?;
    let (minutes, _) = digits(rest.strip_prefix(':').unwrap_or(rest), 2)?;
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    UtcOffset::from_whole_seconds(sign * seconds).ok()
}
