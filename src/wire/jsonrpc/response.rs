//! The server's messages: the response to connect, and the notification that ends a session.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use serde::Serialize;

use crate::wire::reason_code::ReasonCode;

const VERSION: &str = "2.0";

/// The content of a success, apart from its reason code. Every member is always present, because
/// SDKs read them unconditionally.
#[derive(Clone, Copy)]
pub(crate) struct Accepted {
    pub(crate) server_version: u8,
    pub(crate) time_diff: i64,
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

/// `{"jsonrpc":"2.0","id":…,"result":{…}}` with every member in camelCase and in snake_case,
/// because the Android EasySDK reads only the latter.
///
/// Every accepted client gets one, and everything in it except the id is a number. It is put
/// together by hand, because a serializer would search each name for characters to escape.
pub(crate) fn json_success(id: &str, result: Accepted) -> String {
    let mut digits = [itoa::Buffer::new(); 3];
    let [server_version, time_diff, node_id] = &mut digits;
    let server_version = server_version.format(result.server_version);
    let time_diff = time_diff.format(result.time_diff);
    let node_id = node_id.format(result.node_id);
    let (quote, id) = quoted(id);
    [
        r#"{"jsonrpc":"2.0","id":"#,
        quote,
        &id,
        quote,
        r#","result":{"serverVersion":"#,
        server_version,
        r#","server_version":"#,
        server_version,
        // JSON-RPC has no session keys.
        r#","serverKey":"","server_key":"","salt":"","timeDiff":"#,
        time_diff,
        r#","time_diff":"#,
        time_diff,
        // Success is reason code 1.
        r#","reasonCode":1,"reason_code":1,"nodeId":"#,
        node_id,
        r#","node_id":"#,
        node_id,
        "}}",
    ]
    .concat()
}

/// `{"jsonrpc":"2.0","id":…,"error":{"code":…,"message":…}}`. Upstream puts the reason into
/// `result`, which most EasySDKs mistake for a success (PROTOCOL §6).
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

/// Returns the notification that ends a JSON-RPC session, as DISCONNECT ends a binary one.
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

/// A JSON string, as the quotes to write around the text and the text. Ids rarely contain anything
/// to escape, and then need neither a serializer nor a buffer.
fn quoted(text: &str) -> (&'static str, Cow<'_, str>) {
    // There is no early return, so that the compiler can check many bytes at once.
    let is_plain = text.bytes().fold(true, |is_plain, byte| {
        is_plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\')
    });
    match is_plain {
        true => ("\"", Cow::Borrowed(text)),
        false => ("", Cow::Owned(json(text))),
    }
}

/// Serialises a string, or strings and numbers under string keys, which cannot fail.
fn json(message: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::{json, quoted};

    #[test]
    fn quoted_text_is_what_the_serializer_writes() {
        for number in 0..=0x100 {
            let text = format!("a{}é", char::from_u32(number).unwrap());
            let (quote, inner) = quoted(&text);
            assert_eq!(format!("{quote}{inner}{quote}"), json(&text));
        }
    }
}
