//! The form in which tokens of up to 64 bytes are compared: fixed in size, so that the comparison
//! runs over the same words whatever is stored.

use subtle::{Choice, ConstantTimeEq};

use crate::digest::TokenDigest;

/// The longest token, in bytes, that is compared as it is; a longer one goes by its SHA-256.
pub(crate) const PADDED_LEN: usize = 64;

/// Stand where a length would, for what matches nothing: two of them, so that what cannot be
/// presented is not equal to what was never stored.
const NOTHING_STORED: u8 = 255;
const NOTHING_PRESENTED: u8 = 254;

/// Stands where a length would, where the bytes are the digest of a longer token.
pub(crate) const DIGEST_STORED: u8 = 253;

/// Zero-padded bytes and their length. The length is part of what is compared: `"a"` is not
/// `"a\0"`.
///
/// Of a token that does not fit, the digest is kept in the same place, so that a comparison finds
/// nothing out about a stored length by where it has to look.
#[derive(Clone)]
pub(crate) struct Padded {
    words: [[u8; 8]; PADDED_LEN / 8],
    len: u8,
}

impl Padded {
    /// Matches nothing that can be presented.
    pub(crate) const NEVER: Padded = Padded::blank(NOTHING_STORED);

    /// For keeping: an empty text matches nothing, an over-long one only its digest.
    pub(crate) fn stored(text: &str) -> Self {
        match text.len() > PADDED_LEN {
            true => Padded::digest_of(text),
            false => Padded::fill(text, NOTHING_STORED),
        }
    }

    /// For comparing with what is kept: an empty or over-long text matches nothing. Its time
    /// depends on the presented length.
    #[inline]
    pub(crate) fn presented(text: &str) -> Self {
        Padded::fill(text, NOTHING_PRESENTED)
    }

    const fn blank(len: u8) -> Self {
        Padded {
            words: [[0; 8]; PADDED_LEN / 8],
            len,
        }
    }

    #[inline]
    fn fill(text: &str, nothing: u8) -> Self {
        let mut padded = Padded::blank(nothing);
        let slot = padded.words.as_flattened_mut().get_mut(..text.len());
        if let (Some(slot @ [_, ..]), Ok(len)) = (slot, u8::try_from(text.len())) {
            slot.copy_from_slice(text.as_bytes());
            padded.len = len;
        }
        padded
    }

    fn digest_of(text: &str) -> Self {
        let mut padded = Padded::blank(DIGEST_STORED);
        let digest = TokenDigest::of(text);
        let bytes = padded.words.as_flattened_mut().iter_mut();
        for (to, from) in bytes.zip(digest.expose_secret()) {
            *to = *from;
        }
        padded
    }

    /// Where a digest would be, and the mark that says whether it is one: [`DIGEST_STORED`].
    #[inline]
    pub(crate) fn as_digest(&self) -> (&[u8; 32], u8) {
        let bytes = self.words.as_flattened().first_chunk();
        (bytes.unwrap_or(&[0; 32]), self.len)
    }

    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.words.as_flattened().get(..usize::from(self.len));
        bytes
            .and_then(|bytes| core::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// XORs all words, ORs the results, asks once: nothing here depends on what the words hold.
    #[inline]
    pub(crate) fn ct_eq(&self, other: &Padded) -> Choice {
        let mut difference = u64::from(self.len ^ other.len);
        for (a, b) in self.words.iter().zip(&other.words) {
            difference |= u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b);
        }
        difference.ct_eq(&0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its bytes may happen to be a digest: 32 bytes can be the text of a token too.
    #[test]
    fn what_fits_is_never_taken_for_a_digest() {
        for len in 0..=PADDED_LEN {
            let (_, mark) = Padded::stored(&"a".repeat(len)).as_digest();
            assert_ne!(mark, DIGEST_STORED, "{len} bytes");
        }
        let (_, mark) = Padded::stored(&"a".repeat(PADDED_LEN + 1)).as_digest();
        assert_eq!(mark, DIGEST_STORED);
    }
}
