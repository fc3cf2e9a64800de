//! Requirements on how a record changes.

use core::time::Duration;
use std::format;

use super::named::Named;
use super::probe::{Held, Probe, issued};
use super::rounds::rounds;
use super::store_under_test::StoreUnderTest;
use crate::device::{DeviceFlag, DeviceLevel};
use crate::store::TokenRecord;
use crate::time::Timestamp;
use crate::token::Token;
use crate::verify::VerifiedBy;

const FLAG: DeviceFlag = DeviceFlag::Web;

/// Rounds, for mistakes that a cache or a replica makes only now and then.
const ROUNDS: usize = 20;

pub(super) fn writes_are_seen<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let uid = probe.uid("u");
    for round in 0..rounds(ROUNDS) {
        // Looked up just before, so that a cache holds the record that is about to be replaced.
        probe.get(&uid, FLAG)?;
        let token = format!("token {round}");
        probe.issue(&uid, FLAG, issued(&token))?;
        probe.accepted(&uid, FLAG, &token)?;
        probe.refused(&uid, FLAG, &format!("token {}", round.wrapping_sub(1)))?;
    }
    Ok(())
}

pub(super) fn issue_replaces<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let uid = probe.uid("u");
    let first = TokenRecord::issue(Token::new("first"), DeviceLevel::Master);
    probe.issue(&uid, FLAG, first.with_expiry(probe.in_an_hour()))?;
    probe.rotate(&uid, FLAG, "second", probe.in_an_hour())?;
    probe.issue(&uid, FLAG, issued("third"))?;
    probe.refused(&uid, FLAG, "first")?;
    probe.refused(&uid, FLAG, "second")?;
    let verified = probe.proof(&uid, FLAG, "third")?;
    let (level, end) = (verified.device_level(), verified.expires_at());
    if level != DeviceLevel::Slave || end.is_some() {
        return Err(format!(
            "the new record has the old one's level {level} or end {end:?}"
        ));
    }
    probe.revoke(&uid, FLAG, probe.now())?;
    probe.issue(&uid, FLAG, issued("fourth"))?;
    probe.accepted(&uid, FLAG, "fourth")
}

pub(super) fn rotation_overlaps<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let uid = probe.uid("u");
    let (overlap, end) = (
        probe.in_an_hour(),
        probe.in_an_hour().saturating_add(Duration::from_secs(60)),
    );
    probe.issue(&uid, FLAG, issued("first").with_expiry(end))?;
    probe.rotate(&uid, FLAG, "second", overlap)?;
    for (token, by, ends_at) in [
        ("second", VerifiedBy::Current, end),
        ("first", VerifiedBy::Superseded, overlap),
    ] {
        let verified = probe.proof(&uid, FLAG, token)?;
        let (was_by, was_end) = (verified.accepted_by(), verified.expires_at());
        if was_by != by || was_end != Some(ends_at) {
            return Err(format!(
                "after a rotation the {token} token is {was_by:?} until {was_end:?}, not {by:?} until {ends_at}"
            ));
        }
    }
    let over = probe.uid("over");
    probe.issue(&over, FLAG, issued("first"))?;
    let before = probe.now().saturating_sub(Duration::from_millis(1));
    probe.rotate(&over, FLAG, "second", before)?;
    probe.refused(&over, FLAG, "first")?;
    probe.accepted(&over, FLAG, "second")
}

pub(super) fn rotation_keeps_one_token<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let uid = probe.uid("u");
    probe.issue(&uid, FLAG, issued("token 0"))?;
    for round in 1..5 {
        let token = |back: usize| format!("token {}", usize::saturating_sub(round, back));
        probe.rotate(&uid, FLAG, &token(0), probe.in_an_hour())?;
        // The oldest token need not be looked for: a record holds two secrets, and these are the
        // two.
        probe.accepted(&uid, FLAG, &token(0))?;
        probe.accepted(&uid, FLAG, &token(1))?;
    }
    Ok(())
}

pub(super) fn nothing_comes_of_nothing<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let (uid, other) = (probe.uid("u"), probe.uid("other flag"));
    probe.issue(&other, DeviceFlag::App, issued("token"))?;
    for uid in [&uid, &other] {
        probe.try_rotate(uid, FLAG, "token", Timestamp::MAX);
        if probe.get(uid, FLAG)?.is_some() {
            return Err(format!(
                "rotating what is not there registered {uid} {FLAG}",
                uid = Named(uid)
            ));
        }
        probe.try_revoke(uid, FLAG, probe.now());
        if probe.get(uid, FLAG)?.is_some() {
            return Err(format!(
                "revoking what is not there registered {uid} {FLAG}",
                uid = Named(uid)
            ));
        }
    }
    probe.accepted(&other, DeviceFlag::App, "token")
}
