//! A JSON-RPC request that upstream would read differently. Go takes `UID` for `uid`, and the last
//! of the two, so a client that was verified as one user would be connected as another.

use serde_json::{Map, Value};

/// The members that upstream reads, in a request and in its `params`.
const OF_REQUEST: [&str; 4] = ["jsonrpc", "method", "id", "params"];
const OF_PARAMS: [&str; 11] = [
    "uid",
    "token",
    "deviceFlag",
    "device_flag",
    "deviceId",
    "device_id",
    "clientTimestamp",
    "client_timestamp",
    "clientKey",
    "client_key",
    "version",
];

/// Whether a member's name has another case than the known one. The crate itself rejects duplicate
/// members.
pub fn is_ambiguous(request: &[u8]) -> bool {
    let Ok(Value::Object(request)) = serde_json::from_slice(request) else {
        return false;
    };
    let params = request.get("params").and_then(Value::as_object);
    has_folded(&request, &OF_REQUEST) || params.is_some_and(|params| has_folded(params, &OF_PARAMS))
}

/// Whether Go takes a name for one of these, and this crate does not.
fn has_folded(object: &Map<String, Value>, known: &[&str]) -> bool {
    let is_folded = |name: &str| {
        !known.contains(&name) && known.iter().any(|known| folded(known) == folded(name))
    };
    object.keys().any(|name| is_folded(name))
}

/// Folds as Go does: some letters of the names that upstream knows have further forms in Unicode.
pub fn folded(name: &str) -> String {
    let folded = |letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    };
    name.chars().map(folded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_go_takes_for_a_known_member_is_found() {
        for request in [
            r#"{"params":{"uid":"mallory","UID":"victim"}}"#,
            r#"{"params":{"uid":"mallory"},"PARAMS":{"uid":"victim"}}"#,
            r#"{"params":{"uid":"mallory"},"paramſ":{"uid":"victim"}}"#,
            "{\"params\":{\"to\u{212a}en\":\"t\"}}",
            r#"{"Method":"connect"}"#,
            r#"{"params":{"\u0055id":"victim"}}"#,
            r#"{"params":{"deviceflag":0}}"#,
        ] {
            assert!(is_ambiguous(request.as_bytes()), "{request}");
        }
        for request in [
            r#"{"jsonrpc":"2.0","method":"connect","id":"1","params":{"uid":"a","token":"t","deviceFlag":0,"device_flag":0}}"#,
            r#"{"params":{"uid":"a","Uids":"b","trace":{"UID":"c"}},"more":1}"#,
            r#"{"params":null}"#,
            "no JSON",
        ] {
            assert!(!is_ambiguous(request.as_bytes()), "{request}");
        }
    }
}
