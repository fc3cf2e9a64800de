// What has to hold for a JSON-RPC request to connect: it ends where its brackets do, and is taken
// exactly when serde_json's own reading of it has the shape of PROTOCOL §6.
//
// Input: mode, a byte to spoil, then bytes. Mode 0 takes them as text behind an opening brace (with
// runs); mode 1 picks members and values that are near to valid.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use wukongim_auth::frame::Limits;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{
    AcceptOptions, Acceptor, ConnectRequest, DeviceFlag, DeviceLevel, Handshake, KeyPolicy,
    Timestamp, Verified, verify_record,
};

include!("reference_framing.rs");
include!("input.rs");

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// No keys are agreed over JSON-RPC.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

fn jsonrpc(data: &[u8]) {
    let mut input = Input(data);
    let is_text = !input.chance();
    let spoilt = input.chance().then(|| (input.number(), input.byte()));
    let mut bytes = match is_text {
        true => text(&mut input),
        false => near_valid(&mut input),
    };
    if let Some((at, byte)) = spoilt {
        let at = at % bytes.len();
        bytes[at] = byte;
    }
    let max = Limits::default().max_body();
    let extent = extent(&bytes, max);
    match (Acceptor::new().with_json_rpc().push(&bytes), extent) {
        (Ok(None), Extent::Open) | (Err(_), Extent::Refused) => {}
        (Ok(Some(pending)), Extent::Ends { header: 0, end }) => {
            same_reading(&pending, &bytes[..end]);
            assert_eq!(pending.into_remaining(), &bytes[end..]);
        }
        // The spoilt byte may be the first.
        (Ok(Some(_)), Extent::Ends { .. }) => {}
        (received, extent) => panic!("{received:?} where the brackets say {extent:?}"),
    }
}

fn text(input: &mut Input<'_>) -> Vec<u8> {
    let blanks = input.pick(&["", " ", "\r\n\t", "  \n"]);
    [blanks.as_bytes(), b"{", &input.runs(16 * 1024)].concat()
}

const MEMBERS: [&str; 8] = [
    "jsonrpc",
    "method",
    "id",
    "params",
    "Method",
    "extra",
    "\\u0069d",
    "met\\u0068od",
];
const PARAMS: [&str; 16] = [
    "uid",
    "token",
    "deviceFlag",
    "device_flag",
    "deviceId",
    "device_id",
    "clientTimestamp",
    "clientKey",
    "version",
    "header",
    "UID",
    "\\u0075id",
    "tok\\u0065n",
    "",
    "client_timestamp",
    "client_key",
];
const VALUES: [&str; 32] = [
    "\"connect\"",
    "\"2.0\"",
    "\"1\"",
    "\"\"",
    "\"alice\"",
    "\"s3cret\"",
    "null",
    "0",
    "1",
    "255",
    "256",
    "-1",
    "-0",
    "1.0",
    "1e2",
    "01",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1e999",
    "true",
    "false",
    "{}",
    "[]",
    "{\"a\":[1,{\"}\":\"]\"}]}",
    "\"\\\"}\\\\\"",
    "\"\\ud83d\\ude42\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\u{1F642}\"",
    "\"\\x\"",
    "",
];

fn near_valid(input: &mut Input<'_>) -> Vec<u8> {
    let mut out = String::from(input.pick(&["", " ", "\n\t"]));
    let params = if input.chance() {
        "{\"uid\":\"alice\",\"token\":\"s3cret\"".to_owned()
    } else {
        "{".to_owned()
    };
    let params = members(input, params, &PARAMS) + input.pick(&["}", "}", "}", "]", ",}", ""]);
    let params = match input.byte() % 8 {
        7 => None,
        6 => Some("null".to_owned()),
        _ => Some(params),
    };
    let basis = match input.byte() % 4 {
        0 => "{\"method\":\"connect\",\"id\":\"1\"".to_owned(),
        1 => "{\"jsonrpc\":\"2.0\",\"method\":\"connect\",\"id\":\"a\\nb\"".to_owned(),
        2 => format!(
            "{{\"method\":\"connect\",\"id\":\"{}\"",
            "i".repeat(1016 + usize::from(input.byte() % 16))
        ),
        _ => "{".to_owned(),
    };
    let mut basis = members(input, basis, &MEMBERS);
    if let Some(params) = params {
        let comma = if basis.ends_with('{') { "" } else { "," };
        basis += &format!("{comma}\"params\":{params}");
    }
    out += &basis;
    out += input.pick(&["}", "}", "}", "}rest", "}}", "]", ""]);
    out.into_bytes()
}

fn members(input: &mut Input<'_>, mut object: String, names: &[&str]) -> String {
    for _ in 0..input.byte() % 8 {
        let comma = if object.ends_with('{') { "" } else { "," };
        let name = input.pick(names);
        let value = match input.byte() {
            fill @ 0xf0.. => format!(
                "\"{}\"",
                char::from(fill).to_string().repeat(input.number() % 5000)
            ),
            index => VALUES[usize::from(index) % VALUES.len()].to_owned(),
        };
        object += &format!(
            "{comma}{}\"{name}\":{value}",
            input.pick(&["", "", " ", "\r\n"])
        );
    }
    object
}

/// Taken exactly when the protocol says, and then with the same content.
fn same_reading(pending: &ConnectRequest, text: &[u8]) {
    let handshake = pending.handshake();
    match (serde_json::from_slice(text), handshake) {
        (Ok(object), handshake) => match (Expected::of(&object), handshake) {
            (Some(expected), Ok(handshake)) => expected.holds(&handshake),
            (None, Err(_)) => {}
            (expected, handshake) => panic!("{expected:?} became {handshake:?}"),
        },
        (Err(_), Err(_)) => {}
        // A value cannot hold all that JSON can say; it is let pass where nobody looks at it.
        (Err(error), Ok(_)) => assert!(is_beyond_a_value(&error), "{error}"),
    }
}

