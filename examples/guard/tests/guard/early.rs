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

#[test]
fn whoever_comes_too_early_is_closed_without_an_answer() {
    let (model, upstream) = (Model::start(), Recorder::start());
    model.register("alice", 0, "s3cret");
    model.answers_devices(Some((500, "{}")));
    let [http, tcp, ws] = [(); 3].map(|()| nobody());
    let upstream_port = upstream.address.to_string();
    let mut command = Command::new(program("wukongim-guard"));
    command.args(["--http", &http, "--tcp", &tcp, "--ws", &ws]);
    command.args(["--upstream-http", &model.server.address]);
    command.args([
        "--upstream-tcp",
        &upstream_port,
        "--upstream-ws",
        &upstream_port,
    ]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let _guard = Early(command.spawn().unwrap());
    let [http, tcp, ws]: [SocketAddr; 3] = [http, tcp, ws].map(|port| port.parse().unwrap());
    let page = || {
        let request = b"GET /guard/metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        String::from_utf8(read_to_end(&mut send(http, request)).0).unwrap()
    };
    eventually("it is there", || std::net::TcpStream::connect(ws).is_ok());
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
