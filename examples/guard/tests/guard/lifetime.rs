//! How relayed sessions end: with their token, by another guard's word, and in whole frames.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::PATIENCE;
use wukongim_test_support::redis_server::RedisServer;

use crate::clients::{expect_answer, read_to_end, send};
use crate::model::Model;
use crate::setup::{Recorder, before, eventually, guard_before, nobody};

/// Of the token `s3cret`.
const SHA256: &str = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0";

/// A record with an end, as other programs on the same store write them.
#[test]
fn a_session_ends_with_its_token() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let expires_at = now + 4_000;
    let record =
        format!(r#"{{"v":1,"sha256":"{SHA256}","device_level":1,"expires_at":{expires_at}}}"#);
    let _: i64 = redis.ask(&["HSET", "wkauth:{alice}", "0", &record]);
    let store = format!("--store={}", redis.url());
    let (guard, tcp) = before(&Model::start(), &[&store, "--compare-interval=0"]);
    let mut stream = send(guard.tcp, &Hello::new("s3cret").connect(""));
    expect_answer(&mut stream);
    assert_eq!(read_to_end(&mut stream).0, b"");
    let page = guard.page("/guard/metrics");
    let kicked = r#"wukongim_kicks_total{reason="the token has expired"} 1"#;
    assert!(page.contains(kicked), "{page}");
    assert_ne!(
        read_to_end(&mut send(guard.tcp, &Hello::new("s3cret").connect(""))).0,
        b""
    );
    guard.log_line("cause=\"expired\"");
    assert_eq!(tcp.connections(), 1);
}

#[test]
fn a_revocation_through_one_guard_ends_the_session_at_another() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let store = format!("--store={}", redis.url());
    let model = Model::start();
    let (one, _tcp) = before(&model, &[&store]);
    let (other, _tcp) = before(&model, &[&store]);
    other.log_line("revocations through other servers on this store are seen immediately");
    one.issue("alice", "s3cret", 0, 0);
    let mut stream = send(other.tcp, &Hello::new("s3cret").connect(""));
    expect_answer(&mut stream);
    one.quit("alice", 0);
    assert_eq!(read_to_end(&mut stream).0, b"");
    other.log_line("the token was revoked");
    assert_ne!(
        read_to_end(&mut send(other.tcp, &Hello::new("s3cret").connect(""))).0,
        b""
    );
}

#[test]
fn one_session_more_than_there_may_be_is_closed_without_an_answer() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, tcp) = before(&model, &["--max-sessions=2"]);
    let connect = Hello::new("s3cret").connect("");
    let mut sessions = [(); 2].map(|()| send(guard.tcp, &connect));
    for session in &mut sessions {
        expect_answer(session);
    }
    assert_eq!(
        read_to_end(&mut send(guard.tcp, &connect)),
        (Vec::new(), true)
    );
    guard.log_line("--max-sessions");
    assert_eq!(tcp.connections(), 2);
    drop(sessions);
    eventually("there is room again", || {
        let mut stream = send(guard.tcp, &connect);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.read_exact(&mut [0]).is_ok()
    });
}

/// Its length is a prime: wherever bytes are missing, the next one is wrong.
const PATTERN: usize = 251;

/// A client that does not read, so that there is always a piece that has been read of upstream and is not
/// written: at its end, what comes is upstream's bytes without a gap, and no more.
#[test]
fn nothing_is_missing_before_the_last_word() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let is_full = Arc::new(AtomicBool::new(false));
    let full = is_full.clone();
    let upstream = Recorder::serving(move |mut stream, _| {
        let connect = Hello::new("s3cret").connect("");
        stream.read_exact(&mut vec![0; connect.len()]).unwrap();
        stream
            .set_write_timeout(Some(Duration::from_secs(1)))
            .unwrap();
        let block: Vec<u8> = (0..PATTERN as u8).cycle().take(PATTERN * 64).collect();
        let mut at = 0;
        // Until the client takes no more, and then until it is closed.
        loop {
            match stream.write(&block[at % PATTERN..]) {
                Ok(0) => return,
                Ok(len) => at += len,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    full.store(true, Ordering::SeqCst);
                }
                Err(_) => return,
            }
        }
    });
    let address = upstream.address.to_string();
    let guard = guard_before([&model.server.address, &address, &nobody()], &[]);
    let mut stream = send(guard.tcp, &Hello::new("s3cret").connect(""));
    eventually("no more is taken", || is_full.load(Ordering::SeqCst));
    guard.quit("alice", 0);
    let (came, _) = read_to_end(&mut stream);
    assert!(came.len() > PATTERN);
    let wrong = came
        .iter()
        .enumerate()
        .find(|(index, byte)| index % PATTERN != usize::from(**byte));
    assert_eq!(wrong, None, "of {} bytes", came.len());
}
