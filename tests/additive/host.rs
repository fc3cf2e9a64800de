//! A server that enables no feature and reports what it sees. It is built with the library's
//! default features and with all of them, and must report the same (`tests/additive.rs`): a feature
//! that another crate of a build enables must not change anything.

// A variant that only a feature adds must not have been one that a `match` could do without.
#![deny(unreachable_patterns)]

use std::fmt::Write;

use wukongim_auth::frame::{Connect, Flags, Limits, ReasonCode};
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest, StoredRecord};
use wukongim_auth::session::{AcceptError, Protocol};
use wukongim_auth::{
    AcceptOptions, Acceptor, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Handshake,
    HandshakeError, KeyPolicy, MemoryStore, RequestError, Timestamp, Token, TokenRecord,
    TokenStore, Verified, Verifier, VerifyError, verify, verify_record,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const KEY: &str = "lXLvIsJRq6O3XsPMFhud4E3ar0OvdfMoLT5bF8OW+Ts=";
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never).with_node_id(7);

fn main() {
    let mut seen = String::new();
    for (name, bytes) in inputs() {
        writeln!(seen, "# {name}: {}", hex::encode(&bytes)).unwrap();
        connection(&mut seen, &bytes);
    }
    provisioning(&mut seen);
    stored_records(&mut seen);
    lifecycle(&mut seen);
    print!("{seen}");
}

/// What clients send: correct, wrong, and unintelligible input.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let connect = |version, uid, token, key| {
        let mut connect = Connect::new(version, uid, DeviceFlag::Web, token);
        connect.client_key = key;
        connect.client_timestamp = 5;
        let mut bytes = Vec::new();
        connect.encode(Flags::default(), &mut bytes).unwrap();
        bytes
    };
    let good = connect(4, "alice", "s3cret", KEY);
    let json = br#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;
    vec![
        ("with a key", good.clone()),
        ("without a key", connect(4, "alice", "s3cret", "")),
        ("with a bad key", connect(4, "alice", "s3cret", "no key")),
        ("of version 2", connect(2, "alice", "s3cret", KEY)),
        ("of version 6", connect(6, "alice", "s3cret", KEY)),
        ("with a wrong token", connect(4, "alice", "wrong", KEY)),
        ("with no token", connect(4, "alice", "", KEY)),
        (
            "of a user without records",
            connect(4, "bob", "s3cret", KEY),
        ),
        ("and more behind it", [&good[..], b"\x30\x00"].concat()),
        ("cut short", good[..20].to_vec()),
        ("a JSON-RPC request", json.to_vec()),
        (
            "a JSON-RPC request after whitespace",
            [b" \r\n", &json[..]].concat(),
        ),
        ("the beginning of JSON-RPC", b"{\"met".to_vec()),
        ("a batch of JSON-RPC", b"[{}]".to_vec()),
        ("garbage", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("a ping", b"\x70".to_vec()),
        ("a SEND", b"\x30\x05\x00\x00".to_vec()),
        ("an empty CONNECT", b"\x10\x00".to_vec()),
        ("too long a CONNECT", b"\x10\xff\xff\x7f".to_vec()),
        ("nothing", Vec::new()),
    ]
}

/// Every way to read the bytes, and every way to answer them.
fn connection(seen: &mut String, bytes: &[u8]) {
    let whole = Acceptor::new().push(bytes);
    match whole {
        Ok(Some(request)) => {
            writeln!(seen, "request {}", hex::encode(request.request_bytes())).unwrap();
            match request.handshake() {
                Ok(handshake) => answers(seen, &handshake),
                Err(error) => unread(seen, error),
            }
            writeln!(seen, "remaining {}", hex::encode(request.into_remaining())).unwrap();
        }
        Ok(None) => writeln!(seen, "more is needed").unwrap(),
        Err(error) => unread(seen, error),
    }
    let mut acceptor = Acceptor::new();
    let at = bytes.iter().map(|byte| acceptor.push(&[*byte]));
    let at = at.map(|received| received.map(|request| request.is_some()));
    let decided = at.enumerate().find(|(_, received)| received != &Ok(false));
    match decided {
        Some((at, Ok(_))) => writeln!(seen, "byte by byte: a request at {at}").unwrap(),
        Some((at, Err(error))) => writeln!(seen, "byte by byte: {error} at {at}").unwrap(),
        None => writeln!(seen, "byte by byte: more is needed").unwrap(),
    }
    match Handshake::read(bytes, Limits::default()) {
        Ok((handshake, remaining)) => {
            let uid = handshake.credentials().uid.to_owned();
            writeln!(seen, "read {uid:?}, remaining {}", hex::encode(remaining)).unwrap();
        }
        Err(error) => unread(seen, error),
    }
}

