//! The one function that touches stored secrets.

use core::cell::OnceCell;
use core::fmt;

use subtle::ConstantTimeEq;

use crate::token::digest::TokenDigest;
use crate::token::fixed_len::{DIGEST_STORED, FIXED_LEN, FixedLenSecret};
use crate::token::{PresentedToken, Token};

/// What a store keeps to compare a presented token with.
///
/// Printed as a fingerprint, with no `PartialEq`, like the [`Token`] in it.
///
/// ```
/// use wukongim_auth::{Secret, SecretForm, Token};
///
/// let secret = Secret::from(Token::new("s3cret"));
/// assert_eq!(secret.to_string(), "len=6 sha256=1ec1c26b");
/// let secret = secret.into_digest();
/// assert_eq!(secret.to_string(), "sha256=1ec1c26b");
/// assert_eq!(secret.form(), SecretForm::Digest);
/// ```
///
/// ```compile_fail,E0369
/// # use wukongim_auth::{Secret, Token};
/// let [a, b] = ["a", "b"].map(|text| Secret::from(Token::new(text)));
/// assert!(a != b);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Secret {
    /// The token itself.
    Plain(Token),
    /// Its SHA-256 only, so that whoever reads the store cannot connect with what he found.
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
        match self {
            Secret::Plain(token) => Secret::Digest(token.digest()),
            digest => digest,
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

/// The fingerprint: `len=32 sha256=1f0a9c3e`, or `sha256=1f0a9c3e` where only the digest is kept.
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

/// Whether the presented token is the stored one.
///
/// Its time depends on the presented token's length, and on the form that is compared: the
/// token, padded to 64 bytes, for a plain secret, SHA-256 for a digest, and for every presented token of more
/// than 64 bytes. It depends on nothing stored: not on the stored bytes, nor on their length, nor
/// on where a difference is. Where nothing is stored, a dummy of the form `absent` is compared
/// instead. Nothing is claimed for a store that mixes forms.
///
/// An absent or an empty secret matches nothing; an empty presented token matches nothing.
///
/// ```
/// use wukongim_auth::{PresentedToken, Secret, SecretForm, Token, compare};
///
/// let stored = Secret::from(Token::new("s3cret"));
/// assert!(compare(PresentedToken::new("s3cret"), Some(&stored), SecretForm::Plain));
/// assert!(!compare(PresentedToken::new("s3cret\0"), Some(&stored), SecretForm::Plain));
/// assert!(!compare(PresentedToken::new("s3cret"), None, SecretForm::Plain));
/// ```
#[must_use]
pub fn compare(presented: PresentedToken<'_>, stored: Option<&Secret>, absent: SecretForm) -> bool {
    Presented::new(presented.expose_secret()).is(stored, absent)
}

/// A presented text that may be compared more than once, and is hashed once at most.
pub(crate) struct Presented<'a> {
    text: &'a str,
    digest: OnceCell<TokenDigest>,
}

impl<'a> Presented<'a> {
    #[inline]
    pub(crate) const fn new(text: &'a str) -> Self {
        let digest = OnceCell::new();
        Presented { text, digest }
    }

    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// As [`compare`], but for the hash, which is made once.
    #[inline(always)]
    pub(crate) fn is(&self, stored: Option<&Secret>, absent: SecretForm) -> bool {
        let dummy = match absent {
            SecretForm::Plain => &NO_TOKEN,
            SecretForm::Digest => &NO_DIGEST,
        };
        // Looked up rather than branched on, so that absence takes as many steps as presence.
        let is_stored = stored.is_some();
        let either = [Some(dummy), stored];
        let chosen = either.get(usize::from(is_stored)).copied().flatten();
        let stored = chosen.unwrap_or(dummy);
        let form = if self.text.len() > FIXED_LEN {
            SecretForm::Digest
        } else {
            stored.form()
        };
        #[cfg(test)]
        calls::count(form);
        let difference = match form {
            SecretForm::Plain => plain_difference(self.text, stored),
            SecretForm::Digest => digest_difference(self.digest(), stored),
        };
        let is_nothing = !is_stored | self.text.is_empty();
        (difference | u8::from(is_nothing)).ct_eq(&0).into()
    }

    /// Apart from the rest, so that the plain form, which is the common one, saves no registers for
    /// it.
    #[inline(never)]
    fn digest(&self) -> &TokenDigest {
        self.digest.get_or_init(|| {
            #[cfg(test)]
            calls::count_hash();
            TokenDigest::of(self.text)
        })
    }
}

/// Stand in for what is not stored, so that from there on all is the same.
static NO_TOKEN: Secret = Secret::Plain(Token::UNMATCHABLE);
static NO_DIGEST: Secret = Secret::Digest(TokenDigest::from_bytes([0; 32]));

/// 0 where the two are the same.
fn plain_difference(presented: &str, stored: &Secret) -> u8 {
    let stored = match stored {
        Secret::Plain(token) => token.padded(),
        Secret::Digest(_) => &FixedLenSecret::UNMATCHABLE,
    };
    stored.difference(presented)
}

fn digest_difference(presented: &TokenDigest, stored: &Secret) -> u8 {
    let (stored, mark) = match stored {
        Secret::Plain(token) => token.padded().as_digest(),
        Secret::Digest(digest) => (digest.expose_secret(), DIGEST_STORED),
    };
    let pairs = presented.expose_secret().iter().zip(stored);
    pairs.fold(mark ^ DIGEST_STORED, |all, (one, other)| {
        all | (one ^ other)
    })
}

/// Counts comparisons and hashes, so that a test can see that all refusals make as many.
#[cfg(test)]
pub(crate) mod calls {
    use core::cell::Cell;

    use super::SecretForm;

    std::thread_local! {
        static CALLS: Cell<Calls> = const { Cell::new(Calls { plain: 0, digest: 0, hashes: 0 }) };
    }

    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Calls {
        pub(crate) plain: usize,
        pub(crate) digest: usize,
        pub(crate) hashes: usize,
    }

    pub(super) fn count(form: SecretForm) {
        let mut calls = CALLS.get();
        match form {
            SecretForm::Plain => calls.plain += 1,
            SecretForm::Digest => calls.digest += 1,
        }
        CALLS.set(calls);
    }

    pub(super) fn count_hash() {
        let mut calls = CALLS.get();
        calls.hashes += 1;
        CALLS.set(calls);
    }

    /// Those of this thread since the last time.
    pub(crate) fn take() -> Calls {
        CALLS.take()
    }
}
