//! The fixed-size form in which tokens of up to 64 bytes are compared: the comparison covers the
//! same bytes whatever is stored.

use core::fmt;

use crate::token::digest::TokenDigest;

/// The longest token, in bytes, that is compared as text. A longer one is compared by its SHA-256.
pub(crate) const FIXED_LEN: usize = 64;

/// Length mark: there is nothing to match.
const NOTHING_STORED: u8 = 255;

/// Length mark: the bytes are the digest of a longer token.
pub(crate) const DIGEST_STORED: u8 = 253;

/// Length mark: the bytes are a digest, and the token itself was never known.
const DIGEST_ONLY: u8 = 252;

/// A stored token: zero-padded bytes and their length.
///
/// A token that does not fit is replaced by its digest in the same place. If the digest were kept
/// elsewhere, the place that a comparison reads would reveal whether the stored token is long.
#[derive(Clone)]
pub(crate) struct FixedLenSecret {
    bytes: [u8; FIXED_LEN],
    len: u8,
}

impl FixedLenSecret {
    /// Matches nothing that can be presented.
    pub(crate) const UNMATCHABLE: FixedLenSecret = FixedLenSecret::blank(NOTHING_STORED);

    /// An empty text matches nothing; a text of more than 64 bytes matches only by its digest.
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut padded = FixedLenSecret::blank(NOTHING_STORED);
        let slot = padded.bytes.get_mut(..text.len());
        match (slot, u8::try_from(text.len())) {
            (Some(slot @ [_, ..]), Ok(len)) => {
                slot.copy_from_slice(text);
                padded.len = len;
            }
            (Some(_), _) => {}
            (None, _) => {
                padded = FixedLenSecret::digest(&TokenDigest::of_bytes(text), DIGEST_STORED)
            }
        }
        padded
    }

    fn digest(digest: &TokenDigest, mark: u8) -> Self {
        let mut padded = FixedLenSecret::blank(mark);
        let bytes = padded.bytes.iter_mut();
        for (to, from) in bytes.zip(digest.expose_secret()) {
            *to = *from;
        }
        padded
    }

    /// Wraps a digest-only secret, for a place that must be able to hold either form.
    pub(crate) fn digest_only(digest: &TokenDigest) -> Self {
        FixedLenSecret::digest(digest, DIGEST_ONLY)
    }

    /// The digest, if this is a digest-only secret.
    #[cfg(feature = "memory")]
    pub(crate) fn to_digest_only(&self) -> Option<TokenDigest> {
        let (bytes, mark) = self.as_digest();
        (mark == DIGEST_ONLY).then(|| TokenDigest::from_bytes(*bytes))
    }

    /// The digest, computed if the text itself is stored.
    pub(crate) fn to_digest(&self) -> TokenDigest {
        match self.as_digest() {
            (bytes, DIGEST_STORED | DIGEST_ONLY) => TokenDigest::from_bytes(*bytes),
            _ => TokenDigest::of_bytes(self.as_bytes()),
        }
    }

    /// Returns whether it was made from a token's text.
    pub(crate) const fn is_plain(&self) -> bool {
        self.len != DIGEST_ONLY
    }

    const fn blank(len: u8) -> Self {
        FixedLenSecret {
            bytes: [0; FIXED_LEN],
            len,
        }
    }

    /// The bytes where a digest would be, and the mark that says whether they are one:
    /// [`DIGEST_STORED`].
    #[inline]
    pub(crate) fn as_digest(&self) -> (&[u8; 32], u8) {
        let bytes = self.bytes.first_chunk();
        (bytes.unwrap_or(&[0; 32]), self.len)
    }

    /// Returns whether it was made from an empty text.
    pub(crate) const fn is_nothing(&self) -> bool {
        self.len == NOTHING_STORED
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text; empty if there is only a digest.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        let bytes = self.bytes.get(..usize::from(self.len));
        bytes.unwrap_or_default()
    }

    /// Returns 0 if this is the presented text of this length, which must be at most 64 bytes: XORs
    /// the bytes and the lengths, and ORs the results. Every byte is read, sixteen at a time once
    /// compiled.
    #[inline]
    pub(crate) fn difference(&self, Padded(presented): &Padded, len: usize) -> u64 {
        match u8::try_from(len) {
            Ok(len) if usize::from(len) <= FIXED_LEN => {
                difference(&self.bytes, presented) | u64::from(self.len ^ len)
            }
            _ => u64::MAX,
        }
    }

    /// Returns 0 if both were made from the same text.
    pub(crate) fn difference_from(&self, other: &FixedLenSecret) -> u64 {
        difference(&self.bytes, &other.bytes) | u64::from(self.len ^ other.len)
    }
}

/// Shows the fingerprint of the digest.
impl fmt::Debug for FixedLenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FixedLenSecret({})", self.to_digest())
    }
}

/// Room for a presented text, zero-padded like a stored token.
pub(crate) struct Padded([u8; FIXED_LEN]);

impl Default for Padded {
    #[inline(always)]
    fn default() -> Self {
        Padded([0; FIXED_LEN])
    }
}

/// Pads a presented text. One that does not fit is compared by its SHA-256, and nothing is left.
#[inline(always)]
pub(crate) fn pad<'a>(text: &str, room: &'a mut Padded) -> &'a Padded {
    *room = Padded::default();
    if let Some(slot) = room.0.get_mut(..text.len()) {
        slot.copy_from_slice(text.as_bytes());
    }
    room
}

#[inline]
fn difference(one: &[u8; FIXED_LEN], other: &[u8; FIXED_LEN]) -> u64 {
    let pairs = words(one).zip(words(other));
    pairs.fold(0, |all, (one, other)| all | (one ^ other))
}

/// Eight bytes at a time: to OR 64 results into one byte would take as long as to compare them.
#[inline]
fn words(bytes: &[u8; FIXED_LEN]) -> impl Iterator<Item = u64> {
    let words = bytes.chunks_exact(size_of::<u64>());
    words.map(|word| word.try_into().map_or(0, u64::from_ne_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short token's bytes could equal a digest: 32 bytes can be a token's text too.
    #[test]
    fn what_fits_is_never_taken_for_a_digest() {
        for len in 0..=FIXED_LEN {
            let (_, mark) = FixedLenSecret::new("a".repeat(len).as_bytes()).as_digest();
            assert_ne!(mark, DIGEST_STORED, "{len} bytes");
        }
        let (_, mark) = FixedLenSecret::new("a".repeat(FIXED_LEN + 1).as_bytes()).as_digest();
        assert_eq!(mark, DIGEST_STORED);
    }
}