fn is_beyond_a_value(error: &serde_json::Error) -> bool {
    let text = error.to_string();
    ["number out of range", "surrogate", "hex escape"]
        .iter()
        .any(|words| text.contains(words))
}

/// An object with its duplicates.
#[derive(Debug)]
struct Members(Vec<(String, Node)>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Node {
    Object(Members),
    Value(Value),
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

impl Members {
    /// The member of this name; `None` where there are two.
    fn one(&self, name: &str) -> Option<Option<&Node>> {
        let mut found = self.0.iter().filter(|(found, _)| found == name);
        let first = found.next().map(|(_, value)| value);
        found.next().is_none().then_some(first)
    }

    /// A member that has to be a text.
    fn strict(&self, name: &str) -> Option<&str> {
        match self.one(name)?? {
            Node::Value(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A text; null or nothing is none.
    fn text(&self, name: &str) -> Option<Option<String>> {
        match self.one(name)? {
            None | Some(Node::Value(Value::Null)) => Some(None),
            Some(Node::Value(Value::String(text))) => Some(Some(text.clone())),
            Some(_) => None,
        }
    }

    /// A whole number; null or nothing is none.
    fn number(&self, name: &str) -> Option<Option<i64>> {
        match self.one(name)? {
            None | Some(Node::Value(Value::Null)) => Some(None),
            Some(Node::Value(Value::Number(number))) => number.as_i64().map(Some),
            Some(_) => None,
        }
    }

    fn byte(&self, name: &str) -> Option<Option<u8>> {
        match self.number(name)? {
            None => Some(None),
            Some(number) => u8::try_from(number).ok().map(Some),
        }
    }
}

/// camelCase goes first; both have to be of their type.
fn either<T>(camel: Option<Option<T>>, snake: Option<Option<T>>) -> Option<Option<T>> {
    let snake = snake?;
    Some(camel?.or(snake))
}

/// A request that is to be taken, by PROTOCOL §6.
#[derive(Debug)]
struct Expected {
    id: String,
    uid: String,
    token: String,
    device_id: String,
    device_flag: Option<u8>,
    client_timestamp: i64,
    version: u8,
}

impl Expected {
    fn of(request: &Members) -> Option<Self> {
        if request.one("jsonrpc")?.is_some() && request.strict("jsonrpc")? != "2.0" {
            return None;
        }
        let id = request.strict("id").filter(|id| id.len() <= 1024)?;
        request.strict("method").filter(|name| *name == "connect")?;
        let nothing = Members(Vec::new());
        let params = match request.one("params")?? {
            Node::Object(params) => params,
            Node::Value(Value::Null) => &nothing,
            Node::Value(_) => return None,
        };
        either(params.text("clientKey"), params.text("client_key"))?;
        let device_id = either(params.text("deviceId"), params.text("device_id"))?;
        let client_timestamp = either(
            params.number("clientTimestamp"),
            params.number("client_timestamp"),
        )?;
        let version = params.byte("version")?;
        Some(Expected {
            id: id.to_owned(),
            uid: params.text("uid")?.unwrap_or_default(),
            token: params.text("token")?.unwrap_or_default(),
            device_id: device_id.unwrap_or_default(),
            device_flag: either(params.byte("deviceFlag"), params.byte("device_flag"))?,
            client_timestamp: client_timestamp.unwrap_or(0),
            version: version.filter(|version| *version != 0).unwrap_or(6),
        })
    }

    fn holds(&self, handshake: &Handshake<'_>) {
        let credentials = handshake.credentials();
        let flag = DeviceFlag::from(self.device_flag.unwrap_or(0));
        assert_eq!(
            (credentials.uid, credentials.device_flag),
            (&*self.uid, flag)
        );
        assert_eq!(credentials.token.expose_secret(), self.token);
        assert_eq!(credentials.device_id, self.device_id);
        let is_missing = self.device_flag.is_none();
        assert_eq!(credentials.facts.device_flag_missing, is_missing);
        assert_eq!(handshake.session_version(), self.version.min(6));
        let verdict = verify_record(&credentials, None, NOW);
        let refusal = handshake.answer(verdict, &OPTIONS).reply;
        let message = ReasonCode::AuthFail.to_string();
        let error = json!({ "code": 2, "message": message });
        let expected = json!({ "jsonrpc": "2.0", "id": self.id, "error": error });
        assert_eq!(serde_json::from_slice::<Value>(&refusal).unwrap(), expected);
        self.is_welcomed(handshake);
    }

    fn is_welcomed(&self, handshake: &Handshake<'_>) {
        let flag = handshake.credentials().device_flag;
        let proof = Verified::dangerously_unverified(&self.uid, flag, DeviceLevel::Slave, NOW);
        let answer = handshake.answer(Ok(proof), &OPTIONS);
        assert!(answer.outcome.unwrap().keys().is_none());
        let time_diff = match self.client_timestamp {
            0 => 0,
            client => NOW.as_millis().wrapping_sub(client),
        };
        let version = self.version.min(6);
        let result = json!({
            "serverVersion": version, "server_version": version,
            "serverKey": "", "server_key": "", "salt": "",
            "timeDiff": time_diff, "time_diff": time_diff,
            "reasonCode": 1, "reason_code": 1,
            "nodeId": 0, "node_id": 0,
        });
        let expected = json!({ "jsonrpc": "2.0", "id": self.id, "result": result });
        assert_eq!(
            serde_json::from_slice::<Value>(&answer.reply).unwrap(),
            expected
        );
    }
}
