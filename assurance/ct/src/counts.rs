//! Under callgrind: the instructions of every comparison, one dump for each.

use std::ffi::{CStr, CString};

use std::cell::Cell;
use std::hint::black_box;

use wukongim_auth::compare::{Secret, SecretForm};
use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verifier};

use crate::ARENA;
use crate::stored::{self, LENGTHS};
use crate::subject;
use crate::valgrind::{dump_counts, toggle_counting, zero_counts};

/// The shortest beginning of a token that a diagnosis recognises.
const MIN_PREFIX: usize = 16;

/// Counts the library's comparisons: for one form and one presented length they must all be equal.
pub fn library() {
    for (form_name, form) in [("plain", SecretForm::Plain), ("digest", SecretForm::Digest)] {
        for len in LENGTHS {
            let presented = stored::presented(len);
            let cases = stored::all(&presented, form);
            for case in &cases {
                let stored = case.secret.as_ref();
                let compare = || subject::library(&presented, stored, form);
                // Once uncounted: symbols are bound and features detected at the first call.
                compare();
                let name = CString::new(format!("{form_name} {len}|{}", case.name)).unwrap();
                assert_eq!(count(&name, &compare), case.matches, "{name:?}");
            }
        }
    }
}

/// Counts a verdict that refuses, and its diagnosis: of one presented length they must be equal,
/// whatever token of up to 64 bytes is stored. (A longer one is kept elsewhere.) What is recognised is
/// counted apart: the beginning of a token, if it is long enough.
///
/// The control is a host that has the stored token's text checked at each refusal.
pub fn refusal(is_control: bool) {
    let verifier = Verifier::new();
    let now = Timestamp::from_millis(0);
    for len in 2..=63 {
        let presented = stored::presented(len);
        let credentials = Credentials::new("alice", DeviceFlag::App, presented.as_str());
        for (name, text) in stored::others(&presented) {
            let begins = len >= MIN_PREFIX && text.starts_with(&presented);
            let known = if begins { ", a beginning" } else { "" };
            let record = TokenRecord::issue(Token::new(text), DeviceLevel::Slave);
            let error = Cell::new(None);
            let verdict = || {
                if is_control {
                    read(record.secret());
                }
                error.set(verifier.verify_record(&credentials, Some(&record), now).err());
                false
            };
            let diagnosis = || {
                let refused = error.take().expect("another token is stored");
                error.set(Some(verifier.diagnose_with(refused, Ok(Vec::new()))));
                false
            };
            // Once uncounted, as above.
            verdict();
            diagnosis();
            error.set(None);
            let names = [
                format!("verdict {len}|{name}"),
                format!("diagnosis {len}{known}|{name}"),
            ];
            let [judged, explained] = names.map(|name| CString::new(name).unwrap());
            ARENA.at_the_same_place(|| {
                count(&judged, &verdict);
                count(&explained, &diagnosis);
                error.set(None);
            });
        }
    }
}

#[inline(never)]
fn read(secret: &Secret) {
    if let Secret::Plain(token) = secret {
        black_box(token.expose_secret());
    }
}

/// Counts a broken twin, with the first, the middle or the last byte different, or none: they must
/// not all be equal.
pub fn broken(comparison: subject::Comparison) {
    let presented = [b'@'; 64];
    for (name, at) in [
        ("first", Some(0)),
        ("middle", Some(32)),
        ("last", Some(63)),
        ("none", None),
    ] {
        let mut stored = presented;
        if let Some(at) = at {
            stored[at] ^= 1;
        }
        let compare = || comparison(&presented, &stored);
        compare();
        count(
            &CString::new(format!("broken 64|{name}")).unwrap(),
            &compare,
        );
    }
}

#[inline(never)]
fn count(name: &CStr, compare: &dyn Fn() -> bool) -> bool {
    zero_counts();
    toggle_counting();
    let answer = compare();
    toggle_counting();
    dump_counts(name);
    answer
}
