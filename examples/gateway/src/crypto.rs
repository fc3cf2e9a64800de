//! Encrypts messages between a client and the gateway (PROTOCOL §5): one key and one initialisation
//! vector for the whole session, and MD5 as a signature. The scheme is upstream's. It only keeps
//! casual readers out; use TLS against everyone else.

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64ct::{Base64, Encoding};
use wukongim_auth::session::SessionKeys;

/// `base64(AES-128-CBC-PKCS7(plain))`
pub fn seal(keys: &SessionKeys, plain: &[u8]) -> String {
    let (key, iv) = (keys.expose_aes_key(), keys.expose_aes_iv());
    let cipher = cbc::Encryptor::<Aes128>::new(key.into(), iv.into());
    Base64::encode_string(&cipher.encrypt_padded_vec::<Pkcs7>(plain))
}

/// The reverse of [`seal`]; `None` if the text was not sealed with these keys.
pub fn open(keys: &SessionKeys, sealed: &[u8]) -> Option<Vec<u8>> {
    let sealed = Base64::decode_vec(std::str::from_utf8(sealed).ok()?).ok()?;
    let (key, iv) = (keys.expose_aes_key(), keys.expose_aes_iv());
    let cipher = cbc::Decryptor::<Aes128>::new(key.into(), iv.into());
    cipher.decrypt_padded_vec::<Pkcs7>(&sealed).ok()
}

/// `lowercase_hex(md5(seal(fields)))`, where the fields of a message are concatenated without a
/// separator.
pub fn msg_key(keys: &SessionKeys, fields: &[u8]) -> String {
    format!("{:x}", md5::compute(seal(keys, fields)))
}
