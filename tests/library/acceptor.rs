//! The front door: whatever the portions, the same events, the same replies.

use proptest::prelude::*;
use ring::rand::SystemRandom;
use serde::Deserialize;
use wukongim_auth::frame::{
    Connack, Connect, Frame, FrameError, FrameType, Limits, Packet, Parsed,
};
use wukongim_auth::{
    AcceptError, AcceptOptions, Acceptor, Cause, ConnectRequest, Credentials, DeviceFlag,
    DeviceLevel, Disposition, JsonRpcError, KeyPolicy, MemoryStore, Protocol, ReasonCode,
    Timestamp, Token, TokenRecord, TokenStore, Verified, VerifiedBy, Verifier, VerifyError, verify,
};

use crate::common::{CAUSES, refusal, vectors};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[derive(Clone, Deserialize)]
struct Captured {
    sdk: String,
    transport: String,
    case: String,
    dir: String,
    protocol: String,
    packet: String,
    outcome: String,
    hex: Option<String>,
}

/// What the clients of each captured binary session sent, in order, and how it ended.
fn sessions() -> Vec<(String, Vec<u8>, usize)> {
    let mut sessions: Vec<(String, Vec<u8>, usize)> = Vec::new();
    for row in vectors::<Captured>("sdk_captures.jsonl") {
        if row.protocol != "wkproto" || row.dir != "c2s" {
            continue;
        }
        let name = format!(
            "{} {} {} → {}",
            row.sdk, row.transport, row.case, row.outcome
        );
        let bytes = hex::decode(row.hex.unwrap()).unwrap();
        match sessions.last_mut() {
            Some((last, all, _)) if *last == name && row.packet != "CONNECT" => all.extend(bytes),
            _ => sessions.push((name, bytes.clone(), bytes.len())),
        }
    }
    sessions
}

#[test]
fn captured_sessions_split_at_every_byte() {
    let sessions = sessions();
    assert_eq!(sessions.len(), 16);
    for (name, bytes, connect_len) in sessions {
        for split in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(split);
            let mut acceptor = Acceptor::new();
            let mut rest_of_stream = tail;
            let pending = match acceptor.push(head).unwrap() {
                Some(pending) => pending,
                None => {
                    assert!(split < connect_len, "{name} at {split}");
                    rest_of_stream = &[];
                    acceptor.push(tail).unwrap().expect(&name)
                }
            };
            let handshake = pending.handshake().expect(&name);
            assert!(!handshake.credentials().uid.is_empty(), "{name}");
            let kept = [pending.into_remaining().as_slice(), rest_of_stream].concat();
            assert_eq!(kept, &bytes[connect_len..], "{name} at {split}");
        }
        let mut acceptor = Acceptor::new();
        let mut events = bytes.iter().map(|byte| acceptor.push(&[*byte]).unwrap());
        assert_eq!(
            events.position(|event| event.is_some()),
            Some(connect_len - 1),
            "{name}"
        );
    }
}

