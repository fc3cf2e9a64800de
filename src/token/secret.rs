//! What a store keeps of a token: the text, or its digest.

use core::fmt;

use crate::token::digest::TokenDigest;
use crate::token::{FixedLenSecret, Token};

/// What a store keeps to compare a presented token with.
///
/// Printed as a fingerprint, with no `PartialEq`, like the [`Token`] in it.
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
    /// Its SHA-256 only, so that whoever reads the store cannot connect with what is in it.
    Digest(TokenDigest),
}

impl Secret {
    /// The form this secret is compared in.
    #[must_use]
    pub const fn form(&self) -> SecretForm {
        match self {
            Secret::Plain(_) => SecretForm::Plain,
            Secret::Digest(_) => SecretForm::Digest,
        }
    }

    /// Forgets the token, and keeps its digest.
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

    /// The same secret, to be compared later with another record's: a long text is left behind.
    #[inline(always)]
    pub(crate) fn to_fixed_len(&self) -> FixedLenSecret {
        match self {
            Secret::Plain(token) => token.padded().clone(),
            Secret::Digest(digest) => FixedLenSecret::digest_only(digest),
        }
    }

    /// Whether there is no token at all: upstream clears one by writing an empty one.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Secret::Plain(token) => token.is_empty(),
            Secret::Digest(digest) => digest.is_of_nothing(),
        }
    }
}

/// The fingerprint: `len=32 sha256=1f0a9c3e`, or `sha256=1f0a9c3e` if only the digest is kept.
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

/// Which form of [`Secret`] a deployment keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretForm {
    /// Tokens as they are.
    #[default]
    Plain,
    /// SHA-256 digests.
    Digest,
}
