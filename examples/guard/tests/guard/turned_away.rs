//! Clients that do not get through: refused, or closed without an answer.

use tokio_tungstenite::tungstenite::Message;
use wukongim_auth::frame::ReasonCode;
use wukongim_test_support::client::{Client, Hello, TRANSPORTS};
use wukongim_test_support::common::refusal;

use crate::clients::{JSON_RPC, read_to_end, send, websocket};
use crate::model::Model;
use crate::setup::{Recorder, before_recorders, guard_before, nobody};

#[test]
fn a_refused_client_is_told_so_and_never_reaches_upstream() {
    let (guard, _model, recorders) = before_recorders(&[]);
    let refused = |bytes: &[u8]| read_to_end(&mut send(guard.tcp, bytes));
    let (reply, is_orderly) = refused(&Hello::new("wrong").connect(""));
    assert_eq!((reply, is_orderly), (refusal(2), true));
    let (reply, _) = refused(JSON_RPC.replace("s3cret", "wrong").as_bytes());
    let reply = String::from_utf8(reply).unwrap();
    assert!(
        reply.contains("\"error\"") || reply.contains("reasonCode"),
        "{reply}"
    );
    guard.log_line("cause=\"mismatch\"");

    for (transport, dial) in TRANSPORTS {
        let refused = Client::connect(dial(&guard), Hello::new("wrong")).err();
        assert_eq!(refused, Some(ReasonCode::AuthFail), "{transport}");
    }
    let mut socket = websocket(&guard);
    socket
        .send(Message::text(JSON_RPC.replace("s3cret", "wrong")))
        .unwrap();
    assert!(socket.read().unwrap().is_text(), "as it was asked");
    assert!(socket.read().unwrap().is_close());
    let heard = recorders.each_ref().map(Recorder::connections);
    assert_eq!(heard, [0, 0], "upstream hears of none of them");
    assert!(!guard.log().contains("s3cret"));
}

#[test]
fn what_is_no_connect_is_closed_without_an_answer() {
    let (guard, _model, recorders) = before_recorders(&["--connect-timeout=1"]);
    for bytes in [&b"\x70"[..], b"GET / HTTP/1.1\r\n\r\n", b""] {
        let (reply, is_orderly) = read_to_end(&mut send(guard.tcp, bytes));
        assert_eq!(
            (reply.as_slice(), is_orderly),
            (&b""[..], true),
            "{bytes:?}"
        );
    }
    let (answer, _) = read_to_end(&mut send(guard.ws, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    assert!(answer.starts_with(b"HTTP/1.1 426 "), "{answer:?}");
    assert_eq!(recorders.each_ref().map(Recorder::connections), [0, 0]);
}

#[test]
fn without_upstream_a_client_is_closed_without_an_answer() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    // One that takes connections, and never answers a WebSocket.
    let (silent, nobody) = (Recorder::silent(), nobody());
    let silent = silent.address.to_string();
    let addresses = [model.server.address.as_str(), &nobody, &silent];
    let guard = guard_before(addresses, &["--upstream-timeout=0.5"]);
    let (reply, is_orderly) = read_to_end(&mut send(guard.tcp, &Hello::new("s3cret").connect("")));
    assert_eq!((reply.as_slice(), is_orderly), (&b""[..], true));

    let mut socket = websocket(&guard);
    socket.send(Message::text(JSON_RPC)).unwrap();
    assert!(socket.read().is_err(), "no message, no close: the end");
    guard.log_line(&format!(
        "closed without an answer: upstream {silent}: timed out"
    ));
}
