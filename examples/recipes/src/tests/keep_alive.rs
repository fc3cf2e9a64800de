//! PINGs among other messages.

use wukongim_auth::session::Protocol;

use crate::keep_alive::{answer_frames, answer_pings};

#[test]
fn pings_are_answered_however_the_bytes_are_cut() {
    let sent = b"\x70\x30\x03\x70\x70\x70\x70\x60\x00\x70";
    for size in 1..=sent.len() {
        let (mut received, mut replies) = (Vec::new(), Vec::new());
        for chunk in sent.chunks(size) {
            received.extend_from_slice(chunk);
            replies.extend(answer_frames(&mut received).unwrap());
        }
        assert_eq!(replies, [0x80; 3], "in chunks of {size}");
        assert!(received.is_empty());
    }
    assert!(answer_frames(&mut vec![0x00]).is_err(), "no frame");
}

#[test]
fn json_rpc_is_answered_if_it_is_a_ping() {
    let pong = r#"{"id":"7","jsonrpc":"2.0","result":null}"#;
    for (message, expected) in [
        (r#"{"method":"ping","params":{},"id":"7"}"#, pong),
        (r#" {"jsonrpc":"2.0","id":"7","method":"ping"} "#, pong),
        (r#"{"method":"send","id":"7"}"#, ""),
        (r#"{"method":"ping"}"#, ""),
        (r#"{"method":7,"id":"7"}"#, ""),
        (r#"["ping"]"#, ""),
        ("{", ""),
        ("", ""),
    ] {
        let mut received = message.as_bytes().to_vec();
        let reply = answer_pings(Protocol::JsonRpc, &mut received).unwrap();
        assert_eq!(String::from_utf8(reply).unwrap(), expected, "{message}");
        assert!(received.is_empty(), "{message}");
    }
}