/// Every session that got in and every one that did not, checked against a store that holds what
/// its server held.
#[test]
fn captured_sessions_get_the_captured_outcome() {
    let (mut accepted, mut refused) = (0, 0);
    for (name, bytes, _) in sessions() {
        let pending = Acceptor::new().push(&bytes).unwrap().unwrap();
        let handshake = pending.handshake().unwrap();
        let credentials = handshake.credentials();
        let right_token = match name.ends_with("auth_fail") {
            true => "what the server expected",
            false => credentials.token.expose_secret(),
        };
        let store = store_with(credentials.uid, credentials.device_flag, right_token);
        let mut reply = Vec::new();
        match verify(&store, &credentials, NOW) {
            Ok(verified) => {
                let options = AcceptOptions::new(NOW);
                let session = handshake
                    .accept(verified, &options, &SystemRandom::new(), &mut reply)
                    .unwrap();
                assert!(session.keys().is_some(), "{name}");
                assert_eq!(reply[10], 1, "{name}");
                accepted += 1;
            }
            Err(error) => {
                assert_eq!(
                    handshake.reject(&error, &mut reply),
                    Disposition::Reject(ReasonCode::AuthFail)
                );
                assert_eq!(reply, refusal(2), "{name}");
                refused += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (12, 4));
}

#[test]
fn anything_but_a_connect_is_an_error_at_its_first_byte() {
    for first in 0..=u8::MAX {
        let received = Acceptor::new().push(&[first]);
        match (first >> 4, received) {
            (1, Ok(None)) => {}
            // A blank or a brace begins JSON-RPC, a bracket a batch of it.
            (_, Ok(None)) if b" \t\r\n{".contains(&first) => {}
            (_, Err(FrameError::JsonRpc(JsonRpcError::Batch))) if first == b'[' => {}
            (number @ (0 | 13..), Err(error)) => {
                assert_eq!(error, FrameError::UnknownType(number));
            }
            (number @ 2..=12, Err(FrameError::NotConnect { found })) => {
                assert_eq!(found.wire(), number);
            }
            (_, received) => panic!("{first:#04x} gave {received:?}"),
        }
    }
    let error = Acceptor::new().push(b"\x70").unwrap_err();
    assert_eq!(
        error,
        FrameError::NotConnect {
            found: FrameType::Ping
        }
    );
    assert_eq!(error.to_string(), "the first frame is PING, not CONNECT");
}

#[test]
fn an_error_is_final() {
    let mut acceptor = Acceptor::new();
    let error = acceptor.push(b"\x30").unwrap_err();
    assert!(matches!(error, FrameError::NotConnect { .. }), "{error}");
    for portion in [&b""[..], &connect(4, "alice", "s3cret")] {
        assert_eq!(acceptor.push(portion).unwrap_err(), error);
    }
}

#[test]
fn nothing_received_is_nothing_yet() {
    let mut acceptor = Acceptor::new();
    assert!(acceptor.push(b"").unwrap().is_none());
    assert!(
        acceptor
            .push(&connect(4, "alice", "s3cret"))
            .unwrap()
            .is_some()
    );
}

#[test]
fn limits_hold_before_a_body_is_there() {
    struct Case {
        limits: Limits,
        header: &'static [u8],
        error: Option<FrameError>,
    }
    let default = Limits::default();
    let cases = [
        Case {
            limits: default,
            header: b"\x10\x80\x40",
            error: None,
        },
        Case {
            limits: default,
            header: b"\x10\x81\x40",
            error: Some(FrameError::TooLarge {
                len: 8193,
                max: 8192,
            }),
        },
        Case {
            limits: Limits::UPSTREAM,
            header: b"\x10\x80\x80\x40",
            error: None,
        },
        Case {
            limits: Limits::UPSTREAM,
            header: b"\x10\x81\x80\x40",
            error: Some(FrameError::TooLarge {
                len: 1_048_577,
                max: 1_048_576,
            }),
        },
        Case {
            limits: default.with_max_body(10).unwrap(),
            header: b"\x10\x0b",
            error: Some(FrameError::TooLarge { len: 11, max: 10 }),
        },
        Case {
            limits: default,
            header: b"\x10\xff\xff\xff\xff",
            error: Some(FrameError::OverlongLength),
        },
    ];
    for Case {
        limits,
        header,
        error,
    } in cases
    {
        let received = Acceptor::new().with_limits(limits).push(header);
        assert_eq!(received.err(), error, "{header:?}");
    }
}

#[test]
fn a_body_that_is_no_connect_is_an_error_of_the_handshake() {
    let pending = Acceptor::new().push(b"\x10\x00").unwrap().unwrap();
    assert_eq!(
        pending.handshake().unwrap_err(),
        FrameError::Truncated { field: "version" }
    );
}

#[test]
fn the_buffer_is_reused_and_wiped_of_the_old_connection() {
    let mut buffer = Vec::with_capacity(4096);
    buffer.extend_from_slice(b"the last connection's bytes");
    let place = buffer.as_ptr();
    let mut acceptor = Acceptor::with_buffer(buffer);
    let pending = acceptor
        .push(&connect(4, "alice", "s3cret"))
        .unwrap()
        .unwrap();
    assert_eq!(pending.handshake().unwrap().credentials().uid, "alice");
    let rest = pending.into_remaining();
    assert!(rest.is_empty());
    assert_eq!((rest.as_ptr(), rest.capacity()), (place, 4096));
}

#[test]
fn an_acceptor_is_as_good_as_new_after_a_request() {
    let request = br#" {"method":"connect","id":"1","params":{"uid":"alice","token":"t"}}"#;
    let binary = connect(4, "alice", "t");
    let mut acceptor = Acceptor::new();
    for bytes in [&request[..], request.trim_ascii(), &binary, request] {
        let pending = acceptor.push(bytes).unwrap().unwrap();
        assert_eq!(pending.handshake().unwrap().credentials().uid, "alice");
    }
}

#[test]
fn too_many_blanks_are_that_whatever_follows_and_however_cut() {
    let max = Limits::default().max_body();
    let just_enough = Acceptor::new().push(&b" ".repeat(max));
    assert!(just_enough.unwrap().is_none());
    for follows in ["", "{", "[", "x", "\x10"] {
        for blanks in [max + 1, max + 2] {
            let bytes = [&b" ".repeat(blanks), follows.as_bytes()].concat();
            let error = Acceptor::new().push(&bytes).unwrap_err();
            assert_eq!(error, JsonRpcError::TooLarge { max }.into(), "{follows:?}");
            let mut acceptor = Acceptor::new();
            let at_last = bytes.iter().find_map(|byte| acceptor.push(&[*byte]).err());
            assert_eq!(at_last, Some(error), "{follows:?}");
        }
    }
}

/// PROTOCOL §3: what a client of each version is sent, written by hand.
#[test]
fn replies_fit_the_clients_version() {
    for version in [0, 1, 2, 3, 4, 5, 6, 7, 255_u8] {
        let bytes = connect(version, "alice", "s3cret");
        let pending = Acceptor::new().push(&bytes).unwrap().unwrap();
        let options = AcceptOptions::new(NOW)
            .with_keys(KeyPolicy::Never)
            .with_node_id(0x0102_0304_0506_0708);
        let mut reply = Vec::new();
        let verified = proof("alice", DeviceFlag::App);
        let session = pending
            .handshake()
            .unwrap()
            .accept(verified, &options, &SystemRandom::new(), &mut reply)
            .unwrap();
        assert_eq!(session.version(), version.min(6));
        assert_eq!(session.protocol(), Protocol::Wkproto);
        let (uid, by) = (session.verified().uid(), session.verified().accepted_by());
        assert_eq!((uid, by), ("alice", VerifiedBy::Unverified));
        // The client's timestamp was 1,800,000,000,000 − 5.
        let body: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0];
        let expected = match version {
            0..4 => [&b"\x20\x0d"[..], body].concat(),
            _ => [
                &b"\x21\x16"[..],
                &[version.min(6)],
                body,
                &[1, 2, 3, 4, 5, 6, 7, 8],
            ]
            .concat(),
        };
        assert_eq!(reply, expected, "version {version}");
    }
}

#[test]
fn the_time_diff_wraps() {
    for (client, expected) in [
        (i64::MIN, NOW.as_millis().wrapping_sub(i64::MIN)),
        (0, NOW.as_millis()),
        (i64::MAX, NOW.as_millis() - i64::MAX),
    ] {
        let mut connect = Connect::new(2, "alice", DeviceFlag::App, "s3cret");
        connect.client_timestamp = client;
        let pending = pending(&encoded(connect));
        let mut reply = Vec::new();
        let options = AcceptOptions::new(NOW).with_keys(KeyPolicy::Never);
        let _session = pending
            .handshake()
            .unwrap()
            .accept(
                proof("alice", DeviceFlag::App),
                &options,
                &SystemRandom::new(),
                &mut reply,
            )
            .unwrap();
        assert_eq!(connack(&reply, 2).time_diff, expected);
    }
}

/// Rule 6: the peer learns nothing.
#[test]
fn refusals_are_the_same_bytes_for_every_cause() {
    let mut labels = std::collections::BTreeSet::new();
    for version in 1..=6 {
        for error in refusals() {
            let bytes = connect(version, "alice", "s3cret");
            let pending = pending(&bytes);
            let mut reply = Vec::new();
            let disposition = pending.handshake().unwrap().reject(&error, &mut reply);
            labels.insert(error.cause().label());
            if matches!(error.cause(), Cause::Store(_)) {
                assert_eq!(disposition, Disposition::CloseForRetry);
                assert_eq!(reply, b"", "a store fault is answered by closing");
                continue;
            }
            assert_eq!(disposition, Disposition::Reject(ReasonCode::AuthFail));
            assert_eq!(
                reply,
                refusal(version),
                "{} for {version}",
                error.cause().label()
            );
        }
    }
    assert_eq!(labels.into_iter().collect::<Vec<_>>(), CAUSES);
}

#[test]
fn a_refusal_of_the_hosts_own_is_like_any_other() {
    let mut requests: Vec<Vec<u8>> = vec![
        br#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#.to_vec(),
    ];
    for version in [1, 3, 4, 6] {
        let connect = Connect::new(version, "alice", DeviceFlag::App, "s3cret");
        let mut bytes = Vec::new();
        Frame::from(connect).encode(version, &mut bytes).unwrap();
        requests.push(bytes);
    }
    for bytes in requests {
        let pending = Acceptor::new().push(&bytes).unwrap().unwrap();
        let (mut own, mut any) = (Vec::new(), Vec::new());
        pending.handshake().unwrap().refuse(&mut own);
        let handshake = pending.handshake().unwrap();
        let error = verify(&MemoryStore::new(), &handshake.credentials(), NOW).unwrap_err();
        handshake.reject(&error, &mut any);
        assert!(!own.is_empty());
        assert_eq!(own, any);
    }
}

#[test]
fn a_proof_of_somebody_else_greets_nobody() {
    struct Case {
        uid: &'static str,
        device_flag: DeviceFlag,
    }
    let cases = [
        Case {
            uid: "bob",
            device_flag: DeviceFlag::App,
        },
        Case {
            uid: "alice",
            device_flag: DeviceFlag::Web,
        },
        Case {
            uid: "ALICE",
            device_flag: DeviceFlag::App,
        },
        Case {
            uid: "alice\0",
            device_flag: DeviceFlag::App,
        },
        Case {
            uid: "",
            device_flag: DeviceFlag::App,
        },
    ];
    for Case { uid, device_flag } in cases {
        let pending = pending(&connect(4, "alice", "s3cret"));
        let mut reply = Vec::new();
        let options = AcceptOptions::new(NOW).with_keys(KeyPolicy::Never);
        let refused = pending
            .handshake()
            .unwrap()
            .accept(
                proof(uid, device_flag),
                &options,
                &SystemRandom::new(),
                &mut reply,
            )
            .unwrap_err();
        assert_eq!(refused, AcceptError::OtherPeer);
        assert_eq!(refused.disposition(), Disposition::CloseForRetry);
        assert_eq!(reply, b"");
    }
}

#[test]
fn a_full_buffer_is_an_error_and_takes_nothing() {
    let pending = pending(&connect(4, "alice", "s3cret"));
    let mut small = [0xee; 10];
    let options = AcceptOptions::new(NOW).with_keys(KeyPolicy::Never);
    let refused = pending
        .handshake()
        .unwrap()
        .accept(
            proof("alice", DeviceFlag::App),
            &options,
            &SystemRandom::new(),
            &mut &mut small[..],
        )
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the frame takes 24 bytes, the buffer has room for 10"
    );
    assert_eq!(refused.disposition(), Disposition::CloseForRetry);
    let error = verify(
        &MemoryStore::new(),
        &Credentials::new("a", DeviceFlag::App, "b"),
        NOW,
    );
    pending
        .handshake()
        .unwrap()
        .reject(&error.unwrap_err(), &mut &mut small[..]);
    assert_eq!(small, [0xee; 10]);
}

