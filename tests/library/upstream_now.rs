//! Inputs on which upstream's versions differ, or differ from this crate: as upstream is today, or a
//! difference on purpose, with its reason.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use wukongim_auth::frame::{Limits, ReasonCode};
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest};
use wukongim_auth::{
    AcceptOptions, Acceptor, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Handshake,
    KeyPolicy, MemoryStore, Timestamp, Token, TokenRecord, Verified, Verifier,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

const AS_UPSTREAM: &str = "as upstream";

/// What this crate does with each row, and why where that is not what upstream does today.
#[rustfmt::skip]
const OURS: [(&str, &str, &str); 29] = [
    ("conn-version-0", "20 node_id=false", "a client of version 0 is answered as one that knows no newer fields"),
    ("connect-then-ping", "rest=70", "what a client sends right behind its CONNECT is kept"),
    ("device-flag-3", "accepted", AS_UPSTREAM),
    ("device-flag-7", "accepted", AS_UPSTREAM),
    ("key-33-bytes", "client_key_invalid", AS_UPSTREAM),
    ("quit-257", "device_flag", "a number that is no byte is a mistake, not another number"),
    ("quit-empty-uid", "uid must not be empty", "it would do nothing, and say that all is well"),
    ("quit-minus-2", "device_flag", "a number that is no byte is a mistake, not another number"),
    ("quit-minus-256", "device_flag", "a number that is no byte is a mistake, not another number"),
    ("refusal-version-1", "20 node_id=false", "every client is refused in the layout of its own version"),
    ("refusal-version-3", "20 node_id=false", "every client is refused in the layout of its own version"),
    ("refusal-version-5", "21 node_id=true", "every client is refused in the layout of its own version"),
    ("rpc-both-flags", "version=6 flag=1 device= timestamp=0", AS_UPSTREAM),
    ("rpc-client-timestamp-snake", "version=6 flag=2 device=d timestamp=7", AS_UPSTREAM),
    ("rpc-client-timestamp-snake-type", "json_rpc_malformed", AS_UPSTREAM),
    ("rpc-device-flag-snake-256", "json_rpc_malformed", "a number that is no byte is a mistake, not another number"),
    ("rpc-header-snake-type", "version=6 flag=0 device= timestamp=0", "members that are not used are not looked into"),
    ("rpc-params-null", "version=6 flag=0 device= timestamp=0", AS_UPSTREAM),
    ("rpc-reply-accepted", "nodeId node_id reasonCode reason_code salt serverKey serverVersion server_key server_version timeDiff time_diff", AS_UPSTREAM),
    ("rpc-reply-refused", "error code=2", AS_UPSTREAM),
    ("rpc-version-absent", "version=6 flag=0 device= timestamp=0", AS_UPSTREAM),
    ("token-blank", "token must not be empty", "no client could ever connect with it"),
    ("token-control-in-uid", "control characters", "no client could ever connect with it"),
    ("token-duplicate", "uid", "which of the two is meant cannot be told"),
    ("token-key-case", "uid must not be empty", "names are as documented"),
    ("token-level-2", "device_level 2", "a level that is neither master nor slave acts as neither"),
    ("token-list", "list", AS_UPSTREAM),
    ("token-order", "@, # or &", "refused all the same, with another text"),
    ("token-trailing", "trailing", "the host chooses how it reads"),
];

#[derive(Deserialize)]
struct Row {
    id: String,
    kind: String,
    #[serde(flatten)]
    input: BTreeMap<String, Value>,
}

impl Row {
    fn text(&self, name: &str) -> &str {
        self.input[name].as_str().unwrap()
    }
}

#[test]
fn every_row_is_as_upstream_or_a_difference_with_its_reason() {
    let rows: Vec<Row> = crate::common::vectors("upstream_now.jsonl");
    let mut ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, OURS.map(|(id, ..)| id), "every row has a line");
    for row in &rows {
        let (_, expected, reason) = OURS.iter().find(|(id, ..)| *id == row.id).unwrap();
        let ours = outcome(row);
        let is_error_text = matches!(row.kind.as_str(), "user_token" | "device_quit");
        let holds = match is_error_text {
            true => ours.contains(expected),
            false => ours == *expected,
        };
        assert!(holds, "{}: {ours:?}, not {expected:?} ({reason})", row.id);
    }
}

fn outcome(row: &Row) -> String {
    match row.kind.as_str() {
        "jsonrpc" => json_rpc(row.text("text")),
        "jsonrpc_reply" => json_rpc_reply(&row.id),
        "connect" => connack(&hex::decode(row.text("hex")).unwrap(), row.id.as_str()),
        "verify" => custom_flag(row.input["device_flag"].as_u64().unwrap()),
        "client_key" => client_key(row.text("client_key")),
        "user_token" => issue(row.text("body")),
        "device_quit" => quit(row.text("body")),
        kind => panic!("{kind}"),
    }
}

