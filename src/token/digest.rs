//! SHA-256 of a token: the form that a digest-only store keeps, and the source of fingerprints.

use core::fmt;

use ring::digest::{SHA256, digest};

/// Number of digest bytes that a fingerprint shows.
const FINGERPRINT_LEN: usize = 4;

/// The SHA-256 of the empty string.
const OF_NOTHING: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The SHA-256 of a token, for stores that must not hold a usable token.
///
/// It protects tokens with at least 128 bits of entropy; a weak one (a six-digit code) can be
/// guessed offline from its digest. It is compared only through
/// [`compare`](crate::compare::compare), so it does not implement `PartialEq`. `Debug` shows the
/// first four bytes.
///
/// ```
/// use wukongim_auth::compare::TokenDigest;
///
/// let digest = TokenDigest::of("s3cret");
/// assert_eq!(digest.to_string(), "sha256=1ec1c26b");
///
/// let kept: [u8; 32] = *digest.expose_secret();
/// assert_eq!(TokenDigest::from_bytes(kept).to_string(), "sha256=1ec1c26b");
/// ```
///
/// ```compile_fail,E0369
/// # use wukongim_auth::compare::TokenDigest;
/// assert!(TokenDigest::of("a") == TokenDigest::of("a"));
/// ```
#[derive(Clone)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Hashes a token's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        TokenDigest::of_bytes(text.as_bytes())
    }

    pub(crate) fn of_bytes(text: &[u8]) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(digest(&SHA256, text).as_ref()) {
            *to = *from;
        }
        TokenDigest(bytes)
    }

    /// Creates a digest from the 32 bytes that a store kept.
    ///
    /// ```
    /// use wukongim_auth::compare::TokenDigest;
    /// use wukongim_auth::{DeviceLevel, TokenRecord};
    ///
    /// // A row with a BINARY(32) column, filled by UNHEX(SHA2(token, 256)).
    /// let column: Vec<u8> = vec![7; 32];
    /// let bytes: [u8; 32] = column.try_into().map_err(|_| "not a SHA-256")?;
    /// let record = TokenRecord::issue(TokenDigest::from_bytes(bytes), DeviceLevel::Slave);
    /// # let _ = record;
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        TokenDigest(bytes)
    }

    /// Returns whether this is the digest of the empty string, which is no secret.
    pub(crate) fn is_of_nothing(&self) -> bool {
        self.0 == OF_NOTHING
    }

    /// The 32 bytes, for a store to keep. Anyone who reads them can test guesses of a weak token.
    #[must_use]
    pub const fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Shows the first four bytes: `sha256=1f0a9c3e`.
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

/// A token in printable form: `len=32 sha256=1f0a9c3e`. The hash is computed when the fingerprint
/// is printed, so an unprinted one costs nothing.
pub(crate) struct Fingerprint<'a>(pub(crate) &'a str);

impl fmt::Display for Fingerprint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "len={} {}", self.0.len(), TokenDigest::of(self.0))
    }
}
