//! When a line was written, from the forms that loggers use. A time without a zone is taken as
//! UTC.

use serde_json::Value;
use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};
use wukongim_auth::Timestamp;

use super::record::Record;

const FIELDS: [&str; 5] = ["time", "ts", "timestamp", "@timestamp", "T"];

/// How far into a line of text a time is looked for.
const MAX_OFFSET: usize = 48;

/// Numbers from here on are milliseconds: as seconds they would be beyond the year 5000.
const FIRST_MILLIS: f64 = 1e11;

pub fn written(record: &Record<'_>) -> Option<Timestamp> {
    let field = record.any(&FIELDS).and_then(|value| match value {
        Value::Number(number) => epoch(number.as_f64()?),
        Value::String(text) => in_text(text).or_else(|| epoch(text.parse().ok()?)),
        _ => None,
    });
    field.or_else(|| in_text(&record.text))
}

fn epoch(number: f64) -> Option<Timestamp> {
    let millis = match number {
        _ if !(0.0..1e14).contains(&number) => return None,
        _ if number < FIRST_MILLIS => number * 1e3,
        _ => number,
    };
    Some(Timestamp::from_millis(millis as i64))
}

/// `2026-01-02T15:04:05.123+08:00`, also with slashes, a blank, ` - `, a comma, `+0800`, `Z` or no zone.
fn in_text(text: &str) -> Option<Timestamp> {
    let starts = text
        .char_indices()
        .take(MAX_OFFSET)
        .filter(|(_, c)| c.is_ascii_digit());
    starts
        .filter_map(|(start, _)| text.get(start..))
        .find_map(date_time)
}

fn date_time(text: &str) -> Option<Timestamp> {
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
    let at = PrimitiveDateTime::new(date.ok()?, time.ok()?).assume_offset(zone(rest));
    let millis = at.unix_timestamp() * 1_000 + i64::from(at.millisecond());
    Some(Timestamp::from_millis(millis))
}

/// Exactly so many digits, and what comes behind them.
fn digits(text: &str, count: usize) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| is_number)?, rest))
}

/// Milliseconds of `.123456`, and what comes behind.
fn fraction(text: &str) -> (u16, &str) {
    let Some(fraction) = text.strip_prefix(['.', ',']) else {
        return (0, text);
    };
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = fraction.strip_suffix(rest).unwrap_or_default();
    let millis = format!("{digits:0<3}");
    (
        millis.get(..3).and_then(|m| m.parse().ok()).unwrap_or(0),
        rest,
    )
}

fn zone(text: &str) -> UtcOffset {
    let offset = || {
        let sign = match text.bytes().next()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, rest) = digits(text.get(1..)?, 2)?;
        let (minutes, _) = digits(rest.strip_prefix(':').unwrap_or(rest), 2)?;
        let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
        UtcOffset::from_whole_seconds(sign * seconds).ok()
    };
    offset().unwrap_or(UtcOffset::UTC)
}