fn unread(seen: &mut String, error: RequestError) {
    let kind = match error {
        RequestError::Frame(_) => "frame",
        RequestError::NotConnect { .. } => "not connect",
        RequestError::Incomplete { .. } => "incomplete",
        _ => "of a feature",
    };
    writeln!(seen, "not read: {kind} {} {error}", error.label()).unwrap();
}

fn answers(seen: &mut String, handshake: &Handshake<'_>) {
    let store = store();
    let credentials = handshake.credentials();
    let protocol = match handshake.protocol() {
        Protocol::Wkproto => "wkproto",
        _ => "of a feature",
    };
    writeln!(seen, "{protocol} {}", handshake.session_version()).unwrap();
    for (name, verifier) in verifiers() {
        let verdict = verifier.verify(&store, &credentials, NOW);
        writeln!(seen, "{name}: {}", told(&verdict)).unwrap();
        let answer = handshake.answer(verdict, &OPTIONS);
        let reply = hex::encode(&answer.reply);
        writeln!(seen, "reply {reply}: {}", concluded(answer.outcome)).unwrap();
    }
    // The others: by halves, with a record in hand, after a failed lookup.
    let verdict = Verifier::new().verdict(&store, &credentials, NOW);
    writeln!(seen, "by halves: {}", told(&verdict)).unwrap();
    if let Err(error) = verdict {
        let error = Verifier::new().diagnose(&store, error);
        writeln!(seen, "diagnosed: {}", told(&Err(error))).unwrap();
    }
    let record = store.get("alice", DeviceFlag::App).unwrap();
    let verdict = verify_record(&credentials, record.as_ref(), NOW);
    writeln!(seen, "with a record: {}", told(&verdict)).unwrap();
    let failed = Verifier::new().store_failed(&credentials, "down", NOW);
    let answer = handshake.answer(Err(failed), &OPTIONS);
    let reply = hex::encode(&answer.reply);
    writeln!(seen, "store failed {reply}: {}", concluded(answer.outcome)).unwrap();
    // A proof about somebody else, and no room for the reply.
    let other = Verified::dangerously_unverified("eve", DeviceFlag::Web, DeviceLevel::Slave, NOW);
    let answer = handshake.answer(Ok(other), &OPTIONS);
    let reply = hex::encode(&answer.reply);
    writeln!(seen, "other peer {reply}: {}", concluded(answer.outcome)).unwrap();
    let verdict = verify(&store, &credentials, NOW);
    let outcome = handshake.answer_into(verdict, &OPTIONS, &mut &mut [0; 3][..]);
    writeln!(seen, "no room: {}", concluded(outcome)).unwrap();
    for number in 0..=30 {
        let reply = handshake.refuse(ReasonCode::from(number));
        writeln!(seen, "refused {number} {}", hex::encode(reply)).unwrap();
    }
}

fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let record = |token| TokenRecord::issue(Token::new(token), DeviceLevel::Master);
    store.insert("alice", DeviceFlag::Web, record("s3cret"));
    store.insert("alice", DeviceFlag::App, record("another"));
    store
}

