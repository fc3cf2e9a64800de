//! JSON-RPC against `vectors/jsonrpc.jsonl`, which upstream's own code made, and against the
//! captured sessions of the EasySDK.

use serde::Deserialize;
use serde_json::{Value, json};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{EncodeError, Limits};
use wukongim_auth::session::{AcceptError, JsonRpcError, Protocol, disconnect_notification};
use wukongim_auth::{
    AcceptOptions, Acceptor, ConnectRequest, Credentials, DeviceFlag, DeviceLevel, Disposition,
    HandshakeError, KeyPolicy, MemoryStore, RequestError, Timestamp, Token, TokenRecord, Verified,
    verify,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// No keys are agreed over JSON-RPC, whatever the policy.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

#[derive(Deserialize)]
struct Row {
    id: String,
    cat: String,
    op: String,
    #[serde(default)]
    text_hex: String,
    #[serde(default)]
    req_id: String,
    connack: Option<Connack>,
    result: Expected,
}

#[derive(Deserialize)]
struct Expected {
    kind: String,
    rpc_id: Option<String>,
    connect: Option<Connect>,
    json: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Connect {
    version: u8,
    device_flag: u8,
    device_id_hex: String,
    uid_hex: String,
    token_hex: String,
    client_timestamp: i64,
}

#[derive(Deserialize)]
struct Connack {
    server_version: u8,
    time_diff: i64,
    reason_code: u8,
    server_key_hex: String,
    node_id: u64,
}

/// Where we differ from upstream on purpose (PROTOCOL §6), with the number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Deviation {
    /// Numbers outside a u8 are an error; Go truncates 256 to 0.
    NumberOutOfU8,
    /// Keys are case-sensitive; Go folds case.
    KeyCase,
    /// A member that we know and meet twice is an error; Go takes the last.
    Duplicate,
    /// Lone surrogates are an error; Go puts U+FFFD.
    LoneSurrogate,
    /// `-0` is an error for an unsigned number, as serde_json says.
    MinusZero,
    /// Invalid UTF-8 is an error, as in binary; Go puts U+FFFD.
    InvalidUtf8,
    /// A wrongly typed `header` is ignored, like any member that we do not use.
    Header,
    /// `device_flag` and `device_id` are read too.
    Spelling,
    /// An error for upstream's parser. Ours requests more bytes, because the object is not closed
    /// yet.
    Unclosed,
    /// What does not begin with `{` is not JSON-RPC for us, but binary.
    NotAnObject,
}

fn rows() -> Vec<Row> {
    let rows: Vec<Row> = crate::common::vectors("jsonrpc.jsonl");
    assert_eq!(rows.len(), 508);
    rows
}

/// What we make of the bytes, in the vector's words; `None` while more are wanted.
fn decode(bytes: &[u8]) -> Result<Option<(Option<String>, Connect)>, RequestError> {
    let mut acceptor = Acceptor::new()
        .with_json_rpc()
        .with_limits(Limits::UPSTREAM);
    let Some(pending) = acceptor.push(bytes)? else {
        return Ok(None);
    };
    let handshake = pending.handshake()?;
    let credentials = handshake.credentials();
    let (id, version, client_timestamp) = greeting(&pending, &credentials);
    let connect = Connect {
        version,
        device_flag: u8::from(credentials.device_flag),
        device_id_hex: hex::encode(credentials.device_id),
        uid_hex: hex::encode(credentials.uid),
        token_hex: hex::encode(credentials.token.expose_secret()),
        client_timestamp,
    };
    Ok(Some((id, connect)))
}

/// Id, session version and client timestamp, read off the reply.
fn greeting(pending: &ConnectRequest, credentials: &Credentials<'_>) -> (Option<String>, u8, i64) {
    let verified = Verified::dangerously_unverified(
        credentials.uid,
        credentials.device_flag,
        DeviceLevel::Slave,
        NOW,
    );
    let answer = pending.handshake().unwrap().answer(Ok(verified), &OPTIONS);
    assert!(answer.outcome.is_ok());
    let reply: Value = serde_json::from_slice(&answer.reply).unwrap();
    let result = &reply["result"];
    let diff = result["timeDiff"].as_i64().unwrap();
    (
        reply["id"].as_str().map(str::to_owned),
        u8::try_from(result["serverVersion"].as_u64().unwrap()).unwrap(),
        // Who sent none, or 0, is told 0.
        match diff {
            0 => 0,
            diff => NOW.as_millis().wrapping_sub(diff),
        },
    )
}

#[test]
fn requests_of_the_vectors_are_read_as_upstream_does() {
    let mut deviations = std::collections::BTreeMap::new();
    let (mut matched, mut latest) = (0, 0);
    for row in rows().into_iter().filter(|row| row.op == "decode") {
        let bytes = hex::decode(&row.text_hex).unwrap();
        let ours = decode(&bytes);
        if let Some(deviation) = deviation(&row, &bytes) {
            let holds = match deviation {
                Deviation::Unclosed => matches!(ours, Ok(None)),
                Deviation::Header => matches!(ours, Ok(Some(_))),
                Deviation::NotAnObject => {
                    !matches!(ours, Ok(Some(_)) | Err(RequestError::JsonRpc(_)))
                }
                Deviation::KeyCase => match (row.id.as_str(), &ours) {
                    ("rpc-keys-0003", Ok(Some((_, connect)))) => {
                        connect.uid_hex == hex::encode("B")
                    }
                    ("rpc-id_raw-0008", Err(_)) => true,
                    _ => false,
                },
                Deviation::Spelling => match &ours {
                    Ok(Some((_, connect))) => {
                        connect.device_flag == 1 && connect.device_id_hex == hex::encode("x")
                    }
                    _ => false,
                },
                _ => matches!(
                    ours,
                    Err(RequestError::JsonRpc(JsonRpcError::Malformed { .. }))
                ),
            };
            assert!(holds, "{} {deviation:?}: {ours:?}", row.id);
            *deviations.entry(deviation).or_insert(0) += 1;
            continue;
        }
        matched += 1;
        match row.result.kind.as_str() {
            "connect" => {
                let (id, ours) = ours.expect(&row.id).expect(&row.id);
                let mut theirs = row.result.connect.unwrap();
                theirs.version = theirs.version.min(6);
                // The newest of 2.2.5, which made the rows, was 5.
                if names_no_version(&bytes) {
                    assert_eq!(theirs.version, 5, "{}", row.id);
                    theirs.version = 6;
                    latest += 1;
                }
                assert_eq!(ours, theirs, "{}", row.id);
                assert_eq!(
                    id.unwrap_or_default(),
                    row.result.rpc_id.unwrap_or_default(),
                    "{}",
                    row.id
                );
            }
            "other" => {
                let error = ours.expect_err(&row.id);
                assert!(
                    matches!(error, RequestError::JsonRpc(_)),
                    "{}: {error:?}",
                    row.id
                );
            }
            "error" => assert!(ours.is_err(), "{}: {ours:?}", row.id),
            kind => panic!("{kind}"),
        }
    }
    let counts: Vec<(Deviation, usize)> = deviations.into_iter().collect();
    let expected = [
        (Deviation::NumberOutOfU8, 12),
        (Deviation::KeyCase, 2),
        (Deviation::Duplicate, 1),
        (Deviation::LoneSurrogate, 4),
        (Deviation::MinusZero, 1),
        (Deviation::InvalidUtf8, 14),
        (Deviation::Header, 2),
        (Deviation::Spelling, 1),
        (Deviation::Unclosed, 61),
        (Deviation::NotAnObject, 5),
    ];
    assert_eq!(counts, expected);
    assert_eq!((matched, latest), (322, 18));
}

/// None, or 0: the newest.
fn names_no_version(request: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(request).into_iter::<Value>();
    let request = values.next().unwrap().unwrap();
    request["params"]["version"].as_u64().unwrap_or_default() == 0
}

/// Rows of replies that a JSON-RPC client can get from us: a success without keys.
#[test]
fn successes_of_the_vectors_are_written_as_upstream_does() {
    let (mut same, mut fuller, mut not_ours) = (0, 0, 0);
    for row in rows().into_iter().filter(|row| row.op == "encode_connack") {
        let connack = row.connack.unwrap();
        let upstream: Value = serde_json::from_str(&row.result.json.unwrap()).unwrap();
        // No session keys over JSON-RPC, no header, no session of version 0 or above ours, no
        // refusal in `result`.
        let is_ours = connack.reason_code == 1
            && connack.server_key_hex.is_empty()
            && upstream["result"].get("header").is_none()
            && upstream["result"].get("salt").is_none()
            && (1..=6).contains(&connack.server_version);
        if !is_ours {
            not_ours += 1;
            continue;
        }
        let reply = success(&row.req_id, &connack);
        // What is zero or empty, Go leaves out.
        let mut full = upstream.clone();
        full["id"] = json!(row.req_id);
        let (version, diff) = (json!(connack.server_version), json!(connack.time_diff));
        let node = json!(connack.node_id);
        let camel = [
            ("serverVersion", &version),
            ("timeDiff", &diff),
            ("reasonCode", &json!(1)),
            ("nodeId", &node),
        ];
        for (key, value) in camel {
            full["result"][key] = value.clone();
        }
        let is_same = full == upstream;
        // Newer than the rows: every member in snake_case too, and no keys said as empty ones.
        let snake = [
            ("server_version", &version),
            ("time_diff", &diff),
            ("reason_code", &json!(1)),
            ("node_id", &node),
        ];
        let empty = json!("");
        let no_keys = ["serverKey", "server_key", "salt"].map(|key| (key, &empty));
        for (key, value) in snake.into_iter().chain(no_keys) {
            full["result"][key] = value.clone();
        }
        assert_eq!(
            serde_json::from_str::<Value>(&reply).unwrap(),
            full,
            "{}",
            row.id
        );
        if is_same { same += 1 } else { fuller += 1 }
    }
    assert_eq!((same, fuller, not_ours), (34, 6, 43));
}

fn success(id: &str, connack: &Connack) -> String {
    let request = json!({
        "method": "connect", "id": id,
        "params": {"uid": "u", "token": "t", "version": connack.server_version, "clientTimestamp": 1},
    });
    let pending = pending(request.to_string().as_bytes());
    let verified = guest(Timestamp::from_millis(connack.time_diff.wrapping_add(1)));
    let options = OPTIONS.with_node_id(connack.node_id);
    let answer = pending.handshake().unwrap().answer(Ok(verified), &options);
    assert!(answer.outcome.is_ok());
    String::from_utf8(answer.reply).unwrap()
}

fn pending(bytes: &[u8]) -> ConnectRequest {
    let received = Acceptor::new().with_json_rpc().push(bytes);
    received.unwrap().expect("the request is complete")
}

fn guest(now: Timestamp) -> Verified {
    Verified::dangerously_unverified("u", DeviceFlag::App, DeviceLevel::Slave, now)
}

#[derive(Deserialize)]
struct Captured {
    dir: String,
    protocol: String,
    packet: String,
    case: String,
    text: Option<String>,
}

#[test]
fn captured_easysdk_sessions_are_read_byte_by_byte() {
    let rows = crate::common::vectors::<Captured>("sdk_captures.jsonl");
    let connects = rows
        .iter()
        .filter(|row| row.protocol == "jsonrpc" && row.dir == "c2s" && row.packet == "connect");
    let mut seen = 0;
    for row in connects {
        let text = row.text.as_ref().unwrap();
        let sent: Value = serde_json::from_str(text).unwrap();
        for padding in ["", " \r\n\t "] {
            let bytes = [padding, text, "{\"method\":\"ping\"}"]
                .concat()
                .into_bytes();
            let mut acceptor = Acceptor::new().with_json_rpc();
            let mut chunks = bytes.chunks(1);
            let pending = chunks
                .find_map(|byte| acceptor.push(byte).unwrap())
                .unwrap();
            assert_eq!(chunks.len(), "{\"method\":\"ping\"}".len());
            let handshake = pending.handshake().unwrap();
            assert_eq!(handshake.protocol(), Protocol::JsonRpc);
            let credentials = handshake.credentials();
            assert_eq!(
                credentials.uid,
                sent["params"]["uid"].as_str().unwrap(),
                "{}",
                row.case
            );
            assert_eq!(
                credentials.token.expose_secret(),
                sent["params"]["token"].as_str().unwrap()
            );
            assert!(!credentials.facts.device_flag_missing);
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn refusals_are_an_error_with_the_same_id() {
    let bytes = br#"{"method":"connect","id":"a\"b<","params":{"uid":"u","token":"t"}}"#;
    let pending = pending(bytes);
    let handshake = pending.handshake().unwrap();
    let verdict = verify(&MemoryStore::new(), &handshake.credentials(), NOW);
    let answer = handshake.answer(verdict, &OPTIONS);
    assert_eq!(
        answer.outcome.unwrap_err().disposition(),
        Disposition::Reject(ReasonCode::AuthFail)
    );
    assert_eq!(
        String::from_utf8(answer.reply).unwrap(),
        r#"{"jsonrpc":"2.0","id":"a\"b<","error":{"code":2,"message":"auth fail"}}"#
    );
}

/// Invalid JSON still ends where its brackets do, and is rejected when it is read.
#[test]
fn a_backslash_outside_of_a_string_escapes_nothing() {
    assert!(pending(br#"{"method":\}"#).handshake().is_err());
}

#[test]
fn a_disconnect_is_a_notification_that_stays_one_line() {
    assert_eq!(
        disconnect_notification(ReasonCode::ConnectKick, "a\"b\n"),
        r#"{"jsonrpc":"2.0","method":"disconnect","params":{"reasonCode":12,"reason":"a\"b\n"}}"#
    );
}

#[test]
fn a_full_buffer_takes_no_part_of_a_reply() {
    let pending = pending(br#"{"method":"connect","id":"1","params":{"uid":"u","token":"t"}}"#);
    let mut small = [0xee; 10];
    let handshake = pending.handshake().unwrap();
    let whole = handshake.refuse(ReasonCode::AuthFail);
    handshake.refuse_into(ReasonCode::AuthFail, &mut &mut small[..]);
    let mut just_enough = vec![0xee; whole.len()];
    handshake.refuse_into(ReasonCode::AuthFail, &mut &mut just_enough[..]);
    assert_eq!(just_enough, whole);
    let refused = handshake.answer_into(Ok(guest(NOW)), &OPTIONS, &mut &mut small[..]);
    assert!(matches!(
        refused.unwrap_err(),
        HandshakeError::NotAccepted {
            error: AcceptError::Encode(EncodeError::BufferFull { remaining: 10, .. }),
            ..
        }
    ));
    assert_eq!(small, [0xee; 10]);
}

#[test]
fn camel_case_wins_over_snake_case_and_null_counts_as_absent() {
    let read = |params: &str| {
        let request = format!(r#"{{"method":"connect","id":"1","params":{{{params}}}}}"#);
        let request = pending(request.as_bytes());
        let handshake = request.handshake().map_err(|error| error.label())?;
        let Credentials {
            device_flag,
            device_id,
            uid,
            ..
        } = handshake.credentials();
        let verified = Verified::dangerously_unverified(uid, device_flag, DeviceLevel::Slave, NOW);
        let reply = handshake.answer(Ok(verified), &OPTIONS).reply;
        let reply: Value = serde_json::from_slice(&reply).unwrap();
        let time_diff = reply["result"]["timeDiff"].as_i64().unwrap();
        Ok((u8::from(device_flag), device_id.to_owned(), time_diff))
    };
    let now = NOW.as_millis();
    let malformed = Err("json_rpc_malformed");
    let ok = |flag, id: &str, time_diff| Ok((flag, id.to_owned(), time_diff));
    let cases = [
        ("", ok(0, "", 0)),
        (r#""deviceFlag":1,"deviceId":"c""#, ok(1, "c", 0)),
        (r#""device_flag":2,"device_id":"s""#, ok(2, "s", 0)),
        (r#""deviceFlag":1,"device_flag":2"#, ok(1, "", 0)),
        (r#""device_flag":2,"deviceFlag":1"#, ok(1, "", 0)),
        (r#""device_id":"s","deviceId":"c""#, ok(0, "c", 0)),
        (r#""device_id":"s","deviceId":null"#, ok(0, "s", 0)),
        (r#""deviceFlag":null,"device_flag":2"#, ok(2, "", 0)),
        (r#""deviceFlag":0,"device_flag":2"#, ok(0, "", 0)),
        (r#""clientTimestamp":7"#, ok(0, "", now - 7)),
        (r#""client_timestamp":7"#, ok(0, "", now - 7)),
        (
            r#""client_timestamp":7,"clientTimestamp":9"#,
            ok(0, "", now - 9),
        ),
        // Without a time there is no difference to it.
        (r#""client_timestamp":7,"clientTimestamp":0"#, ok(0, "", 0)),
        (r#""clientTimestamp":null"#, ok(0, "", 0)),
        // The type of either counts, and neither may be there twice.
        (r#""deviceFlag":1,"device_flag":"2""#, malformed.clone()),
        (r#""client_key":7"#, malformed.clone()),
        (r#""clientKey":"","client_key":7"#, malformed.clone()),
        (r#""device_flag":1,"device_flag":1"#, malformed.clone()),
        (r#""deviceId":null,"deviceId":"c""#, malformed),
    ];
    for (params, expected) in cases {
        assert_eq!(read(params), expected, "{params}");
    }
}

#[test]
fn a_version_that_is_missing_or_0_is_the_newest() {
    let cases = [
        (r#""uid":"u""#, 6),
        (r#""version":null"#, 6),
        (r#""version":0"#, 6),
        (r#""version":1"#, 1),
        (r#""version":5"#, 5),
        (r#""version":255"#, 6),
    ];
    for (params, expected) in cases {
        let request = format!(r#"{{"method":"connect","id":"1","params":{{{params}}}}}"#);
        let request = pending(request.as_bytes());
        let handshake = request.handshake().unwrap();
        assert_eq!(handshake.session_version(), expected, "{params}");
    }
}

/// A client that sent no flag is treated as APP, and the cause's fix says so.
#[test]
fn a_missing_device_flag_is_kept_as_a_fact() {
    let store = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("t"), DeviceLevel::Slave);
    store.insert("u", DeviceFlag::Web, record);
    for (params, missing) in [
        (r#"{"uid":"u","token":"t"}"#, true),
        (r#"{"uid":"u","token":"t","deviceFlag":null}"#, true),
        (r#"{"uid":"u","token":"t","deviceFlag":0}"#, false),
        (r#"{"uid":"u","token":"t","device_flag":0}"#, false),
    ] {
        let request = format!(r#"{{"method":"connect","id":"1","params":{params}}}"#);
        let pending = pending(request.as_bytes());
        let handshake = pending.handshake().unwrap();
        let credentials = handshake.credentials();
        assert_eq!(credentials.device_flag, DeviceFlag::App);
        assert_eq!(credentials.facts.device_flag_missing, missing, "{params}");
        let error = verify(&store, &credentials, NOW).unwrap_err();
        assert_eq!(error.cause().label(), "issued_for_other_flag");
        let says_so = error
            .fix()
            .to_string()
            .starts_with("The client sent no device flag");
        assert_eq!(says_so, missing, "{params}");
    }
}

#[test]
fn limits_hold_and_other_shapes_are_errors() {
    struct Case {
        what: &'static str,
        bytes: Vec<u8>,
        error: JsonRpcError,
    }
    let request = |id: &str, extra: &str| {
        format!(r#"{{"method":"connect","id":"{id}","params":{{"uid":"u"}}{extra}}}"#).into_bytes()
    };
    let cases = [
        Case {
            what: "batch",
            bytes: b" [".to_vec(),
            error: JsonRpcError::Batch,
        },
        Case {
            what: "deep",
            bytes: [b"{\"a\":".to_vec(), b"[".repeat(16)].concat(),
            error: JsonRpcError::TooDeep { max: 16 },
        },
        Case {
            what: "members",
            bytes: [b"{\"a\":[".to_vec(), b"0,".repeat(256)].concat(),
            error: JsonRpcError::TooManyMembers { max: 256 },
        },
        Case {
            what: "whitespace",
            bytes: b" ".repeat(8193),
            error: JsonRpcError::TooLarge { max: 8192 },
        },
        Case {
            what: "one string",
            bytes: [b"{\"".to_vec(), b"x".repeat(8191)].concat(),
            error: JsonRpcError::TooLarge { max: 8192 },
        },
        Case {
            what: "id",
            bytes: request(&"i".repeat(1025), ""),
            error: JsonRpcError::IdTooLong {
                len: 1025,
                max: 1024,
            },
        },
        Case {
            what: "version",
            bytes: request("1", r#","jsonrpc":"1.0""#),
            error: JsonRpcError::Version,
        },
        Case {
            what: "method",
            bytes: br#"{"method":"send","id":"1","params":{}}"#.to_vec(),
            error: JsonRpcError::NotConnect,
        },
        Case {
            what: "not UTF-8",
            bytes: b"{\"a\":\"\xff\"}".to_vec(),
            error: JsonRpcError::Malformed { line: 1, column: 7 },
        },
        Case {
            what: "not UTF-8 in the second line",
            bytes: b"{\n \"a\":\"\xff\"}".to_vec(),
            error: JsonRpcError::Malformed { line: 2, column: 7 },
        },
        Case {
            what: "crossed brackets",
            bytes: b"{\"a\":[}]".to_vec(),
            error: JsonRpcError::Malformed { line: 1, column: 7 },
        },
    ];
    for Case { what, bytes, error } in cases {
        let outcome = |chunks: &mut dyn Iterator<Item = &[u8]>| {
            let mut acceptor = Acceptor::new().with_json_rpc();
            for chunk in chunks {
                if let Some(pending) = acceptor.push(chunk)? {
                    return pending.handshake().map(|_| ());
                }
            }
            Ok(())
        };
        let expected = Err(RequestError::JsonRpc(error));
        assert_eq!(
            outcome(&mut std::iter::once(bytes.as_slice())),
            expected,
            "{what}"
        );
        assert_eq!(
            outcome(&mut bytes.chunks(1)),
            expected,
            "{what}, byte by byte"
        );
        assert_eq!(RequestError::JsonRpc(error).to_string(), error.to_string());
    }
}

#[test]
fn the_longest_id_is_taken() {
    let id = "i".repeat(1024);
    let request = json!({"method": "connect", "id": id, "params": {"uid": "u", "token": "t"}});
    let pending = pending(request.to_string().as_bytes());
    assert!(pending.handshake().is_ok());
}

#[test]
fn every_json_rpc_error_has_its_message_and_label() {
    let cases = [
        (
            JsonRpcError::Batch,
            "json_rpc_batch",
            "a batch of JSON-RPC requests is not supported",
        ),
        (
            JsonRpcError::IdTooLong { len: 2, max: 1 },
            "json_rpc_id_too_long",
            "the JSON-RPC id has 2 bytes, at most 1 are accepted",
        ),
        (
            JsonRpcError::Malformed { line: 1, column: 2 },
            "json_rpc_malformed",
            "the JSON-RPC request is malformed at line 1 column 2",
        ),
        (
            JsonRpcError::NotConnect,
            "json_rpc_not_connect",
            "the first JSON-RPC request is not connect",
        ),
        (
            JsonRpcError::TooDeep { max: 16 },
            "json_rpc_too_deep",
            "the JSON-RPC request is nested deeper than 16 levels",
        ),
        (
            JsonRpcError::TooLarge { max: 9 },
            "json_rpc_too_large",
            "the JSON-RPC request has more than 9 bytes",
        ),
        (
            JsonRpcError::TooManyMembers { max: 9 },
            "json_rpc_too_many_members",
            "the JSON-RPC request has more than 9 members",
        ),
        (
            JsonRpcError::Version,
            "json_rpc_version",
            "the JSON-RPC version is not 2.0",
        ),
    ];
    for (error, label, text) in cases {
        assert_eq!((error.label(), error.to_string().as_str()), (label, text));
    }
}

#[test]
fn no_token_is_printed() {
    let bytes = br#"{"method":"connect","id":"1","params":{"uid":"u","token":"CANARY"}}"#;
    let pending = pending(bytes);
    let handshake = pending.handshake().unwrap();
    assert!(format!("{handshake:?}").contains("PresentedToken(len=6 sha256="));
    for text in [
        format!("{pending:?}"),
        format!("{handshake:?}"),
        format!("{handshake:#?}"),
    ] {
        assert!(text.contains(" {") && !text.contains("CANARY"), "{text}");
    }
}

/// Told from the bytes and upstream's outcome, not from ours.
fn deviation(row: &Row, bytes: &[u8]) -> Option<Deviation> {
    let upstream_connects = row.result.kind == "connect";
    let begins_with = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if !upstream_connects {
        return match begins_with {
            Some(b'{') if !is_closed(bytes) => Some(Deviation::Unclosed),
            None => Some(Deviation::Unclosed),
            Some(b'{') if row.cat == "header" => Some(Deviation::Header),
            Some(b'{' | b'[') => None,
            Some(_) => Some(Deviation::NotAnObject),
        };
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(Deviation::InvalidUtf8);
    };
    let request: Value = match serde_json::Deserializer::from_str(text)
        .into_iter()
        .next()
        .unwrap()
    {
        Ok(request) => request,
        Err(error)
            if error.to_string().contains("surrogate")
                || error.to_string().contains("hex escape") =>
        {
            return Some(Deviation::LoneSurrogate);
        }
        Err(error) => panic!("{}: {error}", row.id),
    };
    let params = &request["params"];
    let out_of_u8 = |key| {
        params[key]
            .as_i64()
            .is_some_and(|number| u8::try_from(number).is_err())
    };
    if text.contains(":-0}") {
        Some(Deviation::MinusZero)
    } else if out_of_u8("deviceFlag") || out_of_u8("version") {
        Some(Deviation::NumberOutOfU8)
    } else if row.cat == "keys" && text.matches("\"method\"").count() > 1 {
        Some(Deviation::Duplicate)
    } else if ["rpc-keys-0003", "rpc-id_raw-0008"].contains(&row.id.as_str()) {
        Some(Deviation::KeyCase)
    } else if params.get("device_flag").is_some() {
        Some(Deviation::Spelling)
    } else {
        None
    }
}

/// Whether the first object is closed: brackets outside of strings, whatever their kind.
fn is_closed(bytes: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for byte in bytes {
        match (in_string, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (_, false, b'"') => in_string = !in_string,
            (false, _, b'{' | b'[') => depth += 1,
            (false, _, b'}' | b']') => {
                depth -= 1;
                if depth == 0 {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
