//! Requirements on the content of a record.

use core::time::Duration;
use std::format;
use std::string::{String, ToString};

use super::probe::{Held, Probe, issued};
use super::store_under_test::StoreUnderTest;
use crate::device::{DeviceFlag, DeviceLevel};
use crate::store::TokenRecord;
use crate::time::Timestamp;
use crate::token::Token;

const FLAG: DeviceFlag = DeviceFlag::Web;

/// Covers all forms in which a token is compared, and lengths beyond what a column or a buffer may
/// hold.
const LENGTHS: [usize; 8] = [1, 63, 64, 65, 255, 256, 1_000, 4_000];

pub(super) fn token_is_exact<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let odd = [
        "Token",
        "\u{430}\u{20ac}\u{1f600}",
        "\"quoted\\",
        "{\"v\":1}",
        "a/b+c==",
        "%41",
        "a b",
        " a",
        "a ",
        "\u{e9}",
        "e\u{301}",
        "tab\tand\nline",
        "0012",
        "1e5",
        "null",
        "'; --",
    ];
    let long = LENGTHS.map(|len| "t".repeat(len));
    let tokens = odd.into_iter().chain(long.iter().map(String::as_str));
    for (number, token) in tokens.enumerate() {
        let uid = probe.uid(&number.to_string());
        probe.issue(&uid, FLAG, issued(token))?;
        probe.accepted(&uid, FLAG, token)?;
    }
    Ok(())
}

pub(super) fn digest_is_kept<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    for len in LENGTHS {
        let (uid, token) = (probe.uid(&len.to_string()), "d".repeat(len));
        probe.issue(&uid, FLAG, issued(&token).into_digest_only())?;
        probe.accepted(&uid, FLAG, &token)?;
        probe.refused(&uid, FLAG, &format!("{token}d"))?;
        probe.rotate(&uid, FLAG, "next", probe.in_an_hour())?;
        probe.accepted(&uid, FLAG, &token)?;
        probe.accepted(&uid, FLAG, "next")?;
    }
    Ok(())
}

pub(super) fn expiry_is_kept<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let after = |millis| probe.now().saturating_add(Duration::from_millis(millis));
    let ends = [
        None,
        Some(after(3_600_000)),
        Some(after(3_600_001)),
        Some(after(86_399_999)),
        // A float of 64 bits does not hold these.
        Some(Timestamp::from_millis((1 << 53) + 1)),
        Some(Timestamp::MAX),
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let uid = probe.uid(&number.to_string());
        probe.issue(&uid, FLAG, issued("token").with_expiry(end))?;
        expect_end(probe, &uid, end, "issued")?;
        probe.rotate(&uid, FLAG, "next", after(1_800_001))?;
        expect_end(probe, &uid, end, "rotated")?;
        let until = probe.record(&uid, FLAG)?.superseded_until();
        if until != Some(after(1_800_001)) {
            let due = after(1_800_001);
            return Err(format!(
                "an overlap was to end at {due}, and ends at {until:?}"
            ));
        }
        probe.rotate(&uid, FLAG, "last", Timestamp::MAX)?;
        let due = end.unwrap_or(Timestamp::MAX);
        let until = probe.record(&uid, FLAG)?.superseded_until();
        if until != Some(due) {
            return Err(format!(
                "an overlap was to end at {due}, and ends at {until:?}"
            ));
        }
        probe.revoke(&uid, FLAG, probe.now())?;
        expect_end(probe, &uid, end, "revoked")?;
    }
    Ok(())
}

fn expect_end<S: StoreUnderTest>(
    probe: &Probe<'_, S>,
    uid: &str,
    end: Option<Timestamp>,
    what: &str,
) -> Held {
    let kept = probe.record(uid, FLAG)?.expires_at();
    if kept == end {
        return Ok(());
    }
    let millis = |time: Option<Timestamp>| time.map(Timestamp::as_millis);
    let (kept, end) = (millis(kept), millis(end));
    Err(format!(
        "a record that was {what} with the expiry {end:?} came back with {kept:?}"
    ))
}

pub(super) fn level_is_kept<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    for level in [DeviceLevel::Slave, DeviceLevel::Master] {
        let uid = probe.uid(&level.to_string());
        let expect = |what: &str| match probe.record(&uid, FLAG)?.device_level() {
            kept if kept == level => Ok(()),
            kept => Err(format!("the level {level} came back as {kept} when {what}")),
        };
        probe.issue(&uid, FLAG, TokenRecord::issue(Token::new("token"), level))?;
        expect("issued")?;
        probe.rotate(&uid, FLAG, "next", probe.in_an_hour())?;
        expect("rotated")?;
        probe.revoke(&uid, FLAG, probe.now())?;
        expect("revoked")?;
    }
    Ok(())
}

pub(super) fn unreadable_is_an_error<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held<bool> {
    let unreadable = [
        "",
        "garbage",
        "{}",
        "[]",
        "null",
        "\u{0}\u{1}",
        r#"{"v":1,"token":"token","device_level":0"#,
        r#"{"v":2,"token":"token","device_level":0}"#,
        r#"{"v":1,"device_level":0}"#,
        r#"{"v":1,"token":"token","device_level":0,"bound_to":"somewhere"}"#,
    ];
    for (number, written) in unreadable.into_iter().enumerate() {
        let uid = probe.uid(&number.to_string());
        probe.issue(&uid, FLAG, issued("token"))?;
        if !probe.overwrite(&uid, FLAG, written)? {
            return Ok(false);
        }
        match probe.try_get(&uid, FLAG) {
            Err(_) => {}
            Ok(None) => {
                return Err(format!(
                    "get says that there is no token where {written:?} is"
                ));
            }
            Ok(Some(record)) => {
                return Err(format!("get made a record of {written:?}: {record:?}"));
            }
        }
        if probe.try_get_all(&uid, FLAG.into()).is_ok() {
            return Err(format!("get_all passes over {written:?}"));
        }
        // Not `issue`, which would treat the failure as one that has nothing to do with the record.
        if let Err(error) = probe.try_issue(&uid, FLAG, issued("another")) {
            return Err(format!("issue failed over {written:?}: {error}"));
        }
        probe.accepted(&uid, FLAG, "another")?;
    }
    Ok(true)
}
