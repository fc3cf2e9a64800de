//! Structured events for the host's log (feature `tracing`): one for every attempt to connect, one
//! for every diagnosis that is asked for by itself.
//!
//! Target `wukongim_auth`. Tokens are fingerprints, as everywhere; they are hashed only where
//! somebody listens. Text from a peer is recorded as a string, so that a text log quotes it. Without the feature nothing of this is compiled.

#[cfg(feature = "tracing")]
mod events {
    use alloc::string::ToString;

    use tracing::{error, info, warn};

    use crate::cause::Cause;
    use crate::credentials::Credentials;
    use crate::error::VerifyError;
    use crate::redact::Escaped;
    use crate::verified::Verified;

    const TARGET: &str = "wukongim_auth";

    pub(crate) fn attempt(credentials: &Credentials<'_>, verdict: &Result<Verified, VerifyError>) {
        match verdict {
            Ok(verified) => info!(
                target: TARGET,
                uid = Escaped(verified.uid()).to_string().as_str(),
                device_flag = %verified.device_flag(),
                device_level = %verified.device_level(),
                device_id = Escaped(credentials.device_id).to_string().as_str(),
                act_token = %credentials.token,
                by = ?verified.by(),
                ends_at = verified.ends_at().map(tracing::field::display),
                "token verify ok",
            ),
            Err(error) => refused(error, "token verify fail"),
        }
    }

    pub(crate) fn diagnosis(error: &VerifyError) {
        refused(error, "token verify diagnosis");
    }

    /// A fault of the store is the operator's business at once; a refused client is not.
    fn refused(error: &VerifyError, message: &'static str) {
        macro_rules! event {
            ($level:ident) => {
                $level!(
                    target: TARGET,
                    uid = Escaped(error.uid()).to_string().as_str(),
                    device_flag = %error.device_flag(),
                    device_level = error.device_level().map(tracing::field::display),
                    device_id = Escaped(error.device_id()).to_string().as_str(),
                    expect_token = error.expected().map(tracing::field::display),
                    act_token = %error.actual(),
                    cause = error.cause().label(),
                    reason = %error.cause(),
                    fix = %error.fix(),
                    device_flag_missing = error.facts().device_flag_missing,
                    transport = error.facts().transport.map(tracing::field::display),
                    peer = error.facts().address.map(tracing::field::display),
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
    use crate::error::VerifyError;
    use crate::verified::Verified;

    pub(crate) const fn attempt(_: &Credentials<'_>, _: &Result<Verified, VerifyError>) {}

    pub(crate) const fn diagnosis(_: &VerifyError) {}
}

pub(crate) use events::{attempt, diagnosis};
