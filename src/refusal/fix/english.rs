//! The fixes in English.

use core::fmt;

use super::context::Context;
use crate::device::{DeviceFlag, Numbered, Numbers};
use crate::refusal::cause::Cause;

pub(super) fn write(fix: &Context<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let own = Numbered(fix.device_flag);
    match fix.cause {
        Cause::EmptyUid => f.write_str(
            "Pass the uid used in POST /user/token to the SDK before connecting.",
        ),
        Cause::InvalidUid => f.write_str(
            "Use a uid without control characters, and the same one in the client and in POST /user/token.",
        ),
        Cause::UnknownDeviceFlag { allowed, .. } if allowed.is_empty() => f.write_str(
            "Set the device flags that clients may use with Verifier::with_device_flags; the set is empty, so every client is rejected.",
        ),
        Cause::UnknownDeviceFlag { number, allowed } => {
            let allowed = Numbers(*allowed, ", ");
            write!(
                f,
                "Let the client connect with an allowed deviceFlag ({allowed}), and register its token with POST /user/token under the same device_flag.",
            )?;
            match fix.device_flag {
                // The server's own flag: no log line should suggest opening it to clients.
                DeviceFlag::System => Ok(()),
                _ => write!(
                    f,
                    " If clients are meant to use {number}, allow it with Verifier::with_device_flags.",
                ),
            }
        }
        Cause::EmptyToken => write!(
            f,
            "Pass the token that POST /user/token registered for this uid and device_flag={own} to the SDK; the client connected without one.",
        ),
        Cause::Store(_) => f.write_str(
            "Check the store's error. Nothing is known about the client, and no token needs to be changed. Most SDKs reconnect on their own.",
        ),
        Cause::Revoked { .. } => write!(
            f,
            "Issue a new token with POST /user/token and device_flag={own}, and give it to the client. The registered one was revoked, for example by POST /user/device_quit.",
        ),
        Cause::Expired { .. } => write!(
            f,
            "Issue a new token with POST /user/token and device_flag={own}, and give it to the client before it reconnects.",
        ),
        Cause::Superseded { .. } => write!(
            f,
            "Give the client the newest token for device_flag={own}. It still uses the previous one, and the overlap in which both were accepted is over.",
        ),
        Cause::ManagerToken => write!(
            f,
            "Issue a token for this user with POST /user/token and device_flag={own}, and give that one to the client. Replace the manager token: it has been exposed to a client.",
        ),
        Cause::IssuedForOtherFlag { issued_for } if fix.may_be_js_sdk_with_flag_0(*issued_for) => {
            f.write_str(
                "Most likely a JS SDK is using deviceFlag 0: set its deviceFlag to 1 (WEB), the flag that the token was issued for. For any other client, issue the token with POST /user/token and device_flag=0 (APP).",
            )
        }
        Cause::IssuedForOtherFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("The client sent no device flag and is treated as APP. ")?;
            }
            let issued_for = Numbers(*issued_for, " or ");
            write!(
                f,
                "Issue the token with POST /user/token and device_flag={own}, or let the client connect with deviceFlag {issued_for}.",
            )
        }
        Cause::Altered { how } => write!(
            f,
            "Pass the token that POST /user/token registered for device_flag={own} to the SDK unmodified; the one received was {how}.",
        ),
        Cause::Placeholder => write!(
            f,
            "The client connected before it had a token: it sent the text of an empty variable or an unfilled template. Fetch the token that POST /user/token registered for device_flag={own} before connecting.",
        ),
        Cause::Ambiguous { .. } => write!(
            f,
            "Check the store's error. Until the store recovers, compare the client's token with the tokens passed to POST /user/token for device_flag={own} and for the other flags.",
        ),
        Cause::NotIssuedForFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("The client sent no device flag and is treated as APP. ")?;
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
            "Give the client the token from the last POST /user/token for this uid and device_flag={own}; each call replaces the previous token. Compare len and sha256 at both ends.",
        ),
    }
}
