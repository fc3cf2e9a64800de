//! From a plain `==` to a comparison whose time does not depend on the stored token, and to a rejection
//! that says why.

use std::collections::HashMap;
use std::convert::Infallible;

use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, TokenStore, verify,
};

// recipe: before
pub struct Tokens(pub HashMap<(String, u8), String>);

impl Tokens {
    pub fn is_right(&self, uid: &str, flag: u8, token: &str) -> bool {
        self.0
            .get(&(uid.to_owned(), flag))
            .is_some_and(|stored| stored == token)
    }
}
// recipe ends

// recipe: after
impl TokenStore for Tokens {
    type Error = Infallible; // for a database, its error type

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        let stored = self.0.get(&(uid.to_owned(), flag.into()));
        Ok(stored.map(|token| TokenRecord::issue(Token::new(token), DeviceLevel::Slave)))
    }
}

pub fn is_right(tokens: &Tokens, uid: &str, flag: u8, token: &str) -> bool {
    let credentials = Credentials::new(uid, flag.into(), token);
    verify(tokens, &credentials, Timestamp::now())
        .inspect_err(|error| eprintln!("{error:#}"))
        .is_ok()
}
// recipe ends