fn guest(handshake: &Handshake<'_>) -> Verified {
    let Credentials {
        uid, device_flag, ..
    } = handshake.credentials();
    Verified::dangerously_unverified(uid, device_flag, DeviceLevel::Slave, NOW)
}

fn json_rpc(text: &str) -> String {
    let request = Acceptor::new().with_json_rpc().push(text.as_bytes());
    let request = request.unwrap().expect("it is complete");
    let handshake = match request.handshake() {
        Ok(handshake) => handshake,
        Err(error) => return error.label().to_owned(),
    };
    let credentials = handshake.credentials();
    let options = AcceptOptions::new(KeyPolicy::Never);
    let answer = handshake.answer(Ok(guest(&handshake)), &options);
    let reply: Value = serde_json::from_slice(&answer.reply).unwrap();
    let diff = reply["result"]["timeDiff"].as_i64().unwrap();
    let timestamp = if diff == 0 { 0 } else { NOW.as_millis() - diff };
    format!(
        "version={} flag={} device={} timestamp={timestamp}",
        handshake.session_version(),
        u8::from(credentials.device_flag),
        credentials.device_id,
    )
}

/// The members of the result, sorted, or the code of the error.
fn json_rpc_reply(id: &str) -> String {
    let request = br#"{"method":"connect","id":"1","params":{"uid":"u","token":"t"}}"#;
    let (handshake, _) = Handshake::read_with_json_rpc(request, Limits::default()).unwrap();
    let reply = match id {
        "rpc-reply-refused" => handshake.refuse(ReasonCode::AuthFail),
        _ => {
            let options = AcceptOptions::new(KeyPolicy::Never);
            handshake.answer(Ok(guest(&handshake)), &options).reply
        }
    };
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    match reply["result"].as_object() {
        Some(result) => {
            let names: Vec<_> = result.keys().map(String::as_str).collect();
            names.join(" ")
        }
        None => format!("error code={}", reply["error"]["code"]),
    }
}

/// First byte and whether there is a node id, or what is left behind the request.
fn connack(bytes: &[u8], id: &str) -> String {
    let (handshake, rest) = Handshake::read(bytes, Limits::default()).unwrap();
    if !rest.is_empty() {
        return format!("rest={}", hex::encode(rest));
    }
    let options = AcceptOptions::new(KeyPolicy::Never).with_node_id(1001);
    let reply = match id.starts_with("refusal") {
        true => handshake.refuse(ReasonCode::AuthFail),
        false => handshake.answer(Ok(guest(&handshake)), &options).reply,
    };
    // first byte, length, [version], time diff, reason, two empty strings, [node id]
    let has_version = reply[0] & 1 == 1;
    let without_node_id = 2 + usize::from(has_version) + 8 + 1 + 4;
    let has_node_id = reply.len() == without_node_id + 8;
    format!("{:02x} node_id={has_node_id}", reply[0])
}

fn custom_flag(number: u64) -> String {
    let flag = DeviceFlag::from(u8::try_from(number).unwrap());
    let store = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("right"), DeviceLevel::Slave);
    store.insert("dave", flag, record);
    let verifier = Verifier::new().with_device_flags(DeviceFlags::CLIENTS.with(flag));
    let credentials = Credentials::new("dave", flag, "right");
    match verifier.verify(&store, &credentials, NOW) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.label().to_owned(),
    }
}

fn client_key(key: &str) -> String {
    let mut connect = wukongim_auth::frame::Connect::new(4, "u", DeviceFlag::App, "t");
    connect.client_key = key;
    let mut bytes = Vec::new();
    connect.encode(Default::default(), &mut bytes).unwrap();
    let (handshake, _) = Handshake::read(&bytes, Limits::default()).unwrap();
    let options = AcceptOptions::new(KeyPolicy::Required);
    match handshake.answer(Ok(guest(&handshake)), &options).outcome {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.label().to_owned(),
    }
}

fn issue(body: &str) -> String {
    let request = match serde_json::from_str::<IssueTokenRequest>(body) {
        Ok(request) => request,
        Err(error) => return error.to_string(),
    };
    match request.into_registration(DeviceFlags::CLIENTS, Limits::default()) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn quit(body: &str) -> String {
    let request = match serde_json::from_str::<DeviceQuitRequest>(body) {
        Ok(request) => request,
        Err(error) => return error.to_string(),
    };
    match request.into_flags(DeviceFlags::CLIENTS) {
        Ok((_, flags)) => format!("accepted: {flags}"),
        Err(error) => error.to_string(),
    }
}
