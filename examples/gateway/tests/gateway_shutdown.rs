//! How it ends: in a bounded time, with a word to its clients, and as a container's only process.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;

/// What makes the gateway process 1 of a namespace of its own.
const UNSHARE: [&str; 5] = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

/// Messages of 40 KB that fit into all the kernel's buffers and ours.
const MAX_TAKEN: usize = 2_000;

/// 1001, going away.
const GOING_AWAY: [u8; 4] = [0x88, 2, 0x03, 0xe9];

fn alice_on(gateway: &GatewayProcess, dial: fn(&GatewayProcess) -> Socket) -> Client {
    let mut client = Client::connect(dial(gateway), Hello::new("s3cret")).unwrap();
    assert!(client.is_alive());
    client
}

/// What still comes, to the end.
fn last_words(client: &mut Client) -> Vec<u8> {
    let mut last = Vec::new();
    let _ = client.socket.stream().read_to_end(&mut last);
    last
}

/// Whether there is what makes namespaces, and the right to make them.
fn can_unshare() -> bool {
    let tried = Command::new(UNSHARE[0])
        .args(&UNSHARE[1..])
        .arg("true")
        .status();
    if tried.is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(
        std::env::var_os("REQUIRE_TOOLS").is_none(),
        "no unshare --pid"
    );
    eprintln!("skipped: needs unshare --pid, and the right to it");
    false
}

#[test]
fn process_1_ends_by_sigterm_with_close_frames() {
    if !can_unshare() {
        return;
    }
    let gateway = GatewayProcess::start_under(&UNSHARE, &[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut client = alice_on(&gateway, |gateway| Socket::ws(gateway.ws));
    let children = format!("/proc/{0}/task/{0}/children", gateway.pid());
    let children = std::fs::read_to_string(children).unwrap();
    let inside = children.trim();
    let status = std::fs::read_to_string(format!("/proc/{inside}/status")).unwrap();
    let ids = status
        .lines()
        .find(|line| line.starts_with("NSpid:"))
        .unwrap();
    assert_eq!(ids.split_whitespace().last(), Some("1"), "{ids}");

    let sent = Command::new("kill").args(["-TERM", inside]).status();
    assert!(sent.unwrap().success());
    assert_eq!(last_words(&mut client), GOING_AWAY);
    assert_eq!(gateway.wait().code(), Some(0));
}

/// Connections that have not authenticated are told too, and do not delay the shutdown.
#[test]
fn connections_that_have_not_authenticated_get_close_frames_too() {
    let gateway = GatewayProcess::start(&["--connect-timeout=300", "--drain=300"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut session = alice_on(&gateway, |gateway| Socket::ws(gateway.ws));
    let silent = Socket::ws(gateway.ws);
    let mut talking = Socket::ws(gateway.ws);
    talking.send(&Hello::new("s3cret").connect("")[..5]);
    // And those that are no WebSockets, or not yet.
    let mut others = [gateway.tcp, gateway.ws].map(|address| TcpStream::connect(address).unwrap());
    others[1].write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let ended = gateway.terminate();
    assert_eq!(last_words(&mut session), GOING_AWAY);
    for socket in [silent, talking] {
        let mut last = Vec::new();
        socket.stream().read_to_end(&mut last).unwrap();
        assert_eq!(last, GOING_AWAY);
    }
    assert_eq!(ended.code(), Some(0));
}

/// A session whose client reads nothing, and whose replies no longer fit anywhere.
fn stuck(gateway: &GatewayProcess) -> Client {
    let mut client = alice_on(gateway, |gateway| Socket::tcp(gateway.tcp));
    let stream = client.socket.stream();
    // The less fits into the kernel's buffers, the sooner.
    let socket = socket2::SockRef::from(stream);
    socket.set_recv_buffer_size(4096).unwrap();
    socket.set_send_buffer_size(4096).unwrap();
    stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let message = client.message(1, &vec![b'x'; 40_000]);
    for _ in 0..MAX_TAKEN {
        if client.socket.try_send(&message).is_err() {
            return client;
        }
    }
    unreachable!("it takes everything")
}

#[test]
fn sessions_that_do_not_close_are_cut_off_in_the_end() {
    for (drain, are_cut_off) in [("0", true), ("0.2", true), ("300", false)] {
        let gateway = GatewayProcess::start(&["--drain", drain]);
        gateway.issue("alice", "s3cret", 0, 0);
        let _stuck = stuck(&gateway);
        let log = gateway.log_to_its_end();
        assert!(log.contains("closing 1 sessions"), "{log}");
        // A write that nobody reads is given up after ten seconds.
        let cut_off = log.contains("1 sessions did not close in time");
        assert_eq!(cut_off, are_cut_off, "{drain}: {log}");
    }
}

#[test]
fn nobody_comes_in_while_it_ends() {
    let gateway = GatewayProcess::start(&["--drain=300"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let _stuck = stuck(&gateway);
    let (addresses, pid) = (
        [gateway.http, gateway.tcp, gateway.ws],
        gateway.pid().to_string(),
    );
    let sent = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(sent.unwrap().success());
    gateway.log_line("closing 1 sessions");
    for address in addresses {
        assert!(TcpStream::connect(address).is_err(), "{address}");
    }
    assert_eq!(gateway.wait().code(), Some(0));
}
