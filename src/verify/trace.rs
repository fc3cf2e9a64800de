//! Structured events for the host's log (feature `tracing`): one for every attempt to connect.
//!
//! Target `wukongim_auth`. A refusal that is going to be diagnosed is reported with what the
//! diagnosis found, once; a verifier without diagnosis reports its verdicts. Tokens are
//! fingerprints, as everywhere, and hashed only where somebody listens. What could hold a blank is
//! recorded as a string, so that a text log quotes it and a peer cannot write fields of its own.
//! Without the feature nothing of this is compiled.

use crate::credentials::Credentials;
use crate::refusal::VerifyError;
use crate::verify::verified::Verified;

/// The outcome of an attempt.
pub(crate) fn attempt(credentials: &Credentials<'_>, verdict: &Result<Verified, VerifyError>) {
    match verdict {
        Ok(verified) => events::accepted(credentials, verified),
        Err(error) => events::refused(error, "token verify fail"),
    }
}

/// The outcome of an attempt, unless a diagnosis is still to come.
pub(crate) fn verdict(
    credentials: &Credentials<'_>,
    verdict: &Result<Verified, VerifyError>,
    diagnoses: bool,
) {
    let awaits = |error: &VerifyError| diagnoses && error.stage().is_diagnosable();
    if !verdict.as_ref().is_err_and(awaits) {
        attempt(credentials, verdict);
    }
}

/// What a diagnosis found: the outcome of the attempt, or, from a verifier that has reported its
/// verdict already, an event of its own.
pub(crate) fn diagnosis(error: &VerifyError, diagnoses: bool) {
    let message = match diagnoses {
        true => "token verify fail",
        false => "token verify diagnosis",
    };
    events::refused(error, message);
}

#[cfg(feature = "tracing")]
mod events {
    use alloc::string::ToString;

    use tracing::{error, info, warn};

    use crate::credentials::Credentials;
    use crate::escape::Escaped;
    use crate::refusal::Cause;
    use crate::refusal::VerifyError;
    use crate::token::Secret;
    use crate::verify::verified::Verified;

    const TARGET: &str = "wukongim_auth";

    pub(super) fn accepted(credentials: &Credentials<'_>, verified: &Verified) {
        info!(
            target: TARGET,
            uid = Escaped(verified.uid()).to_string().as_str(),
            device_flag = %verified.device_flag(),
            device_level = %verified.device_level(),
            device_id = Escaped(credentials.device_id).to_string().as_str(),
            act_token = credentials.token.to_string().as_str(),
            by = ?verified.accepted_by(),
            ends_at = verified.expires_at().map(display),
            "token verify ok",
        );
    }

    /// A fault of the store is the operator's business at once; a refused client is not.
    pub(super) fn refused(error: &VerifyError, message: &'static str) {
        macro_rules! event {
            ($level:ident) => {
                $level!(
                    target: TARGET,
                    uid = Escaped(error.uid()).to_string().as_str(),
                    device_flag = %error.device_flag(),
                    device_level = error.device_level().map(display),
                    device_id = Escaped(error.device_id()).to_string().as_str(),
                    expect_token = error.expected_token().map(Secret::to_string).as_deref(),
                    act_token = error.actual_token().to_string().as_str(),
                    cause = error.cause().label(),
                    reason = error.cause().to_string().as_str(),
                    fix = error.fix().to_string().as_str(),
                    device_flag_missing = error.facts().device_flag_missing,
                    transport = error.facts().transport.map(display),
                    peer = error.facts().address.map(display),
                    "{message}",
                )
            };
        }
        match error.cause() {
            Cause::Store(_) => event!(error),
            _ => event!(warn),
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod events {
    use crate::credentials::Credentials;
    use crate::refusal::VerifyError;
    use crate::verify::verified::Verified;

    pub(super) const fn accepted(_: &Credentials<'_>, _: &Verified) {}

    pub(super) const fn refused(_: &VerifyError, _: &'static str) {}
}
