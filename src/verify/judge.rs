//! The decision whether a record accepts a token: pure, without store or messages.

use core::time::Duration;

use crate::credentials::{Credentials, uid_rules};
use crate::device::DeviceFlags;
use crate::refusal::Cause;
use crate::store::TokenRecord;
use crate::time::Timestamp;
use crate::token::{Padded, Presented, PresentedToken, SecretForm};
use crate::verify::verified::{Acceptance, VerifiedBy};

/// The result of checking a token against a record.
pub(crate) enum Judgement<'a> {
    Accepted(Acceptance<'a>),
    /// The token belongs to this record, so nothing else can be the cause.
    Certain(Cause),
    /// The token does not belong to this record. The user's other flags may explain more.
    Refused(Cause),
}

/// Checks credentials before any lookup. Nothing is trimmed first: the check sees the same text
/// that is compared later.
///
/// The error is created here instead of returning a cause: a returned cause would be five words
/// that every client without a fault has to check.
#[inline(always)]
pub(crate) fn fault<E>(
    credentials: &Credentials<'_>,
    allowed: DeviceFlags,
    error: impl FnOnce(Cause) -> E,
) -> Result<(), E> {
    let Credentials {
        uid,
        device_flag,
        token,
        ..
    } = *credentials;
    if uid.is_empty() {
        return Err(error(Cause::EmptyUid));
    }
    if uid_rules::has_control(uid) {
        return Err(error(Cause::InvalidUid));
    }
    if !allowed.contains(device_flag) {
        let number = device_flag.into();
        return Err(error(Cause::UnknownDeviceFlag { number, allowed }));
    }
    let blank = token.expose_secret().chars().all(char::is_whitespace);
    if blank {
        return Err(error(Cause::EmptyToken));
    }
    Ok(())
}

/// Compares twice whenever the token is not accepted as the current one, so that all rejections
/// take the same time.
#[inline(always)]
pub(crate) fn judge<'a>(
    token: PresentedToken<'_>,
    record: Option<&'a TokenRecord>,
    now: Timestamp,
    leeway: Duration,
    absent: SecretForm,
) -> Judgement<'a> {
    let form = record.map_or(absent, |record| record.secret().form());
    let mut room = Padded::default();
    let token = Presented::new(token.expose_secret(), &mut room);
    let is_current = token.is(record.map(TokenRecord::secret), form);
    if let Some(record) = record.filter(|record| is_current && record.is_live(now, leeway)) {
        return Judgement::Accepted(Acceptance {
            record,
            secret: record.secret(),
            expires_at: record.expires_at().map(|end| end.saturating_add(leeway)),
            accepted_by: VerifiedBy::Current,
        });
    }
    // From here on, the token is compared with the superseded one even if there is none: a dummy
    // stands in, and a rejection's time does not reveal whether a rotation took place.
    let superseded = record.and_then(TokenRecord::superseded);
    let is_superseded = token.is(superseded.map(|old| &old.secret), form);
    let Some(record) = record else {
        return Judgement::Refused(Cause::NotIssued);
    };
    let superseded = superseded.zip(record.superseded_until());
    match (record.revoked_at(), record.expires_at(), superseded) {
        (Some(at), _, _) if is_current => Judgement::Certain(Cause::Revoked { at }),
        (None, Some(at), _) if is_current => Judgement::Certain(Cause::Expired { at }),
        (_, _, Some((_, until))) if is_superseded && until < now => {
            Judgement::Certain(Cause::Superseded { at: until })
        }
        (_, _, Some((old, until))) if is_superseded => Judgement::Accepted(Acceptance {
            record,
            secret: &old.secret,
            expires_at: Some(until),
            accepted_by: VerifiedBy::Superseded,
        }),
        (Some(at), _, _) => Judgement::Refused(Cause::Revoked { at }),
        // An empty token counts as none: nobody can have received it.
        _ if record.secret().is_empty() => Judgement::Refused(Cause::NotIssued),
        _ => Judgement::Refused(Cause::Mismatch),
    }
}
