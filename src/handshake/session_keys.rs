//! Session keys, which encrypt messages on a connection without TLS.
//!
//! ```text
//! secret  = X25519(server private, client public)
//! aes_key = lowercase_hex(md5(base64(secret)))[0..16]     16 ASCII bytes
//! aes_iv  = salt                                          16 ASCII bytes
//! ```
//! The scheme and its weaknesses are upstream's (PROTOCOL §5): it does not authenticate the server,
//! the key is half of an MD5 hash, and all messages share one IV. Use TLS as well.

use alloc::boxed::Box;
use core::fmt;

use base64ct::{Base64, Encoding};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::handshake::accept_error::AcceptError;
use crate::handshake::key_agreement::{Agreed, KEY_LEN, KeyAgreement, agree};
use crate::token::RandomError;

/// The length of an X25519 key in base64, and of a shared secret.
const KEY_TEXT_LEN: usize = 44;

/// The length of an AES-128 key and of its IV, in bytes.
const AES_LEN: usize = 16;

/// The number of random bytes that encode to 16 characters of base64.
const SALT_ENTROPY: usize = 12;

/// The AES-128-CBC key and IV of one session. They are wiped when dropped and never printed.
///
/// ```
/// use wukongim_auth::session::SessionKeys;
///
/// let keys = SessionKeys::derive(&[7; 32], *b"0123456789abcdef");
/// assert_eq!(keys.expose_aes_iv(), b"0123456789abcdef");
/// assert_eq!(format!("{keys:?}"), "SessionKeys(redacted)");
/// ```
pub struct SessionKeys(Box<Keys>);

/// Allocated on the heap and filled in place: moving a session only moves a pointer, and leaves no
/// copy behind that is not wiped.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Keys {
    aes_key: [u8; AES_LEN],
    aes_iv: [u8; AES_LEN],
}

impl SessionKeys {
    /// Derives the keys from a shared secret and the CONNACK's salt. Pure.
    #[must_use]
    pub fn derive(shared_secret: &[u8; KEY_LEN], salt: [u8; AES_LEN]) -> Self {
        let mut text = Zeroizing::new([0; KEY_TEXT_LEN]);
        let text = Base64::encode(shared_secret, &mut *text).unwrap_or_default();
        let hash = Zeroizing::new(md5::compute(text).0);
        let mut keys = Box::new(Keys {
            aes_key: [0; AES_LEN],
            aes_iv: salt,
        });
        let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        for (character, digit) in keys.aes_key.iter_mut().zip(digits) {
            *character = digit.wrapping_add(if digit < 10 { b'0' } else { b'a' - 10 });
        }
        SessionKeys(keys)
    }

    /// The AES-128 key: 16 lower-case hexadecimal digits.
    #[must_use]
    pub const fn expose_aes_key(&self) -> &[u8; AES_LEN] {
        &self.0.aes_key
    }

    /// The IV, which is the salt and the same for every message.
    #[must_use]
    pub const fn expose_aes_iv(&self) -> &[u8; AES_LEN] {
        &self.0.aes_iv
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKeys(redacted)")
    }
}

/// The result of a key agreement: the CONNACK's fields, and the keys.
pub(crate) struct Agreement {
    server_key: [u8; KEY_TEXT_LEN],
    salt: [u8; AES_LEN],
    pub(crate) keys: SessionKeys,
}

impl Agreement {
    /// Agrees on keys with the client whose CONNECT carried `client_key`.
    pub(crate) fn with(
        client_key: &str,
        agreement: &dyn KeyAgreement,
    ) -> Result<Self, AcceptError> {
        let client_key = decode_key(client_key)?;
        let mut agreed = Agreed::default();
        agree(agreement, &client_key, &mut agreed)?;
        let mut server_key = [0; KEY_TEXT_LEN];
        Base64::encode(&agreed.server_key, &mut server_key)
            .map_err(|_| AcceptError::KeyAgreementFailed)?;
        let salt = new_salt(&SystemRandom::new())?;
        Ok(Agreement {
            server_key,
            salt,
            keys: SessionKeys::derive(&agreed.secret, salt),
        })
    }

    /// Base64 of the server's public key.
    pub(crate) fn server_key(&self) -> &str {
        core::str::from_utf8(&self.server_key).unwrap_or_default()
    }

    pub(crate) fn salt(&self) -> &str {
        core::str::from_utf8(&self.salt).unwrap_or_default()
    }
}

/// Accepts exactly 32 bytes in standard base64, padded and canonical (PROTOCOL §5).
fn decode_key(text: &str) -> Result<[u8; KEY_LEN], AcceptError> {
    let mut key = [0; KEY_LEN];
    match Base64::decode(text, &mut key) {
        Ok(bytes) if bytes.len() == KEY_LEN => Ok(key),
        _ => Err(AcceptError::ClientKeyInvalid),
    }
}

/// Creates 16 ASCII characters: some SDKs truncate a longer salt, others fail on it.
fn new_salt(random: &dyn SecureRandom) -> Result<[u8; AES_LEN], RandomError> {
    let mut entropy = [0; SALT_ENTROPY];
    random.fill(&mut entropy).map_err(|_| RandomError)?;
    let mut salt = [0; AES_LEN];
    Base64::encode(&entropy, &mut salt).map_err(|_| RandomError)?;
    Ok(salt)
}
