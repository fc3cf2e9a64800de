//! Requirements on uids, which must be distinguished byte for byte.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::named::Named;
use super::probe::{Held, Probe, issued};
use super::store_under_test::StoreUnderTest;
use crate::device::DeviceFlag::Web;

pub(super) fn uid_is_exact<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let mut uids: Vec<_> = ALIKE.into_iter().map(|end| probe.uid(end)).collect();
    let after = |beginning: &&str| format!("{beginning}{}", probe.uid("a"));
    uids.extend(BEGINNINGS.iter().map(after));
    exact(probe, &uids)
}

pub(super) fn long_uid_is_exact<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let mut uids = Vec::new();
    for len in [32, 38, 39, 64, 128, 255, 256, 1_000, 4_000] {
        let beginning = format!("{:u<len$}", probe.uid(""));
        uids.push(format!("{beginning}b"));
        uids.push(format!("{beginning}c"));
        uids.push(beginning);
    }
    exact(probe, &uids)
}

/// Registers every other uid, and then all, each with its own token. A store may refuse to write a
/// uid that it cannot hold, but must not confuse it with another.
fn exact<S: StoreUnderTest>(probe: &Probe<'_, S>, uids: &[String]) -> Held {
    let mut registered = Vec::new();
    for half in [0, 1] {
        for uid in uids.iter().skip(half).step_by(2) {
            if let Err(error) = probe.try_issue(uid, Web, issued(&token_of(uid))) {
                if registered.is_empty() {
                    return Err(format!("issue failed for {uid}: {error}", uid = Named(uid)));
                }
            } else {
                registered.push(uid.clone());
            }
        }
        for uid in uids {
            only_its_own(probe, uid, &registered)?;
        }
    }
    Ok(())
}

fn only_its_own<S: StoreUnderTest>(probe: &Probe<'_, S>, uid: &str, registered: &[String]) -> Held {
    if registered.iter().any(|other| other == uid) {
        probe.accepted(uid, Web, &token_of(uid)).map_err(|seen| {
            match whose(probe, uid, registered) {
                Some(other) => mixed_up(uid, other),
                None => seen,
            }
        })?;
        return Ok(());
    }
    // A store that cannot hold this uid may also be unable to look it up.
    match probe.try_get(uid, Web) {
        Ok(None) | Err(_) => Ok(()),
        Ok(Some(_)) => Err(match whose(probe, uid, registered) {
            Some(other) => mixed_up(uid, other),
            None => format!(
                "get gave a record for {uid}, which has none",
                uid = Named(uid)
            ),
        }),
    }
}

fn mixed_up(uid: &str, other: &str) -> String {
    let (uid, other) = (Named(uid), Named(other));
    format!("{uid} was asked for, and the token of {other} is accepted")
}

fn whose<'u, S: StoreUnderTest>(
    probe: &Probe<'_, S>,
    uid: &str,
    registered: &'u [String],
) -> Option<&'u String> {
    let accepts = |other: &&String| probe.verdict(uid, Web, &token_of(other)).is_ok();
    registered.iter().find(accepts)
}

fn token_of(uid: &str) -> String {
    format!("token of {uid}")
}

/// Uids that databases confuse: by collation, by normalisation, as patterns, as numbers, or because
/// a key is built from parts.
const ALIKE: [&str; 56] = [
    "a",
    "A",
    "b",
    "\u{e1}",
    "a\u{301}",
    "\u{430}",
    "\u{ff41}",
    "a ",
    "a  ",
    "a\u{a0}",
    "a\u{200b}",
    "a\u{feff}",
    "a%",
    "a_",
    "_",
    "%",
    "a*",
    "a?",
    "a.",
    "a#",
    "a+",
    "a,",
    "a;--",
    "a'",
    "a\"",
    "a\\",
    "a`",
    "a:",
    "a:1",
    "a/1",
    "a|1",
    "a1",
    "a{",
    "a}",
    "a{}",
    "{a}",
    "a%7D",
    "a\u{1f600}",
    "a\u{1f601}",
    "ss",
    "\u{df}",
    "\u{1e9e}",
    "i",
    "I",
    "\u{131}",
    "\u{130}",
    "k",
    "\u{212a}",
    "1",
    "01",
    "1.0",
    "1e0",
    "+1",
    "null",
    "$",
    "$1",
];

/// Texts that are put before a whole uid, where a store's key may begin.
const BEGINNINGS: [&str; 8] = [" ", "}", "{", "{}", "%7D", "%", "\u{feff}", "0"];
