//! Requirements on several writers at the same time.

use std::format;
use std::string::{String, ToString};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;
use std::vec::Vec;

use super::probe::{Held, Probe, issued};
use super::rounds::rounds;
use super::store_under_test::StoreUnderTest;
use crate::device::{DeviceFlag, DeviceLevel};
use crate::store::TokenRecord;
use crate::time::Timestamp;
use crate::token::Token;
use crate::verify::VerifiedBy;

const FLAG: DeviceFlag = DeviceFlag::Web;

const WRITERS: u8 = 4;

/// Rounds, so that writers that are not atomic collide at least once.
const ROUNDS: usize = 25;

/// Token, expiry and level contain the same number, so a mixture of two records is detected.
pub(super) fn issues_are_whole<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let end = |number: u8| {
        let later = Duration::from_secs(u64::from(number));
        probe.in_an_hour().saturating_add(later)
    };
    let level = |number: u8| match number {
        0 | 2 => DeviceLevel::Slave,
        _ => DeviceLevel::Master,
    };
    for round in 0..rounds(ROUNDS) {
        let uid = probe.uid(&round.to_string());
        at_once(|number| {
            let record = TokenRecord::issue(Token::new(name(number)), level(number));
            probe.issue(&uid, FLAG, record.with_expiry(end(number)))
        })?;
        let record = probe.record(&uid, FLAG)?;
        let winners = accepted(probe, &uid, 0..WRITERS);
        let [(winner, VerifiedBy::Current)] = winners[..] else {
            return Err(format!(
                "of {WRITERS} issued tokens, these are accepted: {winners:?}"
            ));
        };
        if record.expires_at() != Some(end(winner)) || record.device_level() != level(winner) {
            return Err("a record has the token of one writer and the rest of another".into());
        }
    }
    Ok(())
}

/// If a rotation was lost, the first token is the superseded one, or the rotation's own token is
/// missing.
pub(super) fn rotations_are_atomic<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    for round in 0..rounds(ROUNDS) {
        let uid = probe.uid(&round.to_string());
        probe.issue(&uid, FLAG, issued("first"))?;
        at_once(|number| probe.rotate(&uid, FLAG, &name(number), probe.in_an_hour()))?;
        if probe.verdict(&uid, FLAG, "first").is_ok() {
            return Err(format!(
                "after {WRITERS} rotations the first token is still accepted: all but one were lost"
            ));
        }
        let accepted = accepted(probe, &uid, 0..WRITERS);
        if accepted.len() != 2 {
            return Err(format!(
                "{WRITERS} rotations left {accepted:?} accepted, not two"
            ));
        }
    }
    Ok(())
}

pub(super) fn revocation_wins<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    for round in 0..rounds(ROUNDS) {
        let uid = probe.uid(&round.to_string());
        probe.issue(&uid, FLAG, issued("first"))?;
        at_once(|number| match number {
            0 => probe.revoke(&uid, FLAG, probe.now()),
            _ => {
                probe.try_rotate(&uid, FLAG, &name(number), Timestamp::MAX);
                Ok(())
            }
        })?;
        if probe.record(&uid, FLAG)?.revoked_at() != Some(probe.now()) {
            return Err("a rotation beside a revocation undid it".into());
        }
        let accepted = accepted(probe, &uid, 1..WRITERS);
        if !accepted.is_empty() {
            return Err(format!("{accepted:?} are accepted beside a revocation"));
        }
    }
    Ok(())
}

pub(super) fn pairs_are_independent<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let flags = [0, 1, 99, 128].map(DeviceFlag::from);
    let uid = probe.uid("u");
    for round in 0..rounds(ROUNDS) {
        let token = |flag: DeviceFlag| format!("token {round} for {flag}");
        at_once(|number| match flags.get(usize::from(number)) {
            Some(flag) => probe.issue(&uid, *flag, issued(&token(*flag))),
            None => Ok(()),
        })?;
        for flag in flags {
            probe.accepted(&uid, flag, &token(flag))?;
        }
    }
    Ok(())
}

/// The writers' tokens that are accepted, and whether as the current or the superseded one.
fn accepted<S: StoreUnderTest>(
    probe: &Probe<'_, S>,
    uid: &str,
    writers: core::ops::Range<u8>,
) -> Vec<(u8, VerifiedBy)> {
    let by = |number| {
        let verdict = probe.verdict(uid, FLAG, &name(number)).ok()?;
        Some((number, verdict.accepted_by()))
    };
    writers.filter_map(by).collect()
}

/// Starts all writers at the same moment, each on its own thread.
pub(super) fn at_once(write: impl Fn(u8) -> Held + Sync) -> Held {
    let start = Barrier::new(usize::from(WRITERS));
    let (start, write) = (&start, &write);
    thread::scope(|scope| {
        let writers = (0..WRITERS).map(|number| {
            scope.spawn(move || {
                start.wait();
                write(number)
            })
        });
        let writers: Vec<_> = writers.collect();
        let join = |writer: thread::ScopedJoinHandle<'_, Held>| {
            writer
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        writers.into_iter().map(join).fold(Ok(()), Held::and)
    })
}

fn name(number: u8) -> String {
    ["writer ", &number.to_string()].concat()
}
