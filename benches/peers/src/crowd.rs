//! So many users that their records fit into no cache, looked up in random order.

use std::hint::black_box;

use wukongim_auth::{MemoryStore, TokenStore};

use crate::rounds::Bench;
use crate::server::{Outcome, Server};
use crate::typical::TOKEN;
use crate::users::{FLAG, Text, connect, encoded, record, text, uid};
use crate::walk::Walk;
use crate::whole::position;

pub const MILLION: u64 = 1_000_000;

pub const GROUP: &str = "1 M users";

pub const LOOK_UP: &str = "1 M users, one after the other: lookup";
pub const WHOLE: &str = "1 M users, one after the other: whole path";
pub const MAKING: &str = "1 M users, one after the other: making the uid";

/// A store in which all users have the same token, which makes no difference to a lookup.
#[derive(Default)]
pub struct Crowd {
    pub store: MemoryStore,
    pub users: u64,
}

impl Crowd {
    pub fn of(users: u64) -> Self {
        let mut crowd = Crowd::default();
        crowd.grow_to(users);
        crowd
    }

    pub fn grow_to(&mut self, users: u64) {
        for user in self.users..users {
            self.store.insert(text(&uid(user)), FLAG, record(TOKEN));
        }
        self.users = users;
    }
}

/// What a connection sends: the uid is new, the rest stays the same.
pub struct Frame {
    bytes: Vec<u8>,
    uid_at: usize,
}

impl Frame {
    pub fn new() -> Self {
        let bytes = encoded(connect(text(&uid(0)), TOKEN));
        let uid_at = position(&bytes, &uid(0));
        Frame { bytes, uid_at }
    }

    #[inline]
    pub fn of(&mut self, user: u64) -> &[u8] {
        self.bytes[self.uid_at..self.uid_at + size_of::<Text>()].copy_from_slice(&uid(user));
        &self.bytes
    }
}

/// A lookup alone, as in the crate's own path.
#[inline]
pub fn look_up(store: &MemoryStore, user: u64) -> u8 {
    let uid = uid(user);
    let found = store.get(text(black_box(&uid)), FLAG).expect("infallible");
    let record = found.expect("every user is registered");
    record.device_level().into()
}

#[inline]
pub fn whole(server: &mut Server, store: &MemoryStore, frame: &mut Frame, user: u64) -> u8 {
    let outcome = server.answer(store, black_box(frame.of(user)));
    black_box(&server.reply[..]);
    match outcome {
        // As a number, not as a branch: the next user depends on it.
        Outcome::Accepted(level) => u8::from(level),
        other => panic!("{other:?}"),
    }
}

pub fn add<'a>(bench: &mut Bench<'a>, crowd: &'a Crowd) {
    bench.group(GROUP);
    let mut walk = Walk::among(crowd.users, 1);
    bench.add(MAKING, move || {
        let uid = uid(walk.next());
        walk.wait_for(text(black_box(&uid)).len() as u8 + black_box(&uid)[31]);
    });
    let mut walk = Walk::among(crowd.users, 2);
    bench.add(LOOK_UP, move || {
        let found = look_up(&crowd.store, walk.next());
        walk.wait_for(found);
    });
    let (mut walk, mut server, mut frame) =
        (Walk::among(crowd.users, 3), Server::plain(), Frame::new());
    bench.add(WHOLE, move || {
        let found = whole(&mut server, &crowd.store, &mut frame, walk.next());
        walk.wait_for(found);
    });
}
