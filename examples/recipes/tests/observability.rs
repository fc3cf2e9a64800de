//! What is counted, what is logged, and who is banned.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use tokio::task::spawn_blocking;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{DeviceFlag, Ready};
use wukongim_test_support::records::{alice_has, issued};

#[path = "programs/client.rs"]
#[allow(dead_code, reason = "shared with the other programs' tests")]
mod client;
#[path = "../examples/observability.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod observability;

use client::{answer, exchange, expect_pongs};
use observability::{Limiter, serve};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_counted_logged_and_limited() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true);
    subscriber.with_writer(move || writer.clone()).init();
    let prometheus = PrometheusBuilder::new().install_recorder().unwrap();

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let store = alice_has([(DeviceFlag::App, issued("s3cret"))]);
    let [many, three] = [1000, 3].map(|limit| NonZeroU32::new(limit).unwrap());
    let limiter = Arc::new(Limiter::new(many, three));
    tokio::spawn(serve(listener, Arc::new(Ready(store)), limiter.clone()));
    spawn_blocking(move || connect_until_banned(address))
        .await
        .unwrap();

    limiter.tidy();
    let count_of = |outcome: &str| -> u64 {
        let beginning = format!("wukongim_handshakes_total{{outcome=\"{outcome}\"}} ");
        let text = prometheus.render();
        let value = text.lines().find_map(|line| line.strip_prefix(&beginning));
        value.map_or(0, |value| value.parse().unwrap())
    };
    // Counted after the client has its answer.
    let deadline = Instant::now() + Duration::from_secs(60);
    for (outcome, times) in [
        ("ok", 1),
        ("mismatch", 4),
        ("not_connect", 1),
        ("limited", 1),
    ] {
        while count_of(outcome) < times {
            assert!(
                Instant::now() < deadline,
                "{outcome}: {}",
                prometheus.render()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!((count_of("mismatch"), count_of("not_connect")), (4, 1));

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // The verdict, and its diagnosis after the answer.
    for message in ["token verify fail", "token verify diagnosis"] {
        let is_it = |line: &&Value| line["message"] == message && line["label"] == "mismatch";
        assert_eq!(lines.iter().filter(is_it).count(), 4, "{message}: {text}");
    }
    assert!(
        lines.iter().any(|line| line["message"] == "banned"),
        "{text}"
    );
    assert!(!text.contains("s3cre"), "{text}");
}

fn connect_until_banned(address: SocketAddr) {
    expect_pongs(address);
    assert!(exchange(address, b"\x30\x00").is_empty(), "no CONNECT");
    for _ in 0..4 {
        assert_eq!(answer(address, "s3cres"), Some(ReasonCode::AuthFail));
    }
    // The fourth was one too many, and even the right token has to wait.
    let deadline = Instant::now() + Duration::from_secs(60);
    while answer(address, "s3cret").is_some() {
        assert!(Instant::now() < deadline, "it is never banned");
    }
}
