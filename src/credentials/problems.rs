//! The client's side: checks of connection parameters before they are used.

use alloc::vec::Vec;

use crate::credentials::placeholder::is_placeholder;
use crate::credentials::uid_rules::{self, RESERVED};
use crate::credentials::{Credentials, wrapping};
use crate::device::DeviceFlags;

/// Checks connection parameters on the client's side before they are used, and lists the reasons
/// for which they would be rejected, or probably be. Empty if no problem was found.
///
/// ```
/// use wukongim_auth::diagnosis::{ParameterProblem, parameter_problems};
/// use wukongim_auth::{Credentials, DeviceFlag};
///
/// let problems = parameter_problems(&Credentials::new("alice", DeviceFlag::App, "Bearer s3cret"));
/// assert_eq!(problems, [ParameterProblem::BearerPrefix]);
/// assert_eq!(problems[0].to_string(), "the token begins with `Bearer `, which is not part of it");
/// ```
#[must_use]
pub fn parameter_problems(credentials: &Credentials<'_>) -> Vec<ParameterProblem> {
    let Credentials {
        uid,
        device_flag,
        device_id,
        token,
        ..
    } = *credentials;
    let token = token.expose_secret();
    let blank = token.chars().all(char::is_whitespace);
    let quoted = token != wrapping::without_quotes(token);
    let bearer = token != wrapping::without_bearer(token);
    let labelled = !bearer && token != wrapping::without_label(token);
    let placeholder = is_placeholder(token)
        || is_placeholder(wrapping::without_bearer(token))
        || is_placeholder(wrapping::without_label(token))
        || is_placeholder(&wrapping::without_invisible(token));
    let too_long = [uid, device_id, token]
        .iter()
        .any(|text| text.len() > uid_rules::MAX_LEN);
    let checks = [
        (uid.is_empty(), ParameterProblem::EmptyUid),
        (uid_rules::has_control(uid), ParameterProblem::InvalidUid),
        (uid.contains(RESERVED), ParameterProblem::ReservedInUid),
        (!uid.is_ascii(), ParameterProblem::NonAsciiUid),
        (
            !DeviceFlags::CLIENTS.contains(device_flag),
            ParameterProblem::UnknownDeviceFlag,
        ),
        (blank, ParameterProblem::EmptyToken),
        (
            !blank && token != wrapping::without_whitespace(token),
            ParameterProblem::BlanksAroundToken,
        ),
        (quoted, ParameterProblem::QuotedToken),
        (bearer, ParameterProblem::BearerPrefix),
        (
            !blank && token.trim() != wrapping::without_invisible(token.trim()),
            ParameterProblem::InvisibleInToken,
        ),
        (labelled, ParameterProblem::LabelledToken),
        (placeholder, ParameterProblem::PlaceholderToken),
        (too_long, ParameterProblem::TooLong),
    ];
    checks
        .into_iter()
        .filter_map(|(found, problem)| found.then_some(problem))
        .collect()
}

/// A problem that [`parameter_problems`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterProblem {
    /// The uid is empty.
    #[error("the uid is empty")]
    EmptyUid,
    /// The uid contains a control character.
    #[error("the uid contains a control character")]
    InvalidUid,
    /// No token can be registered for this uid.
    #[error("the uid contains @, # or &, for which no token can be registered")]
    ReservedInUid,
    /// The uid is not ASCII. No server rejects it, but the Android SDK (1.5.5) fails to encode its
    /// CONNECT.
    #[error("the uid is not ASCII, which the Android SDK (1.5.5) cannot encode")]
    NonAsciiUid,
    /// The device flag is not APP, WEB or PC.
    #[error("the device flag is none of 0 (APP), 1 (WEB) and 2 (PC)")]
    UnknownDeviceFlag,
    /// The token is empty or only whitespace.
    #[error("the token is empty or only whitespace")]
    EmptyToken,
    /// The token is surrounded by whitespace or line ends.
    #[error("the token is surrounded by whitespace")]
    BlanksAroundToken,
    /// The token is enclosed in quotes.
    #[error("the token is enclosed in quotes")]
    QuotedToken,
    /// The token is the value of an HTTP header.
    #[error("the token begins with `Bearer `, which is not part of it")]
    BearerPrefix,
    /// The token contains an invisible character: NUL, a zero-width space, a line end in the
    /// middle.
    #[error("the token contains invisible characters")]
    InvisibleInToken,
    /// The token is part of a query string, or of a header with another scheme.
    #[error("the token is preceded by a name, as in `token=…`, which is not part of it")]
    LabelledToken,
    /// The token is what programs print for a missing value, an unfilled template, or an example
    /// from a manual.
    #[error("the token is a placeholder, such as undefined or ${{token}}")]
    PlaceholderToken,
    /// A string is too long for CONNECT.
    #[error("a string is longer than the 32767 bytes that CONNECT has room for")]
    TooLong,
}
