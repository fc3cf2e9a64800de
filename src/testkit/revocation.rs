//! Requirements on revoking: immediate, permanent, and not forgotten.

use core::sync::atomic::{AtomicBool, Ordering};
use std::format;
use std::string::ToString;
use std::thread;

use super::named::Named;
use super::probe::{Held, Probe, issued};
use super::rounds::rounds;
use super::store_under_test::StoreUnderTest;
use super::writers::at_once;
use crate::device::DeviceFlag;
use crate::time::Timestamp;
use crate::token::{PresentedToken, compare};
use crate::verify::{Standing, Verified};

const FLAG: DeviceFlag = DeviceFlag::Web;

/// Rounds, for mistakes that a cache or a replica makes only now and then.
const ROUNDS: usize = 20;

/// Sets a flag when it is dropped, whatever the reason.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

pub(super) fn revocation_is_seen<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    for round in 0..rounds(ROUNDS) {
        let uid = probe.uid(&round.to_string());
        probe.issue(&uid, FLAG, issued("token"))?;
        let (has_returned, is_revoked) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                loop {
                    // Read before the lookup, which must see everything that was acknowledged by
                    // then.
                    let was_returned = has_returned.load(Ordering::Acquire);
                    let verdict = probe.verdict(&uid, FLAG, "token");
                    if was_returned {
                        return verdict.is_ok() && is_revoked.load(Ordering::Acquire);
                    }
                }
            });
            // Even if the host's code panics: the watcher must not wait forever.
            let revocation = {
                let _returned = OnDrop(&has_returned);
                let revocation = probe.revoke(&uid, FLAG, probe.now());
                is_revoked.store(revocation.is_ok(), Ordering::Release);
                revocation
            };
            match watcher.join() {
                Ok(false) => revocation,
                Ok(true) => {
                    Err("another thread found a token accepted after revoke had returned".into())
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        probe.refused(&uid, FLAG, "token")?;
    }
    Ok(())
}

pub(super) fn revocation_is_seen_behind_an_issue<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    for (number, next) in ["another", "token"].into_iter().enumerate() {
        let uid = probe.uid(&number.to_string());
        probe.issue(&uid, FLAG, issued("token"))?;
        let first = probe.proof(&uid, FLAG, "token")?;
        probe.revoke(&uid, FLAG, probe.now())?;
        probe.issue(&uid, FLAG, issued(next))?;
        expect_standing(probe, &first, Standing::Revoked, "once a token was issued")?;
        let second = probe.proof(&uid, FLAG, next)?;
        expect_standing(probe, &second, Standing::Holds, "that began afterwards")?;
        probe.rotate(&uid, FLAG, "rotated", probe.in_an_hour())?;
        expect_standing(probe, &first, Standing::Revoked, "after a rotation")?;
        expect_standing(probe, &second, Standing::Holds, "in the overlap")?;
        // The same again: one bit that says "revoked at some time" would not tell these two apart.
        probe.revoke(&uid, FLAG, probe.now())?;
        probe.issue(&uid, FLAG, issued(next))?;
        expect_standing(probe, &second, Standing::Revoked, "the second time")?;
        // A token that was never revoked must not seem revoked.
        let third = probe.proof(&uid, FLAG, next)?;
        probe.issue(&uid, FLAG, issued("replacement"))?;
        expect_standing(probe, &third, Standing::Replaced, "without a revocation")?;
    }
    for round in 0..rounds(ROUNDS) {
        let uid = probe.uid(&format!("at-once-{round}"));
        probe.issue(&uid, FLAG, issued("token"))?;
        let session = probe.proof(&uid, FLAG, "token")?;
        at_once(|number| match number {
            0 => probe.revoke(&uid, FLAG, probe.now()),
            _ => probe.issue(&uid, FLAG, issued("another")),
        })?;
        // Either record may have come last: a tombstone, or a token whose count includes the
        // revocation.
        expect_standing(probe, &session, Standing::Revoked, "beside an issue")?;
    }
    Ok(())
}

fn expect_standing<S: StoreUnderTest>(
    probe: &Probe<'_, S>,
    session: &Verified,
    expected: Standing,
    when: &str,
) -> Held {
    let (uid, flag) = (session.uid(), session.device_flag());
    let record = probe.get(uid, flag)?;
    let standing = session.standing(record.as_ref(), probe.now());
    if standing == expected {
        return Ok(());
    }
    let count = record.map(|record| record.revocations());
    Err(format!(
        "a session of {uid} {flag} {when} is {standing:?}, not {expected:?}; its record counts {count:?}",
        uid = Named(uid)
    ))
}

pub(super) fn tombstone_is_returned<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let uid = probe.uid("u");
    let (at, end) = (probe.now(), probe.in_an_hour());
    probe.issue(&uid, FLAG, issued("first").with_expiry(end))?;
    probe.rotate(&uid, FLAG, "second", end)?;
    probe.revoke(&uid, FLAG, at)?;
    let record = probe.record(&uid, FLAG)?;
    if record.revoked_at() != Some(at) {
        let was = record.revoked_at();
        return Err(format!(
            "a record revoked at {at} came back as revoked at {was:?}"
        ));
    }
    if record.superseded_until().is_some() {
        return Err("a tombstone kept its superseded token".into());
    }
    let secret = record.secret();
    if !compare(PresentedToken::new("second"), Some(secret), secret.form()) {
        return Err("a tombstone forgot which token was revoked".into());
    }
    probe.refused(&uid, FLAG, "second")?;
    probe.refused(&uid, FLAG, "first")
}

pub(super) fn first_revocation_stays<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let uid = probe.uid("u");
    probe.issue(&uid, FLAG, issued("token"))?;
    probe.revoke(&uid, FLAG, probe.now())?;
    probe.revoke(&uid, FLAG, probe.in_an_hour())?;
    match probe.record(&uid, FLAG)?.revoked_at() {
        Some(at) if at == probe.now() => Ok(()),
        other => Err(format!("the second revocation moved the time to {other:?}")),
    }
}

pub(super) fn tombstone_is_not_rotated<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let uid = probe.uid("u");
    probe.issue(&uid, FLAG, issued("first"))?;
    probe.revoke(&uid, FLAG, probe.now())?;
    probe.try_rotate(&uid, FLAG, "second", Timestamp::MAX);
    if probe.record(&uid, FLAG)?.revoked_at() != Some(probe.now()) {
        return Err("rotating a tombstone made it a record again".into());
    }
    probe.refused(&uid, FLAG, "first")?;
    probe.refused(&uid, FLAG, "second")
}
