//! Under callgrind: the instructions of every comparison, one dump for each.

use std::ffi::CString;

use wukongim_auth::SecretForm;

use crate::stored::{self, LENGTHS};
use crate::subject;
use crate::valgrind::{dump_counts, toggle_counting, zero_counts};

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
                let name = format!("{form_name} {len}|{}", case.name);
                assert_eq!(count(&name, &compare), case.matches, "{name}");
            }
        }
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
        count(&format!("broken 64|{name}"), &compare);
    }
}

#[inline(never)]
fn count(name: &str, compare: &dyn Fn() -> bool) -> bool {
    let name = CString::new(name).unwrap();
    zero_counts();
    toggle_counting();
    let answer = compare();
    toggle_counting();
    dump_counts(&name);
    answer
}
