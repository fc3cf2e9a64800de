//! Whether a record accepts a token: no store, no words, only the facts.

use core::time::Duration;

use crate::cause::Cause;
use crate::compare::{Comparand, SecretForm};
use crate::device::DeviceLevel;
use crate::record::TokenRecord;
use crate::time::Timestamp;
use crate::token::PresentedToken;
use crate::verified::VerifiedBy;

/// What comes of holding a token against a record.
pub(crate) enum Finding {
    Accepted {
        device_level: DeviceLevel,
        ends_at: Option<Timestamp>,
        by: VerifiedBy,
    },
    /// The token is one of this record's: nothing else can be the cause.
    Proven(Cause),
    /// It is none of this record's; what the user's other flags hold may say more.
    Refused(Cause),
}

/// Compares twice whenever the token is not accepted as the current one, so that all refusals
/// take the same time.
#[inline(always)]
pub(crate) fn find(
    token: PresentedToken<'_>,
    record: Option<&TokenRecord>,
    now: Timestamp,
    leeway: Duration,
    absent: SecretForm,
) -> Finding {
    let form = record.map_or(absent, |record| record.secret().form());
    let token = Comparand::new(token.expose_secret());
    let is_current = token.is(record.map(TokenRecord::secret), form);
    if let Some(record) = record.filter(|record| is_current && record.is_live(now, leeway)) {
        return Finding::Accepted {
            device_level: record.device_level(),
            ends_at: record.expires_at().map(|end| end.saturating_add(leeway)),
            by: VerifiedBy::Current,
        };
    }
    let superseded = record.and_then(TokenRecord::superseded);
    let is_superseded = token.is(superseded.map(|old| &old.secret), form);
    let Some(record) = record else {
        return Finding::Refused(Cause::NotIssued);
    };
    match (
        record.revoked_at(),
        record.expires_at(),
        record.superseded_until(),
    ) {
        (Some(at), _, _) if is_current => Finding::Proven(Cause::Revoked { at }),
        (None, Some(at), _) if is_current => Finding::Proven(Cause::Expired { at }),
        (_, _, Some(until)) if is_superseded && until < now => {
            Finding::Proven(Cause::Superseded { at: until })
        }
        (_, _, Some(until)) if is_superseded => Finding::Accepted {
            device_level: record.device_level(),
            ends_at: Some(until),
            by: VerifiedBy::Superseded,
        },
        (Some(at), _, _) => Finding::Refused(Cause::Revoked { at }),
        // An empty token is none: nobody can have been given it.
        _ if record.secret().is_empty() => Finding::Refused(Cause::NotIssued),
        _ => Finding::Refused(Cause::Mismatch),
    }
}
