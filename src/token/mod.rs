//! Tokens: the secret that a store holds, and the text that a client presents.

mod compare;
mod digest;
mod fixed_len;
mod hex;
mod secret;

#[cfg(test)]
pub(crate) use compare::calls;
pub use compare::compare;
pub(crate) use compare::{Presented, is_same_token};
pub(crate) use digest::Fingerprint;
pub use digest::TokenDigest;
pub(crate) use fixed_len::{FixedLenSecret, Padded};
pub(crate) use hex::{from_hex, to_hex};
pub use secret::{Secret, SecretForm};

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use ring::rand::{SecureRandom, SystemRandom};

use crate::token::fixed_len::FIXED_LEN;

/// A secret token that was issued to a user's device.
///
/// `Debug` and `Display` show a fingerprint, `len=32 sha256=1f0a9c3e`, which two ends can compare
/// without showing the token. `Serialize` and `PartialEq` are missing on purpose: tokens are
/// compared through [`compare`](crate::compare::compare), and the text is available only through
/// [`expose_secret`](Self::expose_secret). Cloning does not allocate.
///
/// ```
/// use wukongim_auth::Token;
///
/// let token = Token::new("hunter2");
/// assert_eq!(token.to_string(), "len=7 sha256=f52fbd32");
/// assert_eq!(token.expose_secret(), "hunter2");
/// ```
///
/// None of the following compiles. There is no `PartialEq`, because `==` would stop at the first
/// difference and its time would reveal the position:
///
/// ```compile_fail,E0369
/// # use wukongim_auth::Token;
/// assert!(Token::new("a") == Token::new("a"));
/// ```
/// ```compile_fail,E0369
/// # use wukongim_auth::Token;
/// assert!(Token::new("a") == *"a");
/// ```
///
/// There is no `Serialize`, and no other way to the text:
///
/// ```compile_fail,E0277
/// # use wukongim_auth::Token;
/// serde_json::to_string(&Token::new("a"));
/// ```
/// ```compile_fail,E0308
/// # use wukongim_auth::Token;
/// fn log(text: &str) {}
/// log(&Token::new("a"));
/// ```
#[derive(Clone)]
pub struct Token {
    padded: FixedLenSecret,
    /// Set if the token does not fit into the padded form, which then holds its digest.
    long: Option<LongText>,
}

/// The text of a long token, kept beside its digest. A thin pointer, because few tokens have one.
pub(crate) type LongText = Arc<Box<str>>;

impl Token {
    /// Matches nothing that can be presented.
    pub(crate) const UNMATCHABLE: Token = Token {
        padded: FixedLenSecret::UNMATCHABLE,
        long: None,
    };

    /// Takes a token as the business server issued it. An empty token can be stored, but matches
    /// nothing.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let long = (text.len() > FIXED_LEN).then(|| Arc::new(text.into()));
        Token {
            padded: FixedLenSecret::new(text.as_bytes()),
            long,
        }
    }

    /// Generates a 256-bit token from the system's random generator: 64 lower-case hexadecimal
    /// digits, safe in URLs, JSON and headers.
    ///
    /// ```
    /// let token = wukongim_auth::Token::generate()?;
    /// assert_eq!(token.expose_secret().len(), 64);
    /// # Ok::<(), wukongim_auth::provision::RandomError>(())
    /// ```
    ///
    /// # Errors
    /// [`RandomError`] if the generator fails.
    pub fn generate() -> Result<Self, RandomError> {
        let mut bytes = [0; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| RandomError)?;
        Ok(Token::new(to_hex(&bytes)))
    }

    /// The token's text. This is the only way to it, so uses are easy to search for.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        match &self.long {
            Some(text) => text,
            None => self.padded.as_str(),
        }
    }

    /// The bytes of the text, without a UTF-8 check: the time of that check would reveal the
    /// length.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.long {
            Some(text) => text.as_bytes(),
            None => self.padded.as_bytes(),
        }
    }

    /// The token's digest, for a store that must not hold the token itself.
    ///
    /// ```
    /// use wukongim_auth::{DeviceLevel, Token, TokenRecord};
    ///
    /// let token = Token::generate()?;
    /// let record = TokenRecord::issue(token.digest(), DeviceLevel::Slave);
    /// // … store the record, and give the client `token.expose_secret()`.
    /// # let _ = record;
    /// # Ok::<(), wukongim_auth::provision::RandomError>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.expose_secret())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.padded.is_nothing()
    }

    #[cfg(feature = "memory")]
    pub(crate) fn into_parts(self) -> (FixedLenSecret, Option<LongText>) {
        (self.padded, self.long)
    }

    #[cfg(feature = "memory")]
    pub(crate) fn from_parts(padded: FixedLenSecret, long: Option<LongText>) -> Self {
        Token { padded, long }
    }

    pub(crate) fn padded(&self) -> &FixedLenSecret {
        &self.padded
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Token::new(text)
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Token::new(text)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fingerprint(self.expose_secret()).fmt(f)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

/// The system's random generator failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the random generator failed")]
#[non_exhaustive]
pub struct RandomError;

/// The token that a client presented: borrowed, unchecked, and printed only as a fingerprint, since
/// it may be the right one.
///
/// ```
/// use wukongim_auth::compare::PresentedToken;
///
/// assert_eq!(format!("{:?}", PresentedToken::new("hunter2")), "PresentedToken(len=7 sha256=f52fbd32)");
/// ```
///
/// ```compile_fail,E0369
/// # use wukongim_auth::compare::PresentedToken;
/// assert!(PresentedToken::new("a") == PresentedToken::new("a"));
/// ```
#[derive(Clone, Copy)]
pub struct PresentedToken<'a>(&'a str);

impl<'a> PresentedToken<'a> {
    /// Wraps the text as the client sent it. It is never trimmed.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        PresentedToken(text)
    }

    /// The text. This is the only way to it.
    #[must_use]
    pub const fn expose_secret(self) -> &'a str {
        self.0
    }
}

impl<'a> From<&'a str> for PresentedToken<'a> {
    fn from(text: &'a str) -> Self {
        PresentedToken(text)
    }
}

impl fmt::Display for PresentedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fingerprint(self.0).fmt(f)
    }
}

impl fmt::Debug for PresentedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PresentedToken({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// Not reachable from outside: ring's generators do not fail on demand.
    #[test]
    fn a_failed_generator_says_so() {
        assert_eq!(RandomError.to_string(), "the random generator failed");
    }
}
