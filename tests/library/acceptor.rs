//! The acceptor: the same requests and the same replies, however the bytes are split.

use proptest::prelude::*;
use serde::Deserialize;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Connect, FrameError, FrameType, Limits};
use wukongim_auth::session::{AcceptError, JsonRpcError, OtherProtocol, Protocol, VerifiedBy};
use wukongim_auth::{
    AcceptOptions, Acceptor, Cause, ConnectRequest, Credentials, DeviceFlag, DeviceLevel,
    Disposition, Handshake, HandshakeError, KeyPolicy, MemoryStore, RequestError, Timestamp, Token,
    Verified, Verifier, VerifyError, verify,
};

use crate::common::{CAUSES, refusal, vectors};
use crate::records::{alice_has, issued};
use crate::scripted_store::ScriptedStore;
use crate::wire::{connack, encoded};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

const WITHOUT_KEYS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);

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

/// The bytes that the clients of each captured binary session sent, in order, and how the session
/// ended.
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
            assert_eq!(
                pending.request_bytes(),
                &bytes[..connect_len],
                "{name} at {split}"
            );
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

/// Every accepted and every rejected session, checked against a store with the records of its
/// server.
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
        let verdict = verify(&store, &credentials, NOW);
        let answer = handshake.answer(verdict, &AcceptOptions::new(KeyPolicy::Required));
        match answer.outcome {
            Ok(session) => {
                assert!(session.keys().is_some(), "{name}");
                assert_eq!(answer.reply[10], 1, "{name}");
                accepted += 1;
            }
            Err(error) => {
                let reject = Disposition::Reject(ReasonCode::AuthFail);
                assert_eq!(error.disposition(), reject, "{name}");
                assert_eq!(answer.reply, refusal(2), "{name}");
                refused += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (12, 4));
}

#[test]
fn anything_but_a_connect_is_an_error_at_its_first_byte() {
    for first in 0..=u8::MAX {
        match (first >> 4, Acceptor::new().push(&[first])) {
            (1, Ok(None)) => {}
            // Another protocol may begin with it, which a few more bytes tell.
            (_, Ok(None)) if b"CDGHOPST\r\x81\x82".contains(&first) => {}
            (_, Err(RequestError::OtherProtocol(OtherProtocol::JsonRpc))) => {
                assert_eq!(first, b'{');
            }
            (number @ (0 | 13..), Err(error)) => {
                assert_eq!(error, FrameError::UnknownType(number).into());
            }
            (number @ 2..=12, Err(RequestError::NotConnect { found })) => {
                assert_eq!(u8::from(found), number);
            }
            (_, received) => panic!("{first:#04x} gave {received:?}"),
        }
        let binary = Acceptor::new().push(&[first]).map(|_| ());
        match (first, Acceptor::new().with_json_rpc().push(&[first])) {
            // Whitespace or a brace begins JSON-RPC, a bracket a batch of it.
            (b' ' | b'\t' | b'\r' | b'\n' | b'{', Ok(None)) => {}
            (b'[', Err(RequestError::JsonRpc(JsonRpcError::Batch))) => {}
            (_, received) => assert_eq!(received.map(|_| ()), binary, "{first:#04x}"),
        }
    }
}

/// A body of three bytes is a TLS record only behind the first byte of one.
#[test]
fn a_short_connect_is_not_taken_for_tls() {
    let label = |first| {
        let request = Acceptor::new().push(&[first, 3, 1, 0, 5]).unwrap();
        request.unwrap().handshake().unwrap_err().label()
    };
    assert_eq!(label(0x16), "other_protocol_tls");
    assert_ne!(label(0x10), "other_protocol_tls");
}

#[test]
fn every_request_error_has_its_message_and_label() {
    let missing = |missing| RequestError::Incomplete {
        missing: std::num::NonZeroUsize::new(missing),
    };
    let not_connect = RequestError::NotConnect {
        found: FrameType::Send,
    };
    let cases = [
        (
            not_connect,
            "not_connect",
            "the first frame is SEND, not CONNECT",
        ),
        (missing(0), "incomplete", "the request is incomplete"),
        (
            missing(12),
            "incomplete",
            "the request is incomplete, bytes missing: 12",
        ),
        (
            FrameError::UnknownType(13).into(),
            "unknown_type",
            "frame type 13 does not exist",
        ),
        (
            JsonRpcError::Batch.into(),
            "json_rpc_batch",
            "a batch of JSON-RPC requests is not supported",
        ),
    ];
    for (error, label, text) in cases {
        assert_eq!((error.label(), error.to_string().as_str()), (label, text));
        assert!(std::error::Error::source(&error).is_none(), "{text}");
    }
}

