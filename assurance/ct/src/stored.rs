//! What may be stored while one token is presented. The presented one stays the same throughout:
//! its length is the presenter's own.

use wukongim_auth::compare::{Secret, SecretForm};
use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};

/// Presented lengths: all that are compared as they are, and some beyond.
pub const LENGTHS: [usize; 70] = {
    let mut lengths = [0; 70];
    let mut i = 0;
    while i < 64 {
        lengths[i] = i + 1;
        i += 1;
    }
    let mut beyond = [65, 66, 100, 128, 200, 1000].as_slice();
    while let [first, rest @ ..] = beyond {
        lengths[i] = *first;
        i += 1;
        beyond = rest;
    }
    lengths
};

pub struct Stored {
    pub name: &'static str,
    pub secret: Option<Secret>,
    pub matches: bool,
}

/// A token of `len` bytes.
pub fn presented(len: usize) -> String {
    let byte = |i: usize| char::from(b'!' + (i % 90) as u8);
    (0..len).map(byte).collect()
}

/// All that is told apart: where a difference is, how long the stored token is, whether there is
/// one, whether it was revoked.
pub fn all(presented: &str, form: SecretForm) -> Vec<Stored> {
    let len = presented.len();
    let issue = |text: &str| TokenRecord::issue(Token::new(text), DeviceLevel::Slave);
    let revoke = |text: &str| issue(text).revoke(Timestamp::from_millis(0));
    let flipped_at = |at: usize| issue(&flipped(presented, at));
    let cases = [
        ("equal", Some(issue(presented))),
        ("first byte differs", Some(flipped_at(0))),
        ("middle byte differs", Some(flipped_at(len / 2))),
        ("last byte differs", Some(flipped_at(len - 1))),
        ("all bytes differ", Some(issue(&"~".repeat(len)))),
        ("one byte shorter", Some(issue(&presented[..len - 1]))),
        ("one byte longer", Some(issue(&format!("{presented}x")))),
        ("a zero byte more", Some(issue(&format!("{presented}\0")))),
        ("a single byte", Some(issue("~"))),
        ("64 bytes", Some(issue(&"~".repeat(64)))),
        ("300 bytes", Some(issue(&"~".repeat(300)))),
        ("empty", Some(issue(""))),
        ("revoked", Some(revoke(presented))),
        ("another, revoked", Some(revoke(&"~".repeat(len)))),
        ("absent", None),
    ];
    let stored = |(name, record): (&'static str, Option<TokenRecord>)| Stored {
        name,
        matches: matches!(name, "equal" | "revoked"),
        secret: record.map(|record| in_form(record.secret().clone(), form)),
    };
    cases.into_iter().map(stored).collect()
}

/// Tokens of up to 64 bytes that are not the presented one: where they differ, and how long they are.
pub fn others(presented: &str) -> [(&'static str, String); 9] {
    let len = presented.len();
    [
        ("first byte differs", flipped(presented, 0)),
        ("middle byte differs", flipped(presented, len / 2)),
        ("last byte differs", flipped(presented, len - 1)),
        ("all bytes differ", "~".repeat(len)),
        ("one byte shorter", presented[..len - 1].to_owned()),
        ("one byte longer", format!("{presented}x")),
        ("a zero byte more", format!("{presented}\0")),
        ("a single byte", "~".to_owned()),
        ("64 bytes", "~".repeat(64)),
    ]
}

fn in_form(secret: Secret, form: SecretForm) -> Secret {
    match form {
        SecretForm::Digest => secret.into_digest(),
        _ => secret,
    }
}

fn flipped(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] ^= 1;
    String::from_utf8(bytes).unwrap()
}
