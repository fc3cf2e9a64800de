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
    /// It is in quotes.
    Quotes,
    /// It is preceded by `Bearer `, as in an HTTP header.
    Bearer,
    /// It was percent-encoded, as in a URL.
    PercentEncoded,
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
            Alteration::Quotes => "with quotes around it",
            Alteration::Bearer => "with `Bearer ` before it",
            Alteration::PercentEncoded => "in percent-encoding",
            Alteration::HexCase => "with its hexadecimal letters in the other case",
            Alteration::Truncated => "with its end cut off",
        })
    }
}
