//! The fixes in English.

use core::fmt;

use super::context::Context;
use crate::device::{DeviceFlag, Numbered, Numbers};
use crate::refusal::cause::Cause;

pub(super) fn write(fix: &Context<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let own = Numbered(fix.device_flag);
    match fix.cause {
        Cause::EmptyUid => f.write_str(
            "Give the SDK the user's uid before it connects, the one that POST /user/token was called with.",
        ),
        Cause::InvalidUid => f.write_str(
            "Use a uid without control characters, the same in the client and in POST /user/token.",
        ),
        Cause::UnknownDeviceFlag { allowed, .. } if allowed.is_empty() => f.write_str(
            "Name the device flags that clients may use with Verifier::with_device_flags: the set is empty, so that every client is rejected.",
        ),
        Cause::UnknownDeviceFlag { number, allowed } => {
            let allowed = Numbers(*allowed, ", ");
            write!(
                f,
                "Let the client connect with a deviceFlag that is allowed ({allowed}), and register its token with POST /user/token under the same device_flag.",
            )?;
            match fix.device_flag {
                // The server's own: nothing to open to clients on the advice of a log line.
                DeviceFlag::System => Ok(()),
                _ => write!(
                    f,
                    " If clients are meant to use {number}, allow it with Verifier::with_device_flags.",
                ),
            }
        }
        Cause::EmptyToken => write!(
            f,
            "Give the SDK the token that POST /user/token registered for this uid with device_flag={own}; it connected without one.",
        ),
        Cause::Store(_) => f.write_str(
            "Look at the store's error: nothing is known about the client, and no token needs to be changed. Most SDKs reconnect by themselves.",
        ),
        Cause::Revoked { .. } => write!(
            f,
            "Issue a new token with POST /user/token and device_flag={own}, and give it to the client; the registered one was revoked, for example by POST /user/device_quit.",
        ),
        Cause::Expired { .. } => write!(
            f,
            "Issue a new token with POST /user/token and device_flag={own}, and give it to the client before it connects again.",
        ),
        Cause::Superseded { .. } => write!(
            f,
            "Give the client the newest token of device_flag={own}; it still uses the one before, and the time in which both were accepted is over.",
        ),
        Cause::ManagerToken => write!(
            f,
            "Issue a token for this user with POST /user/token and device_flag={own}, and give the client that one. Replace the manager token: a client has it.",
        ),
        Cause::IssuedForOtherFlag { issued_for } if fix.may_be_js_sdk_with_flag_0(*issued_for) => {
            f.write_str(
                "Most likely a JS SDK with deviceFlag 0: set its deviceFlag to 1 (WEB), which the token was issued for. For any other client, issue the token with POST /user/token and device_flag=0 (APP).",
            )
        }
        Cause::IssuedForOtherFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("The client sent no device flag and counts as APP. ")?;
            }
            let issued_for = Numbers(*issued_for, " or ");
            write!(
                f,
                "Issue the token with POST /user/token and device_flag={own}, or let the client connect with deviceFlag {issued_for}.",
            )
        }
        Cause::Altered { how } => write!(
            f,
            "Hand the token to the SDK exactly as POST /user/token registered it for device_flag={own}; this one came {how}.",
        ),
        Cause::Placeholder => write!(
            f,
            "The client connected before it had a token: it sent the text of an empty variable or an unfilled template. Fetch the token that POST /user/token registered for device_flag={own} first, and connect then.",
        ),
        Cause::Ambiguous { .. } => write!(
            f,
            "Look at the store's error. Until it answers, compare the client's token with what POST /user/token was called with for device_flag={own} and for the other flags.",
        ),
        Cause::NotIssuedForFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("The client sent no device flag and counts as APP. ")?;
            }
            let issued_for = Numbers(*issued_for, " or ");
            write!(
                f,
                "Issue a token with POST /user/token and device_flag={own}, or let the client connect with deviceFlag {issued_for} and the token of that flag.",
            )
        }
        Cause::NotIssued => write!(
            f,
            "Call POST /user/token with this uid and device_flag={own} before the client connects.",
        ),
        Cause::Mismatch => write!(
            f,
            "Give the client the token of the last POST /user/token for this uid and device_flag={own}; each call replaces the one before. Compare len and sha256 at both ends.",
        ),
    }
}