#[test]
fn nothing_of_a_connection_is_printed() {
    let bytes = connect(4, "alice", "CANARY-TOKEN");
    let mut acceptor = Acceptor::new();
    assert!(acceptor.push(&bytes[..bytes.len() - 1]).unwrap().is_none());
    let half = format!("{acceptor:?}");
    let pending = acceptor.push(&bytes[bytes.len() - 1..]).unwrap().unwrap();
    let handshake = pending.handshake().unwrap();
    for text in [
        half,
        format!("{pending:?}"),
        format!("{handshake:?} {handshake:#?}"),
    ] {
        assert!(!text.contains("CANARY"), "{text}");
        assert!(text.contains(" {"), "something is said: {text}");
    }
}

#[test]
fn messages_of_refused() {
    let cases = [
        (
            AcceptError::ClientKeyMissing,
            "the client sent no key, and session keys are required",
        ),
        (
            AcceptError::ClientKeyInvalid,
            "the client's key is not a usable X25519 key in base64",
        ),
        (
            AcceptError::OtherPeer,
            "the proof is about another user or device than the handshake",
        ),
    ];
    for (refused, text) in cases {
        assert_eq!(refused.to_string(), text);
    }
}

proptest! {
    /// Any cut into portions gives the same event at the same byte and keeps the same rest.
    #[test]
    fn any_portions_give_the_same(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64),
            (any::<u8>(), "[a-z]{0,40}", "[ -~]{0,80}", prop::collection::vec(any::<u8>(), 0..20))
                .prop_map(|(version, uid, token, tail)| {
                    [connect(version, &uid, &token), tail].concat()
                }),
        ],
        cuts in prop::collection::vec(0..200_usize, 0..8),
    ) {
        let whole = events(std::iter::once(bytes.as_slice()));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain(std::iter::once(bytes.len()));
        let portions: Vec<&[u8]> = starts.zip(ends).map(|(from, to)| &bytes[from..to]).collect();
        prop_assert_eq!(&events(portions.iter().copied()), &whole);
        prop_assert_eq!(&events(bytes.chunks(1)), &whole);
    }
}

