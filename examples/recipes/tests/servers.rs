//! The recipes with a server as processes of their own: with few file descriptors, with no more
//! threads to be had, and with clients that say nothing.
#![cfg(unix)]

use std::io::Write;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::{Connect, Flags};
use wukongim_test_support::gateway_process::PATIENCE;
use wukongim_test_support::server_process::{ServerProcess, read_to_end};

const RECIPES: [&str; 3] = ["axum", "tokio", "threads"];

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_wukongim-recipes"))
}

/// What a client says first, with a token that is wrong: the server answers it and closes.
fn first_bytes(recipe: &str) -> Vec<u8> {
    if recipe == "axum" {
        return b"GET /elsewhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_vec();
    }
    let mut bytes = Vec::new();
    let connect = Connect::new(4, "alice", DeviceFlag::App, "wrong");
    connect.encode(Flags::default(), &mut bytes).unwrap();
    bytes
}

/// Whether a client is answered, be it at a later attempt.
fn serves(server: &ServerProcess, recipe: &str) -> bool {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if !server.answer(&first_bytes(recipe)).is_empty() {
            return true;
        }
        sleep(Duration::from_millis(50));
    }
    false
}

#[test]
fn too_many_open_files_end_nothing() {
    for recipe in RECIPES {
        let arguments = [recipe, "127.0.0.1:0"];
        let mut server = ServerProcess::start_with_files(20, program(), &arguments);
        let silent: Vec<_> = (0..40).map(|_| server.connect()).collect();
        server.log_line("cannot accept: ");
        drop(silent);
        assert!(serves(&server, recipe), "{recipe}");
        assert!(server.is_running(), "{recipe}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_cannot_be_made_ends_one_connection() {
    let mut server = ServerProcess::start(program(), &["threads", "127.0.0.1:0"]);
    server.limit_memory_to_more_by(24 << 20);
    let silent: Vec<_> = (0..40).map(|_| server.connect()).collect();
    server.log_line("no thread: ");
    drop(silent);
    assert!(serves(&server, "threads"), "{}", server.log());
    assert!(server.is_running());
}

/// None of them says all that it has to say, and some of them nothing.
#[test]
fn a_client_that_does_not_finish_is_closed() {
    for recipe in RECIPES {
        let server = ServerProcess::start(program(), &[recipe, "127.0.0.1:0"]);
        let first = first_bytes(recipe);
        let begun = [0, 1, first.len() - 1].map(|len| {
            let mut stream = server.connect();
            stream.write_all(&first[..len]).unwrap();
            stream
        });
        for mut stream in begun {
            let said = String::from_utf8_lossy(&read_to_end(&mut stream)).into_owned();
            assert!(said.is_empty() || said.contains("408"), "{recipe}: {said}");
        }
    }
}

/// A WebSocket, and then nothing.
#[test]
fn a_websocket_that_says_nothing_is_closed() {
    let server = ServerProcess::start(program(), &["axum", "127.0.0.1:0"]);
    let mut stream = server.connect();
    let upgrade = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).unwrap();
    let said = String::from_utf8_lossy(&read_to_end(&mut stream)).into_owned();
    assert!(said.starts_with("HTTP/1.1 101 "), "{said}");
    server.log_line("no handshake within 5s");
}
