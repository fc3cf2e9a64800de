//! What the server sends: the answer to connect, and the notification that ends a session.

use alloc::string::{String, ToString};

use serde::Serialize;

use crate::wire::reason_code::ReasonCode;

const VERSION: &str = "2.0";

/// The content of a success. Time diff and reason code are always present: SDKs read them
/// unconditionally.
#[derive(Clone, Copy)]
pub(crate) struct Accepted {
    pub(crate) server_version: u8,
    pub(crate) time_diff: i64,
    pub(crate) reason_code: u8,
    pub(crate) node_id: u64,
}

#[derive(Serialize)]
struct Failure<'a> {
    jsonrpc: &'a str,
    id: &'a str,
    error: Reason<'a>,
}

#[derive(Serialize)]
struct Reason<'a> {
    code: u8,
    message: &'a str,
}

#[derive(Serialize)]
struct Disconnect<'a> {
    jsonrpc: &'a str,
    method: &'a str,
    params: DisconnectParams<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DisconnectParams<'a> {
    reason_code: u8,
    reason: &'a str,
}

/// `{"jsonrpc":"2.0","id":…,"result":{…}}`. Every accepted client gets one, and all of it but the id
/// is numbers: a serializer would look for something to escape in each name.
pub(crate) fn json_success(id: &str, result: Accepted) -> String {
    let mut digits = [itoa::Buffer::new(); 4];
    let [server_version, time_diff, reason_code, node_id] = &mut digits;
    [
        r#"{"jsonrpc":"2.0","id":"#,
        &json(id),
        r#","result":{"serverVersion":"#,
        server_version.format(result.server_version),
        r#","timeDiff":"#,
        time_diff.format(result.time_diff),
        r#","reasonCode":"#,
        reason_code.format(result.reason_code),
        r#","nodeId":"#,
        node_id.format(result.node_id),
        "}}",
    ]
    .concat()
}

/// `{"jsonrpc":"2.0","id":…,"error":{"code":…,"message":…}}`. Upstream puts the reason into
/// `result`, which most EasySDKs take for a success (PROTOCOL §6).
pub(crate) fn json_refusal(id: &str, reason: ReasonCode) -> String {
    let error = Reason {
        code: reason.wire(),
        message: &reason.to_string(),
    };
    json(&Failure {
        jsonrpc: VERSION,
        id,
        error,
    })
}

/// The notification that ends a JSON-RPC session, as DISCONNECT ends a binary one.
///
/// ```
/// use wukongim_auth::frame::ReasonCode;
/// use wukongim_auth::session::disconnect_notification;
///
/// assert_eq!(
///     disconnect_notification(ReasonCode::ConnectKick, "login on another device"),
///     r#"{"jsonrpc":"2.0","method":"disconnect","params":{"reasonCode":12,"reason":"login on another device"}}"#,
/// );
/// ```
#[must_use]
pub fn disconnect_notification(reason: ReasonCode, text: &str) -> String {
    let params = DisconnectParams {
        reason_code: reason.wire(),
        reason: text,
    };
    json(&Disconnect {
        jsonrpc: VERSION,
        method: "disconnect",
        params,
    })
}

/// A string, or strings and numbers under string keys: serialising them cannot fail.
fn json(message: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(message).unwrap_or_default()
}