/// What comes of a stream: an error, nothing, or a CONNECT and the bytes behind it.
type Event = Result<Option<(String, Vec<u8>)>, String>;

fn events<'a>(mut portions: impl Iterator<Item = &'a [u8]>) -> Event {
    let mut acceptor = Acceptor::new();
    while let Some(portion) = portions.next() {
        match acceptor.push(portion) {
            Ok(None) => {}
            Ok(Some(pending)) => {
                let handshake = format!("{:?}", pending.handshake());
                let mut rest = pending.into_remaining();
                portions.for_each(|portion| rest.extend_from_slice(portion));
                return Ok(Some((handshake, rest)));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(None)
}

fn encoded(connect: Connect<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    Frame::from(connect)
        .encode(connect.version, &mut bytes)
        .unwrap();
    bytes
}

fn connect(version: u8, uid: &str, token: &str) -> Vec<u8> {
    let mut connect = Connect::new(version, uid, DeviceFlag::App, token);
    connect.client_timestamp = NOW.as_millis() - 5;
    encoded(connect)
}

fn pending(bytes: &[u8]) -> ConnectRequest {
    Acceptor::new().push(bytes).unwrap().unwrap()
}

fn connack(reply: &[u8], version: u8) -> Connack<'_> {
    let Ok(Parsed::Complete {
        value: Frame {
            packet: Packet::Connack(connack),
            ..
        },
        rest: [],
    }) = Frame::decode(reply, version, Limits::default())
    else {
        panic!("not one CONNACK: {reply:?}")
    };
    connack
}

fn proof(uid: &str, device_flag: DeviceFlag) -> Verified {
    Verified::dangerously_unverified(uid, device_flag, DeviceLevel::Slave)
}

fn store_with(uid: &str, device_flag: DeviceFlag, token: &str) -> MemoryStore {
    let store = MemoryStore::new();
    store.insert(
        uid,
        device_flag,
        TokenRecord::issue(Token::new(token), DeviceLevel::Slave),
    );
    store
}

/// One refusal of every cause.
fn refusals() -> Vec<VerifyError> {
    let issue = |token: &str| TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
    let past = Timestamp::from_millis(1);
    let app = |record: TokenRecord| {
        let store = MemoryStore::new();
        store.insert("alice", DeviceFlag::App, record);
        store
    };
    let web = store_with("alice", DeviceFlag::Web, "right");
    let alice = |token| Credentials::new("alice", DeviceFlag::App, token);
    let verifier = Verifier::new().with_manager_token(Token::new("manager"));
    let refuse = |store: &MemoryStore, credentials: Credentials<'_>| {
        verifier.verify(store, &credentials, NOW).unwrap_err()
    };
    let faulty = |faults| {
        verifier
            .verify(&Faulty(faults), &alice("right"), NOW)
            .unwrap_err()
    };
    vec![
        refuse(&web, Credentials::new("", DeviceFlag::App, "right")),
        refuse(&web, Credentials::new("a\n", DeviceFlag::App, "right")),
        refuse(
            &web,
            Credentials::new("alice", DeviceFlag::from(7), "right"),
        ),
        refuse(&web, alice(" ")),
        faulty("get"),
        faulty("others"),
        refuse(&app(issue("right").revoke(past)), alice("right")),
        refuse(&app(issue("right").with_expiry(past)), alice("right")),
        refuse(
            &app(issue("right").rotate(Token::new("new"), past).unwrap()),
            alice("right"),
        ),
        refuse(&app(issue("right")), alice("manager")),
        refuse(&web, alice("right")),
        refuse(&app(issue("right")), alice("\"right\"")),
        refuse(&web, alice("wrong")),
        refuse(&MemoryStore::new(), alice("right")),
        refuse(&app(issue("right")), alice("wrong")),
    ]
}

struct Faulty(&'static str);

impl TokenStore for Faulty {
    type Error = &'static str;

    fn get(&self, _: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Self::Error> {
        if self.0 == "get" || flag != DeviceFlag::App {
            Err("down")
        } else {
            Ok(None)
        }
    }
}