#[test]
fn an_error_is_final() {
    let mut acceptor = Acceptor::new();
    let error = acceptor.push(b"\x30").unwrap_err();
    assert!(matches!(error, RequestError::NotConnect { .. }), "{error}");
    for chunk in [&b""[..], &connect(4, "alice", "s3cret")] {
        assert_eq!(acceptor.push(chunk).unwrap_err(), error);
    }
}

#[test]
fn an_empty_chunk_changes_nothing() {
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
            limits: default.with_max_body(10),
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
        assert_eq!(received.err(), error.map(RequestError::from), "{header:?}");
        let read = Handshake::read(header, limits).unwrap_err();
        match error {
            Some(error) => assert_eq!(read, error.into(), "{header:?}"),
            None => assert!(
                matches!(read, RequestError::Incomplete { .. }),
                "{header:?}"
            ),
        }
    }
}

#[test]
fn a_body_that_is_no_connect_is_an_error_of_the_handshake() {
    let pending = Acceptor::new().push(b"\x10\x00").unwrap().unwrap();
    assert_eq!(
        pending.handshake().unwrap_err(),
        FrameError::Truncated { field: "version" }.into()
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
fn an_acceptor_is_reset_after_a_request() {
    let request = br#" {"method":"connect","id":"1","params":{"uid":"alice","token":"t"}}"#;
    let binary = connect(4, "alice", "t");
    let mut acceptor = Acceptor::new().with_json_rpc();
    for bytes in [&request[..], request.trim_ascii(), &binary, request] {
        let pending = acceptor.push(bytes).unwrap().unwrap();
        assert_eq!(pending.handshake().unwrap().credentials().uid, "alice");
    }
}

#[test]
fn too_much_whitespace_is_that_whatever_follows_and_however_cut() {
    let max = Limits::default().max_body();
    let acceptor = || Acceptor::new().with_json_rpc();
    let just_enough = acceptor().push(&b" ".repeat(max));
    assert!(just_enough.unwrap().is_none());
    for follows in ["", "{", "[", "x", "\x10"] {
        for whitespace in [max + 1, max + 2] {
            let bytes = [&b" ".repeat(whitespace), follows.as_bytes()].concat();
            let error = acceptor().push(&bytes).unwrap_err();
            assert_eq!(error, JsonRpcError::TooLarge { max }.into(), "{follows:?}");
            let mut acceptor = acceptor();
            let at_last = bytes.iter().find_map(|byte| acceptor.push(&[*byte]).err());
            assert_eq!(at_last, Some(error), "{follows:?}");
        }
    }
}

/// A proxy verifies, and forwards exactly the bytes that it received.
#[test]
fn a_request_keeps_its_bytes() {
    let json = br#" {"method":"connect","id":"1","params":{"uid":"alice","token":"t"}}"#;
    for request in [connect(4, "alice", "t"), json.to_vec()] {
        let sent = [&request[..], b"and more"].concat();
        let pending = || {
            Acceptor::new()
                .with_json_rpc()
                .push(&sent)
                .unwrap()
                .unwrap()
        };
        assert_eq!(pending().request_bytes(), request);
        assert_eq!(pending().into_bytes(), sent);
        assert_eq!(pending().into_remaining(), b"and more");
    }
}

/// PROTOCOL §3: the reply to a client of each version, written by hand.
#[test]
fn replies_fit_the_clients_version() {
    for version in [0, 1, 2, 3, 4, 5, 6, 7, 255_u8] {
        let bytes = connect(version, "alice", "s3cret");
        let pending = Acceptor::new().push(&bytes).unwrap().unwrap();
        let options = WITHOUT_KEYS.with_node_id(0x0102_0304_0506_0708);
        let verified = proof("alice", DeviceFlag::App);
        let answer = pending.handshake().unwrap().answer(Ok(verified), &options);
        let (reply, session) = (answer.reply, answer.outcome.unwrap());
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
        let pending = pending(&encoded(&connect));
        let verified = proof("alice", DeviceFlag::App);
        let answer = pending
            .handshake()
            .unwrap()
            .answer(Ok(verified), &WITHOUT_KEYS);
        assert!(answer.outcome.is_ok());
        assert_eq!(connack(&answer.reply, 2).time_diff, expected);
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
            let label = error.cause().label();
            let is_store = matches!(error.cause(), Cause::Store(_));
            let answer = pending
                .handshake()
                .unwrap()
                .answer(Err(error), &WITHOUT_KEYS);
            let error = answer.outcome.unwrap_err();
            assert_eq!(error.label(), label);
            labels.insert(label);
            if is_store {
                assert_eq!(error.disposition(), Disposition::CloseForRetry);
                assert_eq!(answer.reply, b"", "a store fault is answered by closing");
                continue;
            }
            let reject = Disposition::Reject(ReasonCode::AuthFail);
            assert_eq!(error.disposition(), reject);
            assert_eq!(answer.reply, refusal(version), "{label} for {version}");
        }
    }
    assert_eq!(labels.into_iter().collect::<Vec<_>>(), CAUSES);
}

/// A JSON-RPC request, and a CONNECT of each form of CONNACK.
fn requests() -> Vec<Vec<u8>> {
    let json = br#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;
    let binary = [1, 3, 4, 6].map(|version| connect(version, "alice", "s3cret"));
    [vec![json.to_vec()], binary.to_vec()].concat()
}

#[test]
fn a_refusal_of_the_hosts_own_is_like_any_other() {
    for bytes in requests() {
        let (handshake, _) = Handshake::read_with_json_rpc(&bytes, Limits::default()).unwrap();
        let own = handshake.refuse(ReasonCode::AuthFail);
        let verdict = verify(&MemoryStore::new(), &handshake.credentials(), NOW);
        let any = handshake.answer(verdict, &WITHOUT_KEYS).reply;
        assert!(!own.is_empty());
        assert_eq!(own, any);
        let mut kept = b"kept".to_vec();
        handshake.refuse_into(ReasonCode::AuthFail, &mut kept);
        assert_eq!(kept, [b"kept", &own[..]].concat());
    }
}

#[test]
fn a_refusal_has_the_hosts_reason_and_is_never_a_success() {
    for bytes in requests() {
        let (handshake, _) = Handshake::read_with_json_rpc(&bytes, Limits::default()).unwrap();
        let rejection = handshake.refuse(ReasonCode::AuthFail);
        for number in 0..=u8::MAX {
            let reply = handshake.refuse(ReasonCode::from(number));
            if number == 1 {
                assert_eq!(reply, rejection);
                continue;
            }
            match handshake.protocol() {
                Protocol::JsonRpc => {
                    let reply: serde_json::Value = serde_json::from_slice(&reply).unwrap();
                    assert_eq!(reply["error"]["code"], number);
                    assert!(reply.get("result").is_none());
                }
                _ => {
                    let reason = connack(&reply, handshake.session_version()).reason;
                    assert_eq!(u8::from(reason), number);
                }
            }
        }
    }
}

#[test]
fn a_proof_for_another_peer_is_rejected() {
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
        let verdict = Ok(proof(uid, device_flag));
        let answer = pending.handshake().unwrap().answer(verdict, &WITHOUT_KEYS);
        let Err(HandshakeError::NotAccepted { error, uid, .. }) = answer.outcome else {
            panic!("{:?}", answer.outcome);
        };
        assert_eq!((error, uid.as_str()), (AcceptError::OtherPeer, "alice"));
        assert_eq!(error.disposition(), Disposition::CloseForRetry);
        assert_eq!(answer.reply, b"");
    }
}

