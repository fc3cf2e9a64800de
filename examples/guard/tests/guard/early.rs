//! Clients that come before upstream has said what it has.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use wukongim_test_support::client::Hello;
use wukongim_test_support::program::program;

use crate::clients::{expect_answer, read_to_end, send};
use crate::model::Model;
use crate::setup::{Recorder, eventually, nobody};

/// A guard that is not waited for, and ends with the test.
struct Early(Child);

impl Drop for Early {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Its line of ports does not come before upstream's tokens, so they are chosen here. Another program may
/// take one of them meanwhile: then the guard ends, and is started again. One connection is made.
fn early(upstream_http: &str, upstream: &str) -> (Early, [SocketAddr; 3]) {
    loop {
        let ports = [(); 3].map(|()| nobody());
        let [http, tcp, ws] = &ports;
        let mut command = Command::new(program("wukongim-guard"));
        command.args(["--http", http, "--tcp", tcp, "--ws", ws]);
        command.args(["--upstream-http", upstream_http]);
        command.args(["--upstream-tcp", upstream, "--upstream-ws", upstream]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut guard = Early(command.spawn().unwrap());
        let mut has_ended = false;
        eventually("it is there, or has ended", || {
            has_ended = guard.0.try_wait().unwrap().is_some();
            has_ended || std::net::TcpStream::connect(ws).is_ok()
        });
        if !has_ended {
            return (guard, ports.map(|port| port.parse().unwrap()));
        }
    }
}

#[test]
fn a_client_that_comes_too_early_is_closed_without_an_answer() {
    let (model, upstream) = (Model::start(), Recorder::start());
    model.register("alice", 0, "s3cret");
    model.answers_devices(Some((500, "{}")));
    let (_guard, [http, tcp, ws]) = early(&model.server.address, &upstream.address.to_string());
    let page = || {
        let request = b"GET /guard/metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        String::from_utf8(read_to_end(&mut send(http, request)).0).unwrap()
    };
    eventually("that is counted", || {
        page().contains(r#"{kind="not_ready"} 1"#)
    });
    let connect = Hello::new("s3cret").connect("");
    for address in [tcp, ws] {
        assert_eq!(read_to_end(&mut send(address, &connect)).0, b"");
    }
    eventually("all are counted", || {
        page().contains(r#"{kind="not_ready"} 3"#)
    });
    assert_eq!(upstream.connections(), 0);

    model.answers_devices(None);
    let mut told = Vec::new();
    eventually("it knows alice", || {
        let mut stream = send(tcp, &connect);
        let is_known = upstream.connections() > 0 || {
            let read = std::io::Read::read(&mut stream, &mut [0]);
            matches!(read, Ok(1))
        };
        told.push(stream);
        is_known
    });
    expect_answer(&mut send(tcp, &connect));
}
