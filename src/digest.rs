//! SHA-256 of a token: what a digest-only store keeps, and what a fingerprint shows the start of.

use core::fmt;

use ring::digest::{SHA256, digest};

/// Bytes of a digest that a fingerprint shows.
const FINGERPRINT_LEN: usize = 4;

/// The SHA-256 of a token, for stores that must not hold a usable token.
///
/// It protects tokens of 128 bits of entropy or more; a weak one (a six-digit code) is guessed
/// offline from its digest. Compared only through [`compare`](crate::compare), so there is no
/// `PartialEq`; `Debug` shows the first four bytes.
#[derive(Clone)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Hashes a token's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes
            .iter_mut()
            .zip(digest(&SHA256, text.as_bytes()).as_ref())
        {
            *to = *from;
        }
        TokenDigest(bytes)
    }

    /// From the 32 bytes that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        TokenDigest(bytes)
    }

    /// The 32 bytes, for a store to keep. Whoever reads them can test guesses of a weak token.
    #[must_use]
    pub const fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

/// `sha256=1f0a9c3e`, the first four bytes.
impl fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256=")?;
        self.0
            .iter()
            .take(FINGERPRINT_LEN)
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenDigest({self})")
    }
}

/// A token as it may be printed: `len=32 sha256=1f0a9c3e`. Hashed when printed, so that one that
/// nobody prints costs nothing.
pub(crate) struct Fingerprint<'a>(pub(crate) &'a str);

impl fmt::Display for Fingerprint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "len={} {}", self.0.len(), TokenDigest::of(self.0))
    }
}
