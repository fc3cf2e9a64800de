//! A session in JSON-RPC 2.0, as the EasySDKs speak it (PROTOCOL §6): `send`, `ping`, `recvack`,
//! `disconnect`. There are no session keys: a payload is plain base64, and only TLS protects it.

use std::borrow::Cow;
use std::io;

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wukongim_auth::Timestamp;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::disconnect_notification;

use crate::conversation::{Conversation, Step};
use crate::json_framing::Objects;
use crate::messages::{MessageIds, seconds};

const VERSION: &str = "2.0";

/// JSON-RPC 2.0's own code.
const METHOD_NOT_FOUND: i64 = -32601;

pub struct Rpc<'a> {
    ids: &'a MessageIds,
    last_seq: u32,
    received: Objects,
}

impl<'a> Rpc<'a> {
    pub fn new(ids: &'a MessageIds) -> Self {
        Rpc {
            ids,
            last_seq: 0,
            received: Objects::default(),
        }
    }

    fn act(&mut self, message: &[u8]) -> io::Result<Step> {
        let request: Request<'_> = parse(message)?;
        if request.jsonrpc != VERSION {
            return Err(io::Error::other("not JSON-RPC 2.0"));
        }
        let replies = match (&*request.method, request.id) {
            ("ping", Some(id)) => vec![result(&id, Value::Null)],
            ("send", Some(id)) => self.send(&id, &parse::<WithParams<'_>>(message)?.params),
            ("disconnect", _) => return Ok(Step::End),
            ("connect", _) => return Err(io::Error::other("a second connect")),
            // recvack, and everything else that an echo server can ignore.
            (_, None) => Vec::new(),
            (_, Some(id)) => vec![error(&id, METHOD_NOT_FOUND, "method not found")],
        };
        Ok(Step::Reply(replies))
    }

    /// The answer to a message, and the message itself, sent back.
    fn send(&mut self, id: &str, message: &Message<'_>) -> Vec<Vec<u8>> {
        if Base64::decode_vec(&message.payload).is_err() {
            let reason = ReasonCode::PayloadDecodeError;
            return vec![error(id, u8::from(reason).into(), &reason.to_string())];
        }
        // A string, because a client in JavaScript would lose digits of a number.
        let message_id = self.ids.next().to_string();
        self.last_seq = self.last_seq.wrapping_add(1);
        let ack = json!({
            "messageId": message_id,
            "messageSeq": self.last_seq,
            "reasonCode": u8::from(ReasonCode::Success),
        });
        let echo = json!({
            "header": message.header,
            "messageId": message_id,
            "messageSeq": self.last_seq,
            "timestamp": seconds(Timestamp::now()),
            "channelId": message.channel_id,
            "channelType": message.channel_type,
            // As if the recipient had sent it back.
            "fromUid": message.channel_id,
            "clientMsgNo": format!("{}e", message.client_msg_no),
            "payload": message.payload,
        });
        let echo = json!({"jsonrpc": VERSION, "method": "recv", "params": echo});
        vec![result(id, ack), echo.to_string().into_bytes()]
    }
}

impl Conversation for Rpc<'_> {
    fn push(&mut self, chunk: &[u8]) {
        self.received.push(chunk);
    }

    fn next(&mut self) -> io::Result<Option<Step>> {
        match self.received.next()? {
            Some(message) => self.act(&message).map(Some),
            None => Ok(None),
        }
    }

    fn kick(&self, why: &str) -> io::Result<Vec<u8>> {
        Ok(disconnect_notification(ReasonCode::ConnectKick, why).into_bytes())
    }
}

/// What all messages of a client have in common. A message without an id is a notification.
#[derive(Deserialize)]
struct Request<'a> {
    /// May be absent, but not null.
    #[serde(default = "version", borrow)]
    jsonrpc: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(default, borrow)]
    id: Option<Cow<'a, str>>,
}

fn version<'a>() -> Cow<'a, str> {
    VERSION.into()
}

#[derive(Deserialize)]
struct WithParams<'a> {
    #[serde(borrow)]
    params: Message<'a>,
}

/// The params of `send`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(borrow)]
    channel_id: Cow<'a, str>,
    channel_type: u8,
    #[serde(default, borrow)]
    client_msg_no: Cow<'a, str>,
    #[serde(default)]
    header: Header,
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Header {
    no_persist: bool,
    red_dot: bool,
    sync_once: bool,
    dup: bool,
}

fn parse<'a, T: Deserialize<'a>>(message: &'a [u8]) -> io::Result<T> {
    serde_json::from_slice(message).map_err(|error| {
        // The error's own message may quote the client's.
        let (line, column) = (error.line(), error.column());
        io::Error::other(format!(
            "a JSON-RPC message that cannot be read at line {line} column {column}"
        ))
    })
}

/// `{"jsonrpc":"2.0","id":…,"result":…}`; SDKs look for `result` even if it is null.
fn result(id: &str, result: Value) -> Vec<u8> {
    let response = json!({"jsonrpc": VERSION, "id": id, "result": result});
    response.to_string().into_bytes()
}

/// `{"jsonrpc":"2.0","id":…,"error":{"code":…,"message":…}}`
fn error(id: &str, code: i64, message: &str) -> Vec<u8> {
    let error = json!({"code": code, "message": message});
    let response = json!({"jsonrpc": VERSION, "id": id, "error": error});
    response.to_string().into_bytes()
}
