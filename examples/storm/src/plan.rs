//! The clients, and the answer that each of them should get.

use wukongim_auth::compare::TokenDigest;

use crate::options::Options;

/// One client. Its number determines all of it, so a storm can be repeated.
pub struct Client {
    pub uid: String,
    pub device_id: String,
    pub token: String,
    pub is_right: bool,
}

/// The client of this number.
pub fn client(options: &Options, number: u64) -> Client {
    let uid = uid(number % options.users);
    // Spread evenly over every hundred numbers.
    let is_right = number * 37 % 100 >= options.wrong;
    let token = match is_right {
        true => token(&uid),
        false => token(&format!("not {uid}")),
    };
    Client {
        // Each has its own device, so none of them displaces another.
        device_id: format!("storm-{number:026}"),
        uid,
        token,
        is_right,
    }
}

/// 32 hexadecimal digits, as uids often are.
pub fn uid(user: u64) -> String {
    format!("5707{user:028x}")
}

/// 32 hexadecimal digits that nobody has to remember.
pub fn token(uid: &str) -> String {
    let digest = TokenDigest::of(uid);
    hex::encode(&digest.expose_secret()[..16])
}
