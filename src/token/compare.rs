//! The comparison of stored secrets. No other code compares them, whether with a presented token or
//! with each other.

use core::cell::OnceCell;

use subtle::ConstantTimeEq;

use crate::token::digest::TokenDigest;
use crate::token::fixed_len::{self, DIGEST_STORED, FIXED_LEN, FixedLenSecret, Padded};
use crate::token::secret::{Secret, SecretForm};
use crate::token::{PresentedToken, Token};

/// Returns whether the presented token is the stored one.
///
/// Its time depends on the presented token's length and on the form that is compared: the token,
/// padded to 64 bytes, for a plain secret; SHA-256 for a digest, and for every presented token of
/// more than 64 bytes. It does not depend on anything stored: not on the stored bytes, not on their
/// length, and not on the position of a difference. If nothing is stored, a dummy of the form
/// `absent` is compared instead. Nothing is promised for a store that mixes forms.
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
    Presented::new(presented.expose_secret(), &mut Padded::default()).is(stored, absent)
}

/// A presented text that may be compared more than once, but is hashed at most once.
pub(crate) struct Presented<'a> {
    text: &'a str,
    padded: &'a Padded,
    digest: OnceCell<TokenDigest>,
}

impl<'a> Presented<'a> {
    /// Pads the text once for all comparisons. `room` is the caller's, so that 64 bytes are not
    /// moved.
    #[inline(always)]
    pub(crate) fn new(text: &'a str, room: &'a mut Padded) -> Self {
        Presented {
            text,
            padded: fixed_len::pad(text, room),
            digest: OnceCell::new(),
        }
    }

    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// Like [`compare`], except that the hash is computed once and kept.
    ///
    /// Inlined for speed: every connection passes through it, and a diagnosis calls it up to two
    /// dozen times. `assurance/counts` holds down the instructions of that path.
    #[inline(always)]
    pub(crate) fn is(&self, stored: Option<&Secret>, absent: SecretForm) -> bool {
        let dummy = match absent {
            SecretForm::Plain => &NO_TOKEN,
            SecretForm::Digest => &NO_DIGEST,
        };
        // Indexed instead of branched on: a branch on whether a secret is stored would take a few
        // instructions less for absence, and callgrind saw that. The dummy takes the secret's place
        // before anything else happens.
        let is_stored = stored.is_some();
        let either = [Some(dummy), stored];
        let chosen = either.get(usize::from(is_stored)).copied().flatten();
        let stored = chosen.unwrap_or(dummy);
        // The presented token's length is public, so branching on it reveals nothing. A longer
        // token can only match a stored digest or the digest of a long stored token.
        let form = if self.text.len() > FIXED_LEN {
            SecretForm::Digest
        } else {
            stored.form()
        };
        #[cfg(test)]
        calls::count(form);
        let difference = match form {
            SecretForm::Plain => plain_difference(self.padded, self.text.len(), stored),
            SecretForm::Digest => u64::from(digest_difference(self.digest(), stored)),
        };
        // `|`, not `||`, so that both sides are always evaluated. Only the final word is turned
        // into a `bool`, and `subtle` does that, which keeps the compiler from turning the
        // comparison into an early exit.
        let is_nothing = !is_stored | self.text.is_empty();
        (difference | u64::from(is_nothing)).ct_eq(&0).into()
    }

    /// Compares with the beginning of a stored text that has the same length. If there is none, the
    /// text is compared with itself, which takes the same time. No digest is computed, however long
    /// the text is.
    pub(crate) fn is_beginning(&self, stored: Option<&[u8]>) -> bool {
        #[cfg(test)]
        calls::count(SecretForm::Plain);
        let pairs = self
            .text
            .bytes()
            .zip(stored.unwrap_or(self.text.as_bytes()));
        let difference = pairs.fold(0, |all, (one, other)| all | (one ^ other));
        bool::from(difference.ct_eq(&0)) & stored.is_some()
    }

    /// Out of line, so that the plain form, which is the common one, does not have to save
    /// registers for the call.
    #[inline(never)]
    fn digest(&self) -> &TokenDigest {
        self.digest.get_or_init(|| {
            #[cfg(test)]
            calls::count_hash();
            TokenDigest::of(self.text)
        })
    }
}

/// Dummies that take the place of a secret that is not stored. From there on, all code is the same.
static NO_TOKEN: Secret = Secret::Plain(Token::UNMATCHABLE);
static NO_DIGEST: Secret = Secret::Digest(TokenDigest::from_bytes([0; 32]));

/// Returns 0 if the two are the same.
fn plain_difference(presented: &Padded, len: usize, stored: &Secret) -> u64 {
    let stored = match stored {
        Secret::Plain(token) => token.padded(),
        Secret::Digest(_) => &FixedLenSecret::UNMATCHABLE,
    };
    stored.difference(presented, len)
}

fn digest_difference(presented: &TokenDigest, stored: &Secret) -> u8 {
    // The digest of a long token lies where the text of a short one would, and a mark beside it
    // tells them apart. Both are read without a branch, so the time does not show whether the
    // stored token is longer than 64 bytes.
    let (stored, mark) = match stored {
        Secret::Plain(token) => token.padded().as_digest(),
        Secret::Digest(digest) => (digest.expose_secret(), DIGEST_STORED),
    };
    let pairs = presented.expose_secret().iter().zip(stored);
    pairs.fold(mark ^ DIGEST_STORED, |all, (one, other)| {
        all | (one ^ other)
    })
}

/// Returns whether two stored secrets belong to the same token. If their forms differ, their
/// digests are compared. An empty secret equals nothing.
///
/// Its time depends on the two forms, and on the length of a token that has to be hashed for
/// comparison with a digest.
pub(crate) fn is_same_token(one: &FixedLenSecret, other: &Secret) -> bool {
    let difference = match other {
        Secret::Plain(other) if one.is_plain() => one.difference_from(other.padded()),
        _ => u64::from(digest_difference(
            &one.to_digest(),
            &Secret::Digest(other.digest()),
        )),
    };
    (difference | u64::from(other.is_empty())).ct_eq(&0).into()
}

/// Counts comparisons and hashes, so that a test can check that all rejections make the same
/// number.
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

    /// Takes the counts of this thread since the last call.
    pub(crate) fn take() -> Calls {
        CALLS.take()
    }
}
