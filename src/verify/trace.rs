//! Structured events for your log (feature `tracing`).
//!
//! Every verdict emits one event, and so does every diagnosis that is made separately from its
//! verdict. Tokens are fingerprints, as everywhere, and are hashed only if a subscriber listens.
//! Everything that may contain whitespace is recorded as a string, so that a text log quotes it and
//! a peer cannot inject fields of its own. Without the feature, none of this is compiled.

use crate::credentials::Credentials;
use crate::refusal::VerifyError;
use crate::verify::verified::Verified;

/// An attempt that succeeded.
pub(crate) fn success(credentials: &Credentials<'_>, verified: &Verified) {
    events::accepted(credentials, verified);
}

/// An attempt that failed, as far as its cause is known.
pub(crate) fn failure(error: &VerifyError) {
    events::rejected(error);
}

/// What a diagnosis found, after the verdict was reported.
pub(crate) fn diagnosis(error: &VerifyError) {
    events::diagnosed(error);
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

    const VERIFY: &str = "wukongim_auth::verify";
    const DIAGNOSIS: &str = "wukongim_auth::diagnosis";

    pub(super) fn accepted(credentials: &Credentials<'_>, verified: &Verified) {
        info!(
            target: VERIFY,
            uid = Escaped(verified.uid()).to_string().as_str(),
            device_flag = %verified.device_flag(),
            device_level = %verified.device_level(),
            device_id = Escaped(credentials.device_id).to_string().as_str(),
            act_token = credentials.token.to_string().as_str(),
            accepted_by = ?verified.accepted_by(),
            expires_at = verified.expires_at().map(display),
            "token verify ok",
        );
    }

    /// A macro, because a callsite's level, target and message must be constants.
    macro_rules! event {
        ($level:ident, $target:expr, $message:literal, $error:expr) => {
            $level!(
                target: $target,
                uid = Escaped($error.uid()).to_string().as_str(),
                device_flag = %$error.device_flag(),
                device_level = $error.device_level().map(display),
                device_id = Escaped($error.device_id()).to_string().as_str(),
                expect_token = $error.expected_token().map(Secret::to_string).as_deref(),
                act_token = $error.actual_token().to_string().as_str(),
                label = $error.label(),
                cause = $error.label(),
                reason = $error.cause().to_string().as_str(),
                fix = $error.fix().to_string().as_str(),
                diagnosed = !$error.stage().is_diagnosable(),
                device_flag_missing = $error.facts().device_flag_missing,
                transport = $error.facts().transport.map(display),
                peer = $error.facts().address.map(display),
                $message,
            )
        };
    }

    /// A store failure needs the operator's attention immediately; a rejected client does not.
    pub(super) fn rejected(error: &VerifyError) {
        match error.cause() {
            Cause::Store(_) => event!(error, VERIFY, "token verify fail", error),
            _ => event!(warn, VERIFY, "token verify fail", error),
        }
    }

    pub(super) fn diagnosed(error: &VerifyError) {
        event!(info, DIAGNOSIS, "token verify diagnosis", error);
    }
}

#[cfg(not(feature = "tracing"))]
mod events {
    use crate::credentials::Credentials;
    use crate::refusal::VerifyError;
    use crate::verify::verified::Verified;

    pub(super) const fn accepted(_: &Credentials<'_>, _: &Verified) {}

    pub(super) const fn rejected(_: &VerifyError) {}

    pub(super) const fn diagnosed(_: &VerifyError) {}
}
