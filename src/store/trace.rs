//! Structured events for the host's log (feature `tracing`): one for every token that is issued,
//! rotated or revoked. A record does not know whose it is: the host's span does.

use crate::time::Timestamp;
use crate::token::Secret;

/// What happened to the token, and when that takes effect or ends.
#[cfg(feature = "tracing")]
pub(crate) fn changed(what: &'static str, token: &Secret, at: Option<Timestamp>) {
    let at = at.map(tracing::field::display);
    tracing::info!(target: "wukongim_auth", token = %token, at, "{what}");
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn changed(_: &'static str, _: &Secret, _: Option<Timestamp>) {}
