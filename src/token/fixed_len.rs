//! The form in which tokens of up to 64 bytes are compared: fixed in size, so that the comparison
//! runs over the same bytes whatever is stored.

use core::fmt;

use crate::token::digest::TokenDigest;

/// The longest token, in bytes, that is compared as it is; a longer one goes by its SHA-256.
pub(crate) const FIXED_LEN: usize = 64;

/// Stands where a length would, where there is nothing to match.
const NOTHING_STORED: u8 = 255;

/// Stands where a length would, where the bytes are the digest of a longer token.
pub(crate) const DIGEST_STORED: u8 = 253;

/// Stands where a length would, where there never was more than a digest.
const DIGEST_ONLY: u8 = 252;

/// A stored token: zero-padded bytes and their length.
///
/// Of a token that does not fit, the digest is kept in the same place, so that a comparison finds
/// nothing out about a stored length by where it has to look.
#[derive(Clone)]
pub(crate) struct FixedLenSecret {
    bytes: [u8; FIXED_LEN],
    len: u8,
}

impl FixedLenSecret {
    /// Matches nothing that can be presented.
    pub(crate) const UNMATCHABLE: FixedLenSecret = FixedLenSecret::blank(NOTHING_STORED);

    /// An empty text matches nothing, an over-long one only its digest.
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

    /// A secret of the other form, for a place that must hold either.
    pub(crate) fn digest_only(digest: &TokenDigest) -> Self {
        FixedLenSecret::digest(digest, DIGEST_ONLY)
    }

    /// The secret of the other form, if it is one.
    #[cfg(feature = "memory")]
    pub(crate) fn to_digest_only(&self) -> Option<TokenDigest> {
        let (bytes, mark) = self.as_digest();
        (mark == DIGEST_ONLY).then(|| TokenDigest::from_bytes(*bytes))
    }

    /// The digest, hashed if the text itself is there.
    pub(crate) fn to_digest(&self) -> TokenDigest {
        match self.as_digest() {
            (bytes, DIGEST_STORED | DIGEST_ONLY) => TokenDigest::from_bytes(*bytes),
            _ => TokenDigest::of_bytes(self.as_bytes()),
        }
    }

    /// Whether it was made of a token's text.
    pub(crate) const fn is_plain(&self) -> bool {
        self.len != DIGEST_ONLY
    }

    const fn blank(len: u8) -> Self {
        FixedLenSecret {
            bytes: [0; FIXED_LEN],
            len,
        }
    }

    /// Where a digest would be, and the mark that says whether it is one: [`DIGEST_STORED`].
    #[inline]
    pub(crate) fn as_digest(&self) -> (&[u8; 32], u8) {
        let bytes = self.bytes.first_chunk();
        (bytes.unwrap_or(&[0; 32]), self.len)
    }

    /// Whether it was made of an empty text.
    pub(crate) const fn is_nothing(&self) -> bool {
        self.len == NOTHING_STORED
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text, and nothing where there is only a digest.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        let bytes = self.bytes.get(..usize::from(self.len));
        bytes.unwrap_or_default()
    }

    /// 0 where this is the presented text, of 64 bytes at most: pads it likewise, XORs the two, and the
    /// lengths, and ORs the results. All bytes are looked at, sixteen at a time once it is compiled.
    #[inline]
    pub(crate) fn difference(&self, presented: &str) -> u8 {
        let mut padded = [0; FIXED_LEN];
        let slot = padded.get_mut(..presented.len());
        let (Some(slot), Ok(len)) = (slot, u8::try_from(presented.len())) else {
            return u8::MAX;
        };
        slot.copy_from_slice(presented.as_bytes());
        difference(&self.bytes, &padded) | (self.len ^ len)
    }

    /// 0 if the two were made of the same text.
    pub(crate) fn difference_from(&self, other: &FixedLenSecret) -> u8 {
        difference(&self.bytes, &other.bytes) | (self.len ^ other.len)
    }
}

/// The fingerprint of the digest.
impl fmt::Debug for FixedLenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FixedLenSecret({})", self.to_digest())
    }
}

#[inline]
fn difference(one: &[u8; FIXED_LEN], other: &[u8; FIXED_LEN]) -> u8 {
    let pairs = one.iter().zip(other);
    pairs.fold(0, |all, (one, other)| all | (one ^ other))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its bytes may happen to be a digest: 32 bytes can be the text of a token too.
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
