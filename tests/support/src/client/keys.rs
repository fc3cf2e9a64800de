//! Session keys, from the client's end (PROTOCOL §5).

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64ct::{Base64, Encoding};
use ring::rand::{SecureRandom, SystemRandom};
use wukongim_auth::frame::Connack;
use x25519_dalek::{PublicKey, StaticSecret};

/// Half of a handshake: the client's side of it.
pub struct KeyPair(StaticSecret);

impl KeyPair {
    pub fn new() -> Self {
        let mut secret = [0; 32];
        SystemRandom::new().fill(&mut secret).unwrap();
        KeyPair(StaticSecret::from(secret))
    }

    /// What goes into CONNECT.
    pub fn client_key(&self) -> String {
        Base64::encode_string(PublicKey::from(&self.0).as_bytes())
    }
}

/// What encrypts messages.
pub(super) struct Keys {
    key: [u8; 16],
    iv: [u8; 16],
}

impl Keys {
    pub fn derive(pair: &KeyPair, connack: &Connack<'_>) -> Self {
        let server_key = Base64::decode_vec(connack.server_key).unwrap();
        let server_key = PublicKey::from(<[u8; 32]>::try_from(server_key).unwrap());
        let secret = pair.0.diffie_hellman(&server_key);
        let text = Base64::encode_string(secret.as_bytes());
        let digits = hex::encode(*md5::compute(text));
        Keys {
            key: digits.as_bytes()[..16].try_into().unwrap(),
            iv: connack
                .salt
                .as_bytes()
                .try_into()
                .expect("a salt of 16 characters"),
        }
    }

    pub fn seal(&self, plain: &[u8]) -> String {
        let cipher = cbc::Encryptor::<Aes128>::new(&self.key.into(), &self.iv.into());
        Base64::encode_string(&cipher.encrypt_padded_vec::<Pkcs7>(plain))
    }

    pub fn open(&self, sealed: &str) -> Vec<u8> {
        let cipher = cbc::Decryptor::<Aes128>::new(&self.key.into(), &self.iv.into());
        let sealed = Base64::decode_vec(sealed).unwrap();
        cipher
            .decrypt_padded_vec::<Pkcs7>(&sealed)
            .expect("sealed with our keys")
    }

    pub fn msg_key(&self, fields: &str) -> String {
        hex::encode(*md5::compute(self.seal(fields.as_bytes())))
    }
}
