//! Which WebSocket subprotocol a client is told, and upstream is offered.

use std::io::{Read, Write};

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::PATIENCE;

use crate::clients::send;
use crate::model::Model;
use crate::setup::{Recorder, guard_before, nobody};

/// The lines of a request or an answer that name subprotocols or extensions.
fn negotiated(head: &str) -> Vec<String> {
    let lines = head.lines().map(str::to_ascii_lowercase);
    let of_interest = ["sec-websocket-protocol:", "sec-websocket-extensions:"];
    let is_one = |line: &String| of_interest.iter().any(|name| line.starts_with(name));
    lines.filter(is_one).collect()
}

/// Upgrades with these lines more, connects, and gives what is negotiated in the guard's answer and in
/// the request that upstream gets; then what comes back, if upstream answers with `answered`.
fn upgraded(
    known: &str,
    offered: &str,
    answered: &'static str,
) -> (Vec<String>, Vec<String>, bool) {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (asked, was_asked) = std::sync::mpsc::channel();
    let ws = Recorder::serving(move |mut stream, _| {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
            head.push(byte[0]);
        }
        asked.send(String::from_utf8(head).unwrap()).unwrap();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{answered}\r\n"
        );
        let frame: &[u8] = b"\x82\x02ok";
        stream
            .write_all(&[answer.as_bytes(), frame].concat())
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let (address, known) = (ws.address.to_string(), format!("--ws-protocol={known}"));
    let known = (known != "--ws-protocol=").then_some(known);
    let arguments: Vec<&str> = known.iter().map(String::as_str).collect();
    let guard = guard_before([&model.server.address, &nobody(), &address], &arguments);
    let upgrade = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offered}\r\n"
    );
    let connect = Hello::new("s3cret").connect("");
    let frame = [
        &[0x82, 0x80 | connect.len() as u8, 0, 0, 0, 0],
        &connect[..],
    ]
    .concat();
    assert!(connect.len() < 126);
    let mut stream = send(guard.ws, &[upgrade.as_bytes(), &frame].concat());
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut came, mut byte) = (Vec::new(), [0]);
    while !came.ends_with(b"\x82\x02ok") && stream.read_exact(&mut byte).is_ok() {
        came.push(byte[0]);
    }
    let request = was_asked.recv_timeout(PATIENCE).unwrap();
    let is_through = came.ends_with(b"\x82\x02ok");
    if !is_through {
        guard.log_line("that it was not offered");
    }
    let answer = String::from_utf8_lossy(&came).into_owned();
    (negotiated(&answer), negotiated(&request), is_through)
}

#[test]
fn a_subprotocol_is_chosen_if_it_is_known_and_upstream_is_offered_no_other() {
    let offered = "sec-websocket-protocol: mqtt , wukongim\r\nsec-websocket-protocol: im\r\n\
        sec-websocket-extensions: permessage-deflate\r\n";
    let (none, wukongim) = (
        Vec::new(),
        vec!["sec-websocket-protocol: wukongim".to_owned()],
    );
    // By default none is, whatever is offered.
    let got = upgraded("", offered, "");
    assert_eq!(got, (none.clone(), none.clone(), true));
    let got = upgraded("im,wukongim", offered, "");
    assert_eq!(got, (wukongim.clone(), wukongim.clone(), true));
    let got = upgraded(
        "im,wukongim",
        offered,
        "Sec-WebSocket-Protocol: wukongim\r\n",
    );
    assert_eq!(got, (wukongim.clone(), wukongim, true));
    assert_eq!(upgraded("im", "", ""), (none.clone(), none, true));
}

#[test]
fn an_upstream_that_agrees_to_something_else_is_not_handed_to_the_client() {
    let offered =
        "sec-websocket-protocol: wukongim\r\nsec-websocket-extensions: permessage-deflate\r\n";
    for answered in [
        "sec-websocket-protocol: mqtt\r\n",
        "sec-websocket-protocol: wukongim\r\nsec-websocket-protocol: mqtt\r\n",
        "sec-websocket-extensions: permessage-deflate\r\n",
    ] {
        let (_, _, is_through) = upgraded("wukongim", offered, answered);
        assert!(!is_through, "{answered}");
    }
}
