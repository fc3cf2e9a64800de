//! Bytes as they were sent, however they come, and no more of them here than one chunk each way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

use crate::clients::send;
use crate::model::Model;
use crate::setup::{Recorder, eventually, guard_before, nobody};

/// A generator of numbers that is the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn before(tcp: &Recorder) -> (GatewayProcess, Model) {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let address = tcp.address.to_string();
    let guard = guard_before(
        [&model.server.address, &address, &nobody()],
        &["--log-level=warn", "--max-unauthenticated=20000"],
    );
    (guard, model)
}

/// Says back what it hears; at the end of that, says goodbye, and ends itself.
fn echo(mut stream: TcpStream) {
    let mut chunk = [0; 8192];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(len) => {
                if stream.write_all(&chunk[..len]).is_err() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
    let _ = stream.write_all(b"goodbye");
}

/// Sends in random pieces, half-closes, and compares; one in eight is reset in the midst.
fn session(guard: &GatewayProcess, number: u64) {
    let mut numbers = Numbers(number * 2_654_435_761 + 1);
    let connect = Hello::new("s3cret").connect("");
    let len = numbers.below(40_000);
    let body: Vec<u8> = (0..len).map(|_| numbers.below(256) as u8).collect();
    let all = [&connect[..], &body, b"goodbye"].concat();
    let stream = TcpStream::connect(guard.tcp).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = stream.try_clone().unwrap();
    let is_reset = number % 8 == 7;
    let writing = thread::spawn(move || {
        let (mut stream, mut sent) = (stream, 0);
        let bytes = [connect, body].concat();
        while sent < bytes.len() {
            let end = bytes.len().min(sent + 1 + numbers.below(3_000) as usize);
            stream.write_all(&bytes[sent..end]).unwrap();
            sent = end;
            if is_reset && sent > bytes.len() / 2 {
                // With what comes back unread, the system resets the connection.
                return;
            }
        }
        stream.shutdown(Shutdown::Write).unwrap();
    });
    if is_reset {
        writing.join().unwrap();
        return;
    }
    let mut came = Vec::new();
    reader.read_to_end(&mut came).unwrap();
    writing.join().unwrap();
    assert!(
        came == all,
        "session {number}: {} of {} bytes",
        came.len(),
        all.len()
    );
}

fn sessions(count: u64, at_once: u64) {
    let upstream = Recorder::serving(|stream, _| echo(stream));
    let (guard, _model) = before(&upstream);
    let guard = Arc::new(guard);
    for first in (0..count).step_by(at_once as usize) {
        let threads: Vec<_> = (first..count.min(first + at_once))
            .map(|number| {
                let guard = guard.clone();
                thread::spawn(move || session(&guard, number))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
    assert_eq!(upstream.connections() as u64, count);
}

#[test]
fn what_arrives_is_what_was_sent() {
    sessions(240, 40);
}

/// `cargo test --release -p wukongim-guard --test guard -- --ignored ten_thousand`: some minutes.
#[test]
#[ignore = "a long run"]
fn what_arrives_is_what_was_sent_in_ten_thousand_sessions() {
    sessions(10_000, 500);
}

/// `cargo test --release -p wukongim-guard --test guard -- --ignored gigabyte`: a minute.
#[test]
#[ignore = "a long run"]
fn a_gigabyte_goes_through_one_session() {
    one_way(1 << 30);
}

#[test]
fn much_goes_through_one_session_in_little_memory() {
    one_way(32 << 20);
}

/// Upstream sends so many bytes, and the client reads them.
fn one_way(len: usize) {
    let upstream = Recorder::serving(move |mut stream, _| {
        // What is unread when it closes would make the system reset the connection, and drop the rest.
        let connect = Hello::new("s3cret").connect("");
        stream.read_exact(&mut vec![0; connect.len()]).unwrap();
        let block: Vec<u8> = (0..=255).cycle().take(1 << 16).collect();
        for _ in 0..len / block.len() {
            stream.write_all(&block).unwrap();
        }
    });
    let (guard, _model) = before(&upstream);
    let before = guard.memory_kib("VmRSS");
    let mut stream = send(guard.tcp, &Hello::new("s3cret").connect(""));
    let (mut chunk, mut came) = (vec![0; 1 << 16], 0);
    loop {
        let read = stream.read(&mut chunk).unwrap();
        if read == 0 {
            break;
        }
        let is_next = |(index, byte): (usize, &u8)| (came + index) % 256 == usize::from(*byte);
        assert!(chunk[..read].iter().enumerate().all(is_next), "at {came}");
        came += read;
    }
    assert_eq!(came, len);
    let grown = guard.memory_kib("VmHWM").saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more");
}

#[test]
fn what_a_client_does_not_read_is_not_taken_from_upstream() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let upstream = Recorder::serving(move |mut stream, _| {
        let block = [7; 1 << 16];
        while stream.write_all(&block).is_ok() {
            counted.fetch_add(block.len(), Ordering::SeqCst);
        }
    });
    let (guard, _model) = before(&upstream);
    let _idle = send(guard.tcp, &Hello::new("s3cret").connect(""));
    eventually("something is taken", || taken.load(Ordering::SeqCst) > 0);
    let mut last = 0;
    eventually("no more is taken", || {
        thread::sleep(Duration::from_millis(500));
        let now = taken.load(Ordering::SeqCst);
        std::mem::replace(&mut last, now) == now
    });
    // What the system's own buffers for two sockets hold, which grow to some MiB each.
    assert!(last < 64 << 20, "{last} bytes were taken");
    let (now, most) = (guard.memory_kib("VmRSS"), 64 * 1024);
    assert!(now < most, "{now} KiB");
}

#[test]
fn a_reset_by_upstream_ends_the_clients_connection() {
    let upstream = Recorder::serving(|mut stream, _| {
        let mut first = [0];
        stream.read_exact(&mut first).unwrap();
        // With bytes unread, the system resets it.
    });
    let (guard, _model) = before(&upstream);
    let mut stream = send(guard.tcp, &Hello::new("s3cret").connect(""));
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest);
    assert!(!matches!(&ended, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock));
    assert_eq!(rest, b"");
}
