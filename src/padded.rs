//! The form in which tokens of up to 64 bytes are compared: fixed in size, so that the comparison
//! runs over the same words whatever is stored.

use subtle::{Choice, ConstantTimeEq};

/// The longest token, in bytes, that is compared as it is; a longer one goes by its SHA-256.
pub(crate) const PADDED_LEN: usize = 64;

/// Stand where a length would, for what matches nothing: two of them, so that what cannot be
/// presented is not equal to what was never stored.
const NOTHING_STORED: u8 = 255;
const NOTHING_PRESENTED: u8 = 254;

/// Zero-padded bytes and their length. The length is part of what is compared: `"a"` is not
/// `"a\0"`.
#[derive(Clone)]
pub(crate) struct Padded {
    words: [[u8; 8]; PADDED_LEN / 8],
    len: u8,
}

impl Padded {
    /// Matches nothing that can be presented.
    pub(crate) const NEVER: Padded = Padded::blank(NOTHING_STORED);

    /// For keeping: an empty or over-long text matches nothing.
    pub(crate) fn stored(text: &str) -> Self {
        Padded::fill(text, NOTHING_STORED)
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