#[test]
fn a_full_buffer_is_an_error_and_takes_nothing() {
    let pending = pending(&connect(4, "alice", "s3cret"));
    let handshake = pending.handshake().unwrap();
    let mut small = [0xee; 10];
    let verdict = Ok(proof("alice", DeviceFlag::App));
    let refused = handshake
        .answer_into(verdict, &WITHOUT_KEYS, &mut &mut small[..])
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("the frame takes 24 bytes, the buffer has room for 10"),
        "{refused}"
    );
    assert_eq!(refused.disposition(), Disposition::CloseForRetry);
    let verdict = verify(
        &MemoryStore::new(),
        &Credentials::new("a", DeviceFlag::App, "b"),
        NOW,
    );
    let refused = handshake.answer_into(verdict, &WITHOUT_KEYS, &mut &mut small[..]);
    assert!(matches!(refused, Err(HandshakeError::NotVerified(_))));
    handshake.refuse_into(ReasonCode::Ban, &mut &mut small[..]);
    assert_eq!(small, [0xee; 10]);
}

#[test]
fn debug_prints_nothing_that_the_client_sent() {
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
        format!(
            "{:?}",
            handshake.answer(Ok(proof("alice", DeviceFlag::App)), &WITHOUT_KEYS)
        ),
    ] {
        assert!(!text.contains("CANARY"), "{text}");
        assert!(text.contains(" {"), "something is said: {text}");
    }
}

#[test]
fn every_accept_error_has_its_message() {
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
            "the proof is for another user or device than the handshake",
        ),
    ];
    for (refused, text) in cases {
        assert_eq!(refused.to_string(), text);
    }
}

