//! Requirements on whose record a lookup returns.

use std::format;
use std::vec::Vec;

use super::named::Named;
use super::probe::{Held, Probe, issued};
use super::store_under_test::StoreUnderTest;
use crate::device::{DeviceFlag, DeviceFlags};
use crate::token::{PresentedToken, compare};

use DeviceFlag::{App, Pc, System, Web};

pub(super) fn absent_is_none<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let (nobody, somebody) = (probe.uid("nobody"), probe.uid("somebody"));
    probe.issue(&somebody, Web, issued("token"))?;
    for (uid, flag) in [(&nobody, Web), (&somebody, App), (&somebody, System)] {
        if let Some(record) = probe.get(uid, flag)? {
            return Err(format!(
                "get gave a record for {uid} {flag}, which has none: {record:?}",
                uid = Named(uid)
            ));
        }
    }
    match probe.get_all(&nobody, DeviceFlags::CLIENTS)? {
        none if none.is_empty() => Ok(()),
        some => Err(format!(
            "get_all gave {some:?} for a user who has no record"
        )),
    }
}

pub(super) fn flag_is_exact<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let token = |flag: DeviceFlag| format!("token for {flag}");
    let flags = || tried().iter();
    for registered in flags() {
        let uid = probe.uid(&format!("only-{registered}"));
        probe.issue(&uid, registered, issued(&token(registered)))?;
        for flag in flags().filter(|flag| *flag != registered) {
            probe.refused(&uid, flag, &token(registered))?;
        }
    }
    let uid = probe.uid("all");
    for flag in flags() {
        probe.issue(&uid, flag, issued(&token(flag)))?;
    }
    for flag in flags() {
        for other in flags() {
            match flag == other {
                true => probe.accepted(&uid, flag, &token(other))?,
                false => probe.refused(&uid, flag, &token(other))?,
            }
        }
    }
    Ok(())
}

pub(super) fn get_all_is_the_users_own<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    // In both directions, whichever letter case is folded into the other.
    for (uid, neighbour) in [("a", "A"), ("B", "b")] {
        beside(probe, &probe.uid(uid), &probe.uid(neighbour))?;
    }
    Ok(())
}

/// The flags with names, and some others that a signed byte, a string of digits or a bit of a word
/// would confuse.
fn tried() -> DeviceFlags {
    let custom = [3, 4, 10, 128, 255].map(DeviceFlag::from);
    let named = DeviceFlags::CLIENTS.with(System);
    custom.into_iter().fold(named, DeviceFlags::with)
}

fn beside<S: StoreUnderTest>(probe: &Probe<'_, S>, uid: &str, neighbour: &str) -> Held {
    let custom = DeviceFlag::from(128);
    for flag in [App, Web, Pc, custom] {
        probe.issue(neighbour, flag, issued("the neighbour's"))?;
    }
    let all = tried();
    let mut registered = DeviceFlags::NONE;
    for next in [None, Some(Web), Some(System), Some(custom), Some(Pc)] {
        if let Some(flag) = next {
            probe.issue(uid, flag, issued(&format!("token for {flag}")))?;
            registered = registered.with(flag);
        }
        let all_but_one = all.iter().map(|flag| all.without(flag));
        for asked in all_but_one.chain([DeviceFlags::CLIENTS, all, DeviceFlags::NONE]) {
            let expected: Vec<_> = asked
                .iter()
                .filter(|flag| registered.contains(*flag))
                .collect();
            expect_all(probe, uid, asked, &expected)?;
        }
    }
    probe.revoke(uid, Pc, probe.now())?;
    expect_all(probe, uid, DeviceFlags::CLIENTS.without(App), &[Web, Pc])
}

fn expect_all<S: StoreUnderTest>(
    probe: &Probe<'_, S>,
    uid: &str,
    asked: DeviceFlags,
    expected: &[DeviceFlag],
) -> Held {
    let records = probe.get_all(uid, asked)?;
    let mut found: Vec<_> = records.iter().map(|(flag, _)| *flag).collect();
    found.sort_unstable_by_key(|flag| u8::from(*flag));
    if found != expected {
        return Err(format!(
            "get_all gave {found:?} for {uid} and {asked}, of which {expected:?} have a record",
            uid = Named(uid)
        ));
    }
    for (flag, record) in &records {
        let token = format!("token for {flag}");
        let secret = record.secret();
        if !compare(PresentedToken::new(&token), Some(secret), secret.form()) {
            return Err(format!(
                "get_all gave another record than {uid} has for {flag}",
                uid = Named(uid)
            ));
        }
    }
    Ok(())
}

/// A client that matches replies with requests by their order returns the answer to a dropped
/// lookup for the next one: another user's record.
pub(super) fn dropped_lookups_leave_nothing<S: StoreUnderTest>(probe: &Probe<'_, S>) -> Held {
    let (dropped, next) = (probe.uid("dropped"), probe.uid("next"));
    probe.issue(&dropped, Web, issued("dropped token"))?;
    probe.issue(&dropped, App, issued("dropped token"))?;
    probe.issue(&next, Web, issued("next token"))?;
    for polls in [0, 1, 1, 1, 2, 3] {
        probe.drop_lookup(polls, &dropped, Web);
        probe.drop_lookup_of_all(polls, &dropped, DeviceFlags::from(App));
        probe.refused(&next, Web, "dropped token")?;
        probe.accepted(&next, Web, "next token")?;
    }
    Ok(())
}
