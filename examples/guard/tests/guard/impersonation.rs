//! A client that is verified as one user, and tries to be another to upstream.

use std::io::{Read, Write};
use std::time::Duration;

use tokio_tungstenite::tungstenite::Message;
use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::PATIENCE;

use crate::clients::{JSON_RPC, read_to_end, send, websocket};
use crate::model::Model;
use crate::setup::{Recorder, before_recorders, guard_before, nobody};

/// Long enough for what is on its way already.
const SHORTLY: Duration = Duration::from_millis(500);

/// Until then upstream would take a second request for the connection's first.
#[test]
fn nothing_behind_the_request_reaches_upstream_before_its_answer() {
    let connect = Hello::new("s3cret").connect("");
    let (len, second) = (connect.len(), b"\x10a second request");
    let (tell, told) = std::sync::mpsc::channel();
    let tcp = Recorder::serving(move |mut stream, _| {
        stream.read_exact(&mut vec![0; len]).unwrap();
        stream.set_read_timeout(Some(SHORTLY)).unwrap();
        let early = stream.read(&mut [0; 64]);
        tell.send(format!("{early:?}").contains("WouldBlock"))
            .unwrap();
        stream.write_all(b"answer").unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut rest = vec![0; second.len()];
        stream.read_exact(&mut rest).unwrap();
        tell.send(rest == second).unwrap();
    });
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let address = tcp.address.to_string();
    let guard = guard_before([&model.server.address, &address, &nobody()], &[]);
    let mut stream = send(guard.tcp, &[&connect[..], second].concat());
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0; 6];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"answer");
    assert!(
        told.recv().unwrap(),
        "upstream heard more before it answered"
    );
    assert!(told.recv().unwrap(), "the rest comes afterwards");
}

#[test]
fn a_request_that_upstream_would_read_otherwise_is_closed() {
    let (guard, _model, recorders) = before_recorders(&["--log-level=debug"]);
    for (from, to) in [
        ("\"token\"", "\"UID\":\"victim\",\"token\""),
        ("\"id\"", "\"PARAMS\":{\"uid\":\"victim\"},\"id\""),
        ("\"token\"", "\"to\u{212a}en\":\"t\",\"token\""),
    ] {
        let request = JSON_RPC.replacen(from, to, 1);
        let (reply, _) = read_to_end(&mut send(guard.tcp, request.as_bytes()));
        assert_eq!(reply, b"", "{request}");
        let mut socket = websocket(&guard);
        socket.send(Message::text(&request)).unwrap();
        assert!(socket.read().is_err(), "{request}");
    }
    // Two requests in one message, and one in a message that goes on.
    let connect = Hello::new("s3cret").connect("");
    for frames in [
        vec![(0x82, [&connect[..], &connect].concat())],
        vec![(0x02, connect.clone()), (0x80, connect.clone())],
        vec![(0x81, [&connect[..2], b"\xff", &connect[3..]].concat())],
    ] {
        let mut socket = websocket(&guard);
        for (first, payload) in frames {
            assert!(payload.len() < 126);
            let head = [first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
            let _ = socket.get_mut().write_all(&[&head[..], &payload].concat());
        }
        assert!(socket.read().is_err());
    }
    assert_eq!(recorders.each_ref().map(Recorder::connections), [0, 0]);
    assert!(guard.log().contains("another case"), "{}", guard.log());
}
