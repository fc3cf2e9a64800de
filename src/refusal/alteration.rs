//! Changes to a token on its way to the client and back.

use core::fmt;

/// A change that happened to a token between being issued and being presented.
///
/// ```
/// use wukongim_auth::diagnosis::Alteration;
///
/// assert_eq!(Alteration::Bearer.to_string(), "preceded by `Bearer `");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alteration {
    /// It is preceded by a byte order mark.
    ByteOrderMark,
    /// It is surrounded by whitespace or line ends.
    Blanks,
    /// It contains invisible characters, such as NUL or a zero-width space.
    Invisible,
    /// It is enclosed in quotes.
    Quotes,
    /// It is wrapped in Swift's `Optional(…)`.
    Optional,
    /// It is wrapped in JSON.
    Json,
    /// It is preceded by `Bearer `, as in an HTTP header.
    Bearer,
    /// It is preceded by a name, as in `Token …` or `token=…`.
    Labelled,
    /// It was percent-encoded, as in a URL.
    PercentEncoded,
    /// It was written twice.
    Doubled,
    /// It was encoded in base64, either as text or as the bytes that its hexadecimal digits
    /// represent.
    Base64,
    /// Dashes were inserted between its hexadecimal digits.
    Dashes,
    /// The case of its hexadecimal digits was changed.
    HexCase,
    /// It was truncated.
    Truncated,
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Alteration::ByteOrderMark => "preceded by a byte order mark",
            Alteration::Blanks => "surrounded by whitespace",
            Alteration::Invisible => "mixed with invisible characters",
            Alteration::Quotes => "enclosed in quotes",
            Alteration::Optional => "wrapped in `Optional(…)`",
            Alteration::Json => "wrapped in JSON",
            Alteration::Bearer => "preceded by `Bearer `",
            Alteration::Labelled => "preceded by a name, as in `token=…`",
            Alteration::PercentEncoded => "percent-encoded",
            Alteration::Doubled => "written twice",
            Alteration::Base64 => "base64-encoded",
            Alteration::Dashes => "split by dashes between its hex digits",
            Alteration::HexCase => "changed in the case of its hex digits",
            Alteration::Truncated => "truncated",
        })
    }
}
