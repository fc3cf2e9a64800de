//! How cost grows: with the number of users, the token's length, and the frame's length.

use std::hint::black_box;

use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::frame::{Connect, Frame as AnyFrame, Limits};
use wukongim_auth::{DeviceLevel, MemoryStore, Token, TokenRecord};

use crate::allocations;
use crate::crowd::{Crowd, Frame, look_up, whole};
use crate::results::{AtLength, AtUsers, Figure, Growth};
use crate::rounds::Bench;
use crate::server::{Outcome, Server};
use crate::users::{FLAG, connect, encoded};
use crate::walk::Walk;

const USERS: [u64; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const TOKENS: [usize; 11] = [16, 32, 48, 64, 65, 128, 256, 512, 1024, 4096, 7168];
const FRAMES: [usize; 8] = [64, 128, 256, 512, 1024, 2048, 4096, 7168];

pub const COMPARE_PLAIN: &str = "compare, stored as it is";
pub const COMPARE_DIGEST: &str = "compare, stored as a digest";
pub const WHOLE: &str = "whole path";
pub const DECODE: &str = "decode, one string long";

pub fn run(rounds: usize) -> Growth {
    Growth {
        tokens: by_token(rounds),
        frames: by_frame(rounds),
        users: by_users(rounds),
    }
}

fn by_users(rounds: usize) -> Vec<AtUsers> {
    let (mut crowd, mut held) = (Crowd::default(), 0);
    let mut rows = Vec::new();
    for users in USERS {
        eprintln!("{users} users");
        let (_, more) = allocations::count(|| crowd.grow_to(users));
        held += more;
        rows.push(at_users(&crowd, held as f64 / users as f64, rounds));
    }
    rows
}

fn at_users(crowd: &Crowd, bytes_per_user: f64, rounds: usize) -> AtUsers {
    let (store, users) = (&crowd.store, crowd.users);
    let mut bench = Bench::new();
    let mut walk = Walk::among(users, 1);
    bench.add("lookup, serialised", move || {
        let found = look_up(store, walk.next());
        walk.wait_for(found);
    });
    let mut walk = Walk::among(users, 2);
    bench.add("lookup", move || look_up(store, walk.next()));
    let (mut walk, mut server, mut frame) = (Walk::among(users, 3), Server::plain(), Frame::new());
    bench.add("whole, serialised", move || {
        let found = whole(&mut server, store, &mut frame, walk.next());
        walk.wait_for(found);
    });
    let (mut walk, mut server, mut frame) = (Walk::among(users, 4), Server::plain(), Frame::new());
    bench.add("whole", move || {
        whole(&mut server, store, &mut frame, walk.next())
    });
    let ns: Vec<f64> = bench
        .run(rounds, false)
        .iter()
        .map(|figure| figure.ns)
        .collect();
    AtUsers {
        users,
        bytes_per_user,
        look_up_serialised: ns[0],
        look_up: ns[1],
        whole_serialised: ns[2],
        whole: ns[3],
    }
}

fn by_token(rounds: usize) -> Vec<AtLength> {
    let mut bench = Bench::new();
    for len in TOKENS {
        let token = "0123456789abcdef".repeat(len.div_ceil(16))[..len].to_string();
        let plain = Secret::from(Token::new(token.as_str()));
        let digest = plain.clone().into_digest();
        for (name, secret) in [(COMPARE_PLAIN, plain), (COMPARE_DIGEST, digest)] {
            let token = token.clone();
            bench.add(name, move || {
                let presented = PresentedToken::new(black_box(&token));
                assert!(compare(presented, Some(&secret), SecretForm::Plain));
            });
            bench.reads(len);
        }
        let (store, mut server) = (MemoryStore::new(), Server::plain());
        let record = TokenRecord::issue(Token::new(token.as_str()), DeviceLevel::Master);
        store.insert("u", FLAG, record);
        let frame = encoded(connect("u", &token));
        bench.add(WHOLE, move || {
            let outcome = server.answer(&store, black_box(&frame));
            assert_eq!(outcome, Outcome::Accepted(DeviceLevel::Master));
        });
        bench.reads(len);
    }
    by_length(&bench.run(rounds, false))
}

/// Long because of its device id, which only the decoder reads.
fn by_frame(rounds: usize) -> Vec<AtLength> {
    let mut bench = Bench::new();
    for len in FRAMES {
        let (store, mut server) = (MemoryStore::new(), Server::plain());
        let record = TokenRecord::issue(Token::new("t"), DeviceLevel::Master);
        store.insert("u", FLAG, record);
        let frame = frame_of(len);
        let bytes = frame.clone();
        bench.add(DECODE, move || {
            let read = AnyFrame::decode(black_box(&bytes), 4, Limits::default());
            assert!(read.is_ok());
            black_box(&read);
        });
        bench.reads(len);
        bench.add(WHOLE, move || {
            let outcome = server.answer(&store, black_box(&frame));
            assert_eq!(outcome, Outcome::Accepted(DeviceLevel::Master));
        });
        bench.reads(len);
    }
    by_length(&bench.run(rounds, false))
}

fn frame_of(len: usize) -> Vec<u8> {
    let with = |device_id: &str| {
        let mut connect = Connect::new(4, "u", FLAG, "t");
        connect.device_id = device_id;
        encoded(connect)
    };
    let fits = |padding: &usize| with(&"d".repeat(*padding)).len() <= len;
    let padding = (0..len).rev().find(fits).expect("a CONNECT is shorter");
    with(&"d".repeat(padding))
}

fn by_length(figures: &[Figure]) -> Vec<AtLength> {
    let mut rows: Vec<AtLength> = Vec::new();
    for figure in figures {
        let len = figure.bytes.expect("all have a length");
        if rows.last().is_none_or(|row| row.len != len) {
            rows.push(AtLength {
                len,
                ns: Vec::new(),
            });
        }
        let row = rows.last_mut().expect("just pushed");
        row.ns.push((figure.name.clone(), figure.ns));
    }
    rows
}
