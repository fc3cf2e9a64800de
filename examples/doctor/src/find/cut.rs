//! A presented token with which its line ends may be only the beginning of what the client sent.

use wukongim_auth::diagnosis::Alteration;

use super::{Finding, Ranking};
use crate::ask::{Devices, Held};
use crate::line::{Failure, Proven};

/// Whether the presented token may be a longer one that the line or its user's devices have.
pub fn may_be_cut(failure: &Failure, devices: &Devices) -> bool {
    let Some(actual) = failure.actual.as_deref() else {
        return false;
    };
    let expected = failure.expected.as_deref();
    if expected.is_some_and(|token| may_begin(failure, token)) {
        return true;
    }
    let begun = devices.flags(|held| may_begin_held(failure, held));
    !begun.is_empty() && devices.flags(|held| held.is(actual)).is_empty()
}

/// Whether this token may be what was presented.
pub fn may_begin(failure: &Failure, token: &str) -> bool {
    let is_beginning = |actual: &str| token.len() > actual.len() && token.starts_with(actual);
    failure.may_be_cut && failure.actual.as_deref().is_some_and(is_beginning)
}

/// A digest does not show what its token begins with.
fn may_begin_held(failure: &Failure, held: &Held) -> bool {
    match held {
        Held::Token(token) => may_begin(failure, token),
        Held::Fingerprint(_) => failure.may_be_cut,
        Held::Cleared | Held::Hidden => false,
    }
}

/// A token that was cut off proves nothing if the line was.
pub fn unless_cut(failure: &Failure, finding: Finding) -> Finding {
    match finding {
        Finding::Cause(cause) if failure.may_be_cut && is_truncated(&cause) => {
            let candidates = vec!["altered", "mismatch", "issued_for_other_flag"];
            Finding::Candidates(candidates, Ranking::Cut)
        }
        finding => finding,
    }
}

pub fn is_truncated(cause: &Proven) -> bool {
    cause.how == Some(Alteration::Truncated)
}
