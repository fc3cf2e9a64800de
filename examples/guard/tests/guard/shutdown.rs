//! How it ends: who has not said yet who it is, is told so, and nobody is waited for.

use std::io::{Read, Write};
use std::net::TcpStream;

use wukongim_test_support::client::{Hello, Socket};

use crate::clients::{expect_answer, read_to_end, send};
use crate::setup::{before_recorders, eventually};

/// 1001, going away.
const GOING_AWAY: [u8; 4] = [0x88, 2, 0x03, 0xe9];

#[test]
fn connections_that_have_not_authenticated_get_close_frames() {
    for mode in ["--mode=enforce", "--mode=observe"] {
        let arguments = [mode, "--connect-timeout=300", "--drain=300"];
        let (guard, _model, recorders) = before_recorders(&arguments);
        eventually("upstream's tokens are known", || {
            guard.request("GET", "/guard/health", "", "").0 == 200
        });
        let silent = Socket::ws(guard.ws);
        let mut talking = Socket::ws(guard.ws);
        talking.send(&Hello::new("s3cret").connect("")[..5]);
        // And those that are no WebSockets, or not yet.
        let mut others = [guard.tcp, guard.ws].map(|port| TcpStream::connect(port).unwrap());
        others[1].write_all(b"GET / HTTP/1.1\r\n").unwrap();
        let ended = guard.terminate();
        for (name, socket) in [("silent", silent), ("talking", talking)] {
            let mut last = Vec::new();
            let read = socket.stream().read_to_end(&mut last);
            assert_eq!(last, GOING_AWAY, "{mode} {name}: {read:?}");
        }
        for mut stream in others {
            let mut last = Vec::new();
            let _ = stream.read_to_end(&mut last);
            assert_eq!(last, b"", "{mode}");
        }
        assert_eq!(ended.code(), Some(0), "{mode}");
        assert_eq!(recorders.each_ref().map(|port| port.connections()), [0, 0]);
    }
}

/// In observe mode, the guard ends no session before its own end. Then each one is told, closed and
/// logged as in enforce mode.
#[test]
fn a_client_that_is_let_through_is_closed_at_the_end() {
    let arguments = ["--mode=observe", "--drain=300", "--connect-timeout=1"];
    let (guard, _model, _recorders) = before_recorders(&arguments);
    eventually("upstream's tokens are known", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
    // The right token, a wrong one, and none of the protocol.
    let right = Hello::new("s3cret").connect("");
    let wrong = Hello::new("wrong").connect("");
    let all = [right, wrong, b"\x70".to_vec()];
    let mut streams = all.map(|bytes| send(guard.tcp, &bytes));
    streams.iter_mut().for_each(expect_answer);
    let log = guard.log_to_its_end();
    for stream in &mut streams {
        assert_eq!(read_to_end(stream).0, b"");
    }
    let ends = log
        .lines()
        .filter(|line| line.contains("ended: closed by the guard"));
    assert_eq!(ends.count(), streams.len(), "{log}");
}