fn verifiers() -> [(&'static str, Verifier); 3] {
    [
        ("new", Verifier::new()),
        ("revealing", Verifier::new().dangerously_reveal_not_issued()),
        (
            "app only",
            Verifier::new().with_device_flags(DeviceFlag::App.into()),
        ),
    ]
}

fn told(verdict: &Result<Verified, VerifyError>) -> String {
    match verdict {
        Ok(verified) => format!("{} {:?}", verified.uid(), verified.accepted_by()),
        Err(error) => {
            let json = serde_json::to_string(error).unwrap();
            let disposition = error.disposition();
            format!("{} {disposition:?} {error:#} {json}", error.label()).replace('\n', "\\n")
        }
    }
}

fn concluded(outcome: Result<wukongim_auth::Session, HandshakeError>) -> String {
    match outcome {
        Ok(session) => format!(
            "{} of version {}",
            session.verified().uid(),
            session.version()
        ),
        Err(error) => {
            let kind = match &error {
                HandshakeError::NotVerified(_) => "not verified",
                HandshakeError::NotAccepted { error, .. } => match error {
                    AcceptError::OtherPeer => "other peer",
                    _ => "not accepted",
                },
                _ => "of a feature",
            };
            let disposition = error.disposition();
            let label = error.label();
            format!("{kind} {label} {disposition:?} {error:#}").replace('\n', "\\n")
        }
    }
}

fn provisioning(seen: &mut String) {
    let bodies = [
        r#"{"uid":"alice","token":"s3cret","device_flag":1,"device_level":1}"#,
        r#"{"uid":"alice","token":"s3cret","device_flag":7}"#,
        r#"{"uid":"","token":"s3cret"}"#,
        r#"{"uid":"a@b","token":"s3cret"}"#,
        r#"{"uid":"alice","token":" "}"#,
        r#"{"uid":"alice","token":"s3cret","device_level":9}"#,
        r#"{"uid":"alice","token":123456789012345678901234567890}"#,
        r#"{"uid":"alice","token":"s3cret","device_flag":1.5}"#,
        r#"{"uid":null,"token":"s3cret"}"#,
        r#"{"uid":"alice","token":"s3cret","more":[1]}"#,
        r#"["alice","s3cret",1,1]"#,
        r#"{"uid":"alice","device_flag":-1}"#,
        r#"{"uid":"alice","device_flag":2}"#,
        r#"{"uid":"alice","device_flag":300}"#,
        "",
    ];
    for body in bodies {
        writeln!(seen, "# body {body}").unwrap();
        match serde_json::from_str::<IssueTokenRequest>(body) {
            Ok(request) => match request.into_registration(DeviceFlags::CLIENTS, Limits::default())
            {
                Ok(registration) => {
                    let (uid, flag) = (&registration.uid, registration.device_flag);
                    writeln!(
                        seen,
                        "registers {uid} {flag} {}",
                        written(&registration.record)
                    )
                }
                Err(error) => writeln!(seen, "no registration: {error}"),
            },
            Err(error) => writeln!(seen, "no body: {error}"),
        }
        .unwrap();
        match serde_json::from_str::<DeviceQuitRequest>(body) {
            Ok(request) => match request.into_flags(DeviceFlags::CLIENTS) {
                Ok((uid, flags)) => writeln!(seen, "quits {uid} {flags}"),
                Err(error) => writeln!(seen, "does not quit: {error}"),
            },
            Err(error) => writeln!(seen, "no body: {error}"),
        }
        .unwrap();
    }
}

fn written(record: &TokenRecord) -> String {
    serde_json::to_string(&record.expose_for_storage()).unwrap()
}

fn stored_records(seen: &mut String) {
    let stored = [
        r#"{"v":1,"token":"s3cret","device_level":1}"#,
        r#"{"v":1,"sha256":"1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0","device_level":0}"#,
        r#"{"v":1,"token":"s3cret","device_level":0,"expires_at":5,"superseded":{"token":"old","until":9}}"#,
        r#"{"v":1,"token":"s3cret","device_level":0,"revoked_at":5}"#,
        r#"{"v":1,"token":"s3cret","device_level":0,"revocations":3}"#,
        r#"{"v":2,"token":"s3cret","device_level":0}"#,
        r#"{"v":1,"token":"s3cret","device_level":5}"#,
        r#"{"v":1,"device_level":0}"#,
        r#"{"v":1,"token":"s3cret","more":1}"#,
        r#"[1,"s3cret"]"#,
    ];
    for text in stored {
        writeln!(seen, "# stored {text}").unwrap();
        match serde_json::from_str::<StoredRecord>(text).map(TokenRecord::try_from) {
            Ok(Ok(record)) => {
                let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
                let verdict = verify_record(&credentials, Some(&record), NOW);
                writeln!(seen, "{} {}", written(&record), told(&verdict)).unwrap();
            }
            Ok(Err(error)) => writeln!(seen, "no record: {error}").unwrap(),
            Err(error) => writeln!(seen, "not read: {error}").unwrap(),
        }
    }
}

/// The fate of a record, and of a session that it accepted.
fn lifecycle(seen: &mut String) {
    let store = store();
    let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    let session = verify(&store, &credentials, NOW).unwrap();
    let tell = |seen: &mut String, what: &str| {
        let record = store.get("alice", DeviceFlag::Web).unwrap();
        let standing = session.standing(record.as_ref(), NOW);
        let record = record.as_ref().map(written);
        writeln!(seen, "# {what}: {record:?} {standing:?}").unwrap();
    };
    tell(seen, "issued");
    let later = NOW.saturating_add(std::time::Duration::from_secs(60));
    let rotated = store.rotate("alice", DeviceFlag::Web, Token::new("next"), later);
    assert!(rotated.is_ok());
    tell(seen, "rotated");
    store.revoke("alice", DeviceFlag::Web, NOW);
    tell(seen, "revoked");
    let rotated = store.rotate("alice", DeviceFlag::Web, Token::new("third"), later);
    writeln!(seen, "{}", rotated.unwrap_err()).unwrap();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store.insert("alice", DeviceFlag::Web, record);
    tell(seen, "issued again");
    store.update("alice", DeviceFlag::Web, |_| None);
    tell(seen, "forgotten");
}
