//! The control: the same check as a first version has it, with strings of its own and a map of
//! strings. It takes more than is allowed, and `run` must say so.

use std::collections::HashMap;
use std::io::Read;
use std::sync::RwLock;

use crate::subject::{TOKEN, UID};

pub type Store = RwLock<HashMap<String, String>>;

pub fn store() -> Store {
    RwLock::new(HashMap::from([(format!("{UID}:1"), TOKEN.to_owned())]))
}

#[inline(never)]
pub fn greet(store: &Store, frame: &[u8]) -> bool {
    let mut body = &frame[3..];
    let _version = byte(&mut body);
    let flag = byte(&mut body);
    let [_device_id, uid, token] = [(); 3].map(|()| text(&mut body));
    let known = store.read().unwrap().get(&format!("{uid}:{flag}")).cloned();
    known.is_some_and(|known| known == token)
}

fn byte(body: &mut &[u8]) -> u8 {
    let mut byte = [0];
    body.read_exact(&mut byte).unwrap();
    byte[0]
}

fn text(body: &mut &[u8]) -> String {
    let mut len = [0; 2];
    body.read_exact(&mut len).unwrap();
    let mut text = vec![0; usize::from(u16::from_be_bytes(len))];
    body.read_exact(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}
