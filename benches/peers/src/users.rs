//! The users that are looked up, the same in every store: uids of 32 hexadecimal digits in an order
//! that no cache can predict.

use wukongim_auth::frame::{Connect, Frame};
use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord};

use crate::typical::{CLIENT_KEY, DEVICE_ID};

pub const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub const FLAG: DeviceFlag = DeviceFlag::Web;

/// Users whose frames and records stay in the cache, looked up in turn.
pub const HOT: usize = 1000;

pub type Text = [u8; 32];

pub fn uid(user: u64) -> Text {
    hex(scattered(user), scattered(!user))
}

/// Of a user among the hot ones; each has its own.
pub fn token(user: u64) -> Text {
    hex(
        scattered(user ^ 0x70_6b65_6e00),
        scattered(user ^ 0x53_6563_7200),
    )
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("hexadecimal digits")
}

pub fn record(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Master)
}

pub fn hot_store() -> MemoryStore {
    let store = MemoryStore::new();
    for user in 0..HOT as u64 {
        store.insert(text(&uid(user)), FLAG, record(text(&token(user))));
    }
    store
}

pub fn connect<'a>(uid: &'a str, token: &'a str) -> Connect<'a> {
    let mut connect = Connect::new(4, uid, FLAG, token);
    connect.device_id = DEVICE_ID;
    connect.client_timestamp = NOW.as_millis();
    connect.client_key = CLIENT_KEY;
    connect
}

/// In no more memory than needed: pages that are far apart are slow to walk through.
pub fn encoded(connect: Connect<'_>) -> Vec<u8> {
    let frame = Frame::from(connect);
    let mut bytes = Vec::with_capacity(frame.encoded_len(4).expect("it fits"));
    frame.encode(4, &mut bytes).expect("it fits");
    bytes
}

/// A frame for each of the hot users.
pub fn hot_frames(frame: impl Fn(&str, &str) -> Vec<u8>) -> Vec<Vec<u8>> {
    let frame = |user| frame(text(&uid(user)), text(&token(user)));
    (0..HOT as u64).map(frame).collect()
}

pub fn hot_connects() -> Vec<Vec<u8>> {
    hot_frames(|uid, token| encoded(connect(uid, token)))
}

/// One after the other, then from the first again.
pub struct InTurn<'a, T> {
    all: &'a [T],
    at: usize,
}

impl<'a, T> InTurn<'a, T> {
    pub fn new(all: &'a [T]) -> Self {
        InTurn { all, at: 0 }
    }

    #[inline]
    pub fn next(&mut self) -> &'a T {
        let item = &self.all[self.at];
        self.at += 1;
        if self.at == self.all.len() {
            self.at = 0;
        }
        item
    }
}

/// A bijection that destroys the order (splitmix64).
#[inline]
pub fn scattered(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[inline]
fn hex(high: u64, low: u64) -> Text {
    let mut text = [0; 32];
    let words = [high >> 32, high, low >> 32, low];
    for (digits, word) in text.chunks_exact_mut(8).zip(words) {
        digits.copy_from_slice(&eight_digits(word as u32));
    }
    text
}

/// Eight at a time: with a million users, creating uids is part of what is measured.
#[inline]
fn eight_digits(word: u32) -> [u8; 8] {
    let spread = u64::from(word);
    let spread = (spread << 16 | spread) & 0x0000_ffff_0000_ffff;
    let spread = (spread << 8 | spread) & 0x00ff_00ff_00ff_00ff;
    let digits = (spread << 4 | spread) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = ((digits + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    (digits + 0x3030_3030_3030_3030 + letters * 39).to_be_bytes()
}
