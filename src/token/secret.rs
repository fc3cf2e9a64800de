//! The secret that a store keeps for a token: the text or its digest.

use core::fmt;

use crate::token::digest::TokenDigest;
use crate::token::{FixedLenSecret, Token};

/// The stored secret that a presented token is compared with.
///
/// Like the [`Token`] in it, it is printed as a fingerprint and does not implement `PartialEq`.
///
/// ```
/// use wukongim_auth::compare::{Secret, SecretForm};
/// use wukongim_auth::Token;
///
/// let secret = Secret::from(Token::new("s3cret"));
/// assert_eq!(secret.to_string(), "len=6 sha256=1ec1c26b");
/// let secret = secret.into_digest();
/// assert_eq!(secret.to_string(), "sha256=1ec1c26b");
/// assert_eq!(secret.form(), SecretForm::Digest);
/// ```
///
/// ```compile_fail,E0369
/// # use wukongim_auth::compare::Secret;
/// # use wukongim_auth::Token;
/// let [a, b] = ["a", "b"].map(|text| Secret::from(Token::new(text)));
/// assert!(a != b);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Secret {
    /// The token itself.
    Plain(Token),
    /// Only its SHA-256, so that nobody who reads the store can connect with what it holds.
    Digest(TokenDigest),
}

impl Secret {
    /// The form in which this secret is compared.
    #[must_use]
    pub const fn form(&self) -> SecretForm {
        match self {
            Secret::Plain(_) => SecretForm::Plain,
            Secret::Digest(_) => SecretForm::Digest,
        }
    }

    /// Replaces the token by its digest.
    #[must_use]
    pub fn into_digest(self) -> Self {
        Secret::Digest(self.digest())
    }

    /// The SHA-256 of the token, whichever form this is: what a store keeps that must not hold tokens.
    ///
    /// ```
    /// use wukongim_auth::Token;
    /// use wukongim_auth::compare::Secret;
    ///
    /// let token = Token::new("s3cret");
    /// let secret = Secret::from(token.clone());
    /// assert_eq!(secret.digest().expose_secret(), token.digest().expose_secret());
    /// ```
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        match self {
            Secret::Plain(token) => token.digest(),
            Secret::Digest(digest) => digest.clone(),
        }
    }

    /// The same secret in the form that is compared later with another record's. A long text is
    /// left out.
    #[inline(always)]
    pub(crate) fn to_fixed_len(&self) -> FixedLenSecret {
        match self {
            Secret::Plain(token) => token.padded().clone(),
            Secret::Digest(digest) => FixedLenSecret::digest_only(digest),
        }
    }

    /// Returns whether there is no token at all. Upstream clears a token by writing an empty one.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Secret::Plain(token) => token.is_empty(),
            Secret::Digest(digest) => digest.is_of_nothing(),
        }
    }
}

/// Shows the fingerprint: `len=32 sha256=1f0a9c3e`, or `sha256=1f0a9c3e` if only the digest is
/// kept.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Plain(token) => token.fmt(f),
            Secret::Digest(digest) => digest.fmt(f),
        }
    }
}

impl From<Token> for Secret {
    fn from(token: Token) -> Self {
        Secret::Plain(token)
    }
}

impl From<TokenDigest> for Secret {
    fn from(digest: TokenDigest) -> Self {
        Secret::Digest(digest)
    }
}

/// The form of [`Secret`] that a deployment keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretForm {
    /// The tokens themselves.
    #[default]
    Plain,
    /// Their SHA-256 digests.
    Digest,
}
