//! The one place that compares stored secrets, with what is presented and with each other.

use core::cell::OnceCell;

use subtle::ConstantTimeEq;

use crate::token::digest::TokenDigest;
use crate::token::fixed_len::{DIGEST_STORED, FIXED_LEN, FixedLenSecret};
use crate::token::secret::{Secret, SecretForm};
use crate::token::{PresentedToken, Token};

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
/// use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
/// use wukongim_auth::Token;
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

/// Whether two stored secrets are of the same token. If they are of different forms, their digests
/// are compared. An empty secret is the same as nothing.
///
/// Its time depends on the two forms, and on the length of a token that has to be hashed to be
/// compared with a digest.
pub(crate) fn is_same_token(one: &FixedLenSecret, other: &Secret) -> bool {
    let difference = match other {
        Secret::Plain(other) if one.is_plain() => one.difference_from(other.padded()),
        _ => digest_difference(&one.to_digest(), &Secret::Digest(other.digest())),
    };
    (difference | u8::from(other.is_empty())).ct_eq(&0).into()
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
