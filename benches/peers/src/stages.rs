//! The stages of the whole path, each measured separately.

use std::hint::black_box;

use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Connack, Connect, Frame, Limits, Parsed, RawFrame};
use wukongim_auth::{
    Acceptor, Credentials, DeviceLevel, MemoryStore, TokenRecord, TokenStore, Verifier,
};

use crate::rounds::Bench;
use crate::users::{FLAG, HOT, InTurn, NOW, Text, record, text, token, uid};

pub const GROUP: &str = "stages";

pub fn add<'a>(bench: &mut Bench<'a>, store: &'a MemoryStore, connects: &'a [Vec<u8>]) {
    bench.group(GROUP);
    reading(bench, connects);
    judging(bench, store);
    replying(bench);
}

fn reading<'a>(bench: &mut Bench<'a>, connects: &'a [Vec<u8>]) {
    let (mut turn, mut buffer) = (InTurn::new(connects), Vec::with_capacity(1024));
    bench.add("receive: copy, delimit, give back", move || {
        let received = std::mem::take(&mut buffer);
        let mut acceptor = Acceptor::with_buffer(received).with_json_rpc();
        let request = acceptor.push(black_box(turn.next()));
        buffer = request.expect("a frame").expect("whole").into_remaining();
    });
    let mut turn = InTurn::new(connects);
    bench.add("delimit", move || {
        let read = RawFrame::split_first(black_box(turn.next()), Limits::default());
        assert!(matches!(read, Ok(Parsed::Complete { .. })));
        black_box(&read);
    });
    let mut turn = InTurn::new(connects);
    bench.add("decode", move || {
        let connect = Connect::decode(black_box(&turn.next()[3..])).expect("a CONNECT");
        black_box(&connect);
    });
    let mut acceptor = Acceptor::new();
    let request = acceptor
        .push(&connects[0])
        .expect("a frame")
        .expect("whole");
    bench.add("credentials", move || {
        let handshake = black_box(&request).handshake().expect("a CONNECT");
        black_box(&handshake.credentials());
    });
}

fn judging<'a>(bench: &mut Bench<'a>, store: &'a MemoryStore) {
    let users: Vec<(Text, Text, TokenRecord)> = (0..HOT as u64)
        .map(|user| (uid(user), token(user), record(text(&token(user)))))
        .collect();
    let uids: Vec<String> = users.iter().map(|(uid, ..)| text(uid).into()).collect();
    let mut at = (0..HOT).cycle();
    bench.add("lookup", move || {
        let uid = black_box(&uids[at.next().expect("endless")]);
        let found = store.get(uid, FLAG).expect("infallible");
        assert!(found.is_some());
        black_box(&found);
    });
    let secrets: Vec<(String, Secret)> = users
        .iter()
        .map(|(_, token, record)| (text(token).into(), record.secret().clone()))
        .collect();
    let mut at = (0..HOT).cycle();
    bench.add("compare", move || {
        let (token, secret) = black_box(&secrets[at.next().expect("endless")]);
        let equal = compare(PresentedToken::new(token), Some(secret), SecretForm::Plain);
        assert!(equal);
    });
    let verifier = Verifier::new();
    let users: Vec<(String, String, TokenRecord)> = users
        .into_iter()
        .map(|(uid, token, record)| (text(&uid).into(), text(&token).into(), record))
        .collect();
    let mut at = (0..HOT).cycle();
    bench.add("verdict: prechecks, compare, proof", move || {
        let (uid, token, record) = black_box(&users[at.next().expect("endless")]);
        let credentials = Credentials::new(uid, FLAG, token.as_str());
        let verified = verifier.verify_record(&credentials, Some(record), NOW);
        assert_eq!(
            verified.as_ref().map(|proof| proof.device_level()).ok(),
            Some(DeviceLevel::Master)
        );
        black_box(&verified);
    });
}

fn replying(bench: &mut Bench<'_>) {
    let welcome = |key: &'static str, salt: &'static str| {
        let mut connack = Connack::new(ReasonCode::Success);
        connack.server_version = Some(4);
        connack.node_id = 1;
        (connack.server_key, connack.salt) = (key, salt);
        connack
    };
    let replies = [
        ("reply: CONNACK without keys", welcome("", "")),
        (
            "reply: CONNACK with keys",
            welcome(crate::typical::CLIENT_KEY, "mTmhzOGMt9bgnnlQ"),
        ),
    ];
    for (name, connack) in replies {
        let mut reply = Vec::with_capacity(1024);
        bench.add(name, move || {
            reply.clear();
            Frame::from(*black_box(&connack))
                .encode(4, &mut reply)
                .expect("it fits");
            black_box(&reply[..]);
        });
    }
}
