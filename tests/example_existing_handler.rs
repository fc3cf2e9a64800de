//! The example `existing_handler`, started and spoken to with the bytes of a real client.

use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use wukongim_test_support::gateway_process::PATIENCE;
use wukongim_test_support::program;
use wukongim_test_support::server_process::{ServerProcess, read_to_end};

/// The JS SDK 1.0.4's CONNECT: `alice`, WEB, `alice-web-token`.
const CONNECT: &[u8] = b"\x10\x73\x02\x01\
    \x00\x2110ae2855123ae2e2b8017c17ea46085dW\
    \x00\x05alice\
    \x00\x0falice-web-token\
    \x00\x00\x01\xa2\x01\xd7\xce\xed\
    \x00\x2clDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";

const ANYWHERE: &[&str] = &["127.0.0.1:0"];

fn connack(reason: u8) -> Vec<u8> {
    [&b"\x20\x0d"[..], &[0; 8], &[reason], &[0; 4]].concat()
}

#[test]
fn a_real_client_is_verified() {
    let mut says_app = CONNECT.to_vec();
    says_app[3] = 0;
    let wrong_token: Vec<u8> = CONNECT
        .iter()
        .map(|b| if *b == b'k' { b'q' } else { *b })
        .collect();

    let server = ServerProcess::start(&program::example("existing_handler"), ANYWHERE);
    assert_eq!(server.answer(CONNECT), connack(1));
    assert_eq!(server.answer(&says_app), connack(2));
    assert_eq!(server.answer(&wrong_token), connack(2));
    server.log_line("cause=issued_for_other_flag uid=\"alice\" deviceFlag=APP");
    server.log_line("cause=mismatch uid=\"alice\" deviceFlag=WEB");
    server.log_line("fix: Issue the token with POST /user/token and device_flag=0");
    let log = server.log();
    assert!(
        !log.contains("alice-web-token"),
        "a token in the log: {log}"
    );
}

#[cfg(unix)]
#[test]
fn too_many_open_files_end_nothing() {
    let program = program::example("existing_handler");
    let mut server = ServerProcess::start_with_files(20, &program, ANYWHERE);
    let silent: Vec<_> = (0..40).map(|_| server.connect()).collect();
    server.log_line("cannot accept: ");
    drop(silent);
    assert_eq!(server.answer(CONNECT), connack(1));
    assert!(server.is_running());
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_cannot_be_made_ends_one_connection() {
    let program = program::example("existing_handler");
    let mut server = ServerProcess::start(&program, ANYWHERE);
    server.limit_memory_to_more_by(24 << 20);
    let silent: Vec<_> = (0..40).map(|_| server.connect()).collect();
    server.log_line("no thread: ");
    drop(silent);
    assert_eq!(comes_through(&server), connack(1));
    assert!(server.is_running());
}

/// The reply to a client that retries until there is room for it.
fn comes_through(server: &ServerProcess) -> Vec<u8> {
    let started = Instant::now();
    loop {
        let answer = server.answer(CONNECT);
        if !answer.is_empty() || started.elapsed() > PATIENCE {
            return answer;
        }
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn more_connections_than_there_are_places_are_closed() {
    let server = ServerProcess::start(&program::example("existing_handler"), ANYWHERE);
    let mut silent: Vec<TcpStream> = (0..510).map(|_| server.connect()).collect();
    server.log_line("too many connections");
    assert_eq!(read_to_end(silent.last_mut().unwrap()), b"");
    drop(silent);
    assert_eq!(comes_through(&server), connack(1));
}

/// Sending one byte per second does not keep a connection open: the time limit covers all bytes
/// together.
#[test]
fn a_client_that_trickles_is_closed() {
    let server = ServerProcess::start(&program::example("existing_handler"), ANYWHERE);
    let mut stream = server.connect();
    let started = Instant::now();
    let closed = CONNECT.chunks(1).find(|byte| {
        sleep(Duration::from_secs(1));
        stream.write_all(byte).is_err()
    });
    assert!(closed.is_some(), "all was taken in {:?}", started.elapsed());
}
