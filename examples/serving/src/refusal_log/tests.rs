use std::io::{self, Write};

use tracing::debug;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use super::*;

const LIMITS: Limits = Limits {
    of_a_kind: 2,
    in_all: 100,
};

/// What was written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| line.trim_start().to_owned())
            .collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A log of this level, for as long as the guard lives.
fn log(level: LevelFilter) -> (RefusalLog, Lines, tracing::subscriber::DefaultGuard) {
    let (log, lines) = (RefusalLog::new(level, LIMITS), Lines::default());
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_ansi(false)
        .without_time();
    let subscriber = tracing_subscriber::registry().with(layer).with(log.clone());
    let guard = tracing::subscriber::set_default(subscriber);
    (log, lines, guard)
}

fn refuse(peer: &str, label: &str) {
    warn!(target: "verify", %peer, label, "refused");
}

#[test]
fn a_flood_is_two_lines_and_a_sum() {
    let (log, lines, _guard) = log(LevelFilter::INFO);
    for _ in 0..2 {
        for port in 1..1000 {
            refuse(&format!("192.0.2.1:{port}"), "mismatch");
        }
        refuse("192.0.2.2:1", "mismatch");
        refuse("192.0.2.1:1", "not_issued");
        let expected = [
            r#"WARN verify: refused peer=192.0.2.1:1 label="mismatch""#,
            r#"WARN verify: refused peer=192.0.2.1:2 label="mismatch""#,
            r#"WARN verify: refused peer=192.0.2.2:1 label="mismatch""#,
            r#"WARN verify: refused peer=192.0.2.1:1 label="not_issued""#,
        ];
        assert_eq!(lines.take(), expected);
        log.sum_up();
        let sum = r#"WARN wukongim_serving::refusal_log: refusals, summed up peer=192.0.2.1 label="mismatch" of="verify" suppressed=997"#;
        assert_eq!(lines.take(), [sum]);
    }
    log.sum_up();
    assert_eq!(lines.take(), [""; 0]);
}

#[test]
fn what_is_below_the_level_is_summed_up() {
    let (log, lines, _guard) = log(LevelFilter::INFO);
    for peer in ["[2001:db8::1]:1", "[2001:db8::2]:1", "192.0.2.1:1"] {
        debug!(target: "listen", %peer, label = "silent", "no CONNECT in time");
    }
    debug!("not a refusal");
    assert_eq!(lines.take(), [""; 0]);
    log.sum_up();
    let sum = "INFO wukongim_serving::refusal_log: refusals, summed up";
    let expected = [
        format!(r#"{sum} peer=2001:db8::/64 label="silent" of="listen" suppressed=2"#),
        format!(r#"{sum} peer=192.0.2.1 label="silent" of="listen" suppressed=1"#),
    ];
    assert_eq!(lines.take(), expected);
}

#[test]
fn what_the_level_wants_is_written() {
    let (log, lines, _guard) = log(LevelFilter::DEBUG);
    debug!(target: "listen", peer = "192.0.2.1:1", label = "silent", "no CONNECT in time");
    debug!(target: "listen", "no refusal");
    let expected = [
        r#"DEBUG listen: no CONNECT in time peer="192.0.2.1:1" label="silent""#,
        "DEBUG listen: no refusal",
    ];
    assert_eq!(lines.take(), expected);
    log.sum_up();
    assert_eq!(lines.take(), [""; 0]);
}

/// The library's events have no address unless the server has passed one in.
#[test]
fn a_peer_that_is_unknown_is_counted_with_others() {
    let (log, lines, _guard) = log(LevelFilter::OFF);
    let peer: Option<tracing::field::DisplayValue<IpAddr>> = None;
    warn!(target: "verify", peer, label = "mismatch", "refused");
    assert_eq!(lines.take(), [""; 0]);
    let expected = Kind {
        network: None,
        target: "verify",
        level: Level::WARN,
        label: "mismatch".to_owned(),
    };
    assert_eq!(log.with(Tally::take), [(expected, 1)]);
}

#[tokio::test(start_paused = true)]
async fn each_interval_has_its_sums() {
    let (log, lines, _guard) = log(LevelFilter::INFO);
    let running = tokio::spawn(log.run());
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for _ in 0..10 {
            refuse("192.0.2.1:1", "mismatch");
        }
        assert_eq!(lines.take().len(), 2);
        tokio::time::sleep(INTERVAL / 2).await;
        assert_eq!(lines.take(), [""; 0]);
        tokio::time::sleep(INTERVAL / 2).await;
        let sums = lines.take();
        assert!(
            sums.len() == 1 && sums[0].ends_with("suppressed=8"),
            "{sums:?}"
        );
    }
    running.abort();
}