proptest! {
    /// Any split into chunks, and no split at all, gives the same request and keeps the same rest.
    #[test]
    fn any_chunks_give_the_same(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64),
            (any::<u8>(), "[a-z]{0,40}", "[ -~]{0,80}", prop::collection::vec(any::<u8>(), 0..20))
                .prop_map(|(version, uid, token, tail)| {
                    [connect(version, &uid, &token), tail].concat()
                }),
            (r#"[ \n{\["]{0,3}"#, "[a-z]{0,9}", prop::collection::vec(any::<u8>(), 0..20))
                .prop_map(|(before, uid, tail)| {
                    let params = format!(r#"{{"uid":"{uid}","token":"t"}}"#);
                    let json = format!(r#"{before}{{"method":"connect","id":"1","params":{params}}}"#);
                    [json.into_bytes(), tail].concat()
                }),
        ],
        cuts in prop::collection::vec(0..200_usize, 0..8),
        json_rpc: bool,
    ) {
        let whole = events(json_rpc, std::iter::once(bytes.as_slice()));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain(std::iter::once(bytes.len()));
        let chunks: Vec<&[u8]> = starts.zip(ends).map(|(from, to)| &bytes[from..to]).collect();
        prop_assert_eq!(&events(json_rpc, chunks.iter().copied()), &whole);
        prop_assert_eq!(&events(json_rpc, bytes.chunks(1)), &whole);
        prop_assert_eq!(&read(json_rpc, &bytes), &whole);
    }
}

/// The result of a stream: an error, nothing, or a request and the bytes after it.
type Event = Result<Option<(String, Vec<u8>)>, String>;

fn events<'a>(json_rpc: bool, mut chunks: impl Iterator<Item = &'a [u8]>) -> Event {
    let mut acceptor = match json_rpc {
        true => Acceptor::new().with_json_rpc(),
        false => Acceptor::new(),
    };
    while let Some(chunk) = chunks.next() {
        match acceptor.push(chunk) {
            Ok(None) => {}
            Ok(Some(pending)) => {
                let handshake = pending.handshake().map_err(|error| error.to_string())?;
                let handshake = format!("{handshake:?}");
                let mut rest = pending.into_remaining();
                chunks.for_each(|chunk| rest.extend_from_slice(chunk));
                return Ok(Some((handshake, rest)));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(None)
}

/// The same for bytes that are already complete.
fn read(json_rpc: bool, bytes: &[u8]) -> Event {
    let read = match json_rpc {
        true => Handshake::read_with_json_rpc(bytes, Limits::default()),
        false => Handshake::read(bytes, Limits::default()),
    };
    match read {
        Ok((handshake, rest)) => Ok(Some((format!("{handshake:?}"), rest.to_vec()))),
        Err(RequestError::Incomplete { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn connect(version: u8, uid: &str, token: &str) -> Vec<u8> {
    let mut connect = Connect::new(version, uid, DeviceFlag::App, token);
    connect.client_timestamp = NOW.as_millis() - 5;
    encoded(&connect)
}

fn pending(bytes: &[u8]) -> ConnectRequest {
    Acceptor::new().push(bytes).unwrap().unwrap()
}

fn proof(uid: &str, device_flag: DeviceFlag) -> Verified {
    Verified::dangerously_unverified(uid, device_flag, DeviceLevel::Slave, NOW)
}

fn store_with(uid: &str, device_flag: DeviceFlag, token: &str) -> MemoryStore {
    let store = MemoryStore::new();
    store.insert(uid, device_flag, issued(token));
    store
}

/// One rejection for every cause.
fn refusals() -> Vec<VerifyError> {
    let past = Timestamp::from_millis(1);
    let app = |record| alice_has([(DeviceFlag::App, record)]);
    let web = store_with("alice", DeviceFlag::Web, "right");
    let alice = |token| Credentials::new("alice", DeviceFlag::App, token);
    let verifier = Verifier::new().with_manager_token(Token::new("manager"));
    let refuse = |store: &MemoryStore, credentials: Credentials<'_>| {
        verifier.verify(store, &credentials, NOW).unwrap_err()
    };
    let faulty = |store: ScriptedStore| verifier.verify(&store, &alice("right"), NOW).unwrap_err();
    let healthy = || ScriptedStore::new([]);
    vec![
        refuse(&web, Credentials::new("", DeviceFlag::App, "right")),
        refuse(&web, Credentials::new("a\n", DeviceFlag::App, "right")),
        refuse(
            &web,
            Credentials::new("alice", DeviceFlag::from(7), "right"),
        ),
        refuse(&web, alice(" ")),
        faulty(healthy().get_fails(|| "down")),
        faulty(healthy().get_all_fails(|| "down")),
        refuse(&app(issued("right").revoke(past)), alice("right")),
        refuse(&app(issued("right").with_expiry(past)), alice("right")),
        refuse(
            &app(issued("right").rotate(Token::new("new"), past).unwrap()),
            alice("right"),
        ),
        refuse(&app(issued("right")), alice("manager")),
        refuse(&web, alice("right")),
        refuse(&app(issued("right")), alice("\"right\"")),
        refuse(&app(issued("right")), alice("undefined")),
        refuse(&web, alice("wrong")),
        refuse(&MemoryStore::new(), alice("right")),
        refuse(&app(issued("right")), alice("wrong")),
    ]
}
