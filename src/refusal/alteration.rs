//! What happens to a token on its way to the client and back.

use core::fmt;

/// What happened to a token between being issued and being presented.
///
/// ```
/// use wukongim_auth::diagnosis::Alteration;
///
/// assert_eq!(Alteration::Bearer.to_string(), "with `Bearer ` before it");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alteration {
    /// It is preceded by a byte order mark.
    ByteOrderMark,
    /// It is surrounded by whitespace or line ends.
    Blanks,
    /// It has invisible characters in it, such as NUL or a zero-width space.
    Invisible,
    /// It is in quotes.
    Quotes,
    /// It is in Swift's `Optional(…)`.
    Optional,
    /// It is in JSON.
    Json,
    /// It is preceded by `Bearer `, as in an HTTP header.
    Bearer,
    /// It is preceded by a name, as in `Token …` or `token=…`.
    Labelled,
    /// It was percent-encoded, as in a URL.
    PercentEncoded,
    /// It was written twice.
    Doubled,
    /// It was encoded in base64, as text or as the bytes that its hexadecimal digits stand for.
    Base64,
    /// Dashes were put between its hexadecimal digits.
    Dashes,
    /// The case of its hexadecimal digits was changed.
    HexCase,
    /// It was truncated.
    Truncated,
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Alteration::ByteOrderMark => "with a byte order mark before it",
            Alteration::Blanks => "with blanks or line ends around it",
            Alteration::Invisible => "with invisible characters in it",
            Alteration::Quotes => "with quotes around it",
            Alteration::Optional => "in `Optional(…)`",
            Alteration::Json => "in JSON",
            Alteration::Bearer => "with `Bearer ` before it",
            Alteration::Labelled => "with a name before it, as in `token=…`",
            Alteration::PercentEncoded => "in percent-encoding",
            Alteration::Doubled => "written twice",
            Alteration::Base64 => "in base64",
            Alteration::Dashes => "with dashes between its hexadecimal digits",
            Alteration::HexCase => "with its hexadecimal letters in the other case",
            Alteration::Truncated => "with its end cut off",
        })
    }
}
