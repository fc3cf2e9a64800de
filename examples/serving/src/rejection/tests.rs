use futures_util::FutureExt;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, MemoryStore, Ready, Timestamp, Token, TokenRecord,
    VerifyError,
};
use wukongim_test_support::written::Written;

use super::*;
use crate::metrics::Now;
use crate::store::Store;
use crate::store::double::{Double, Fault};

/// alice has a token for WEB, and comes with it as APP: what the verdict alone says of her.
fn verdict() -> (MemoryStore, VerifyError) {
    let memory = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    memory.insert("alice", DeviceFlag::Web, record);
    let credentials = Credentials::new("alice", DeviceFlag::App, "s3cret");
    let verdict = Verifier::new().verdict(&memory, &credentials, Timestamp::now());
    let error = verdict.unwrap_err();
    (memory, error)
}

/// What is logged and counted if the store answers, or does not before the connection is given up.
async fn told(answers: bool) -> (String, String) {
    let (memory, error) = verdict();
    let store = match answers {
        true => Store::Memory(Ready(memory)),
        false => Store::Double(Double {
            memory,
            fault: Fault::SilentOfOthers,
        }),
    };
    let (metrics, log) = (Metrics::new(), Written::default());
    let subscriber = tracing_subscriber::fmt().with_writer(log.writer());
    let subscriber = subscriber.with_ansi(false).finish();
    // As in programs: the crate emits its diagnosis, too, if any package enables its events.
    let subscriber = subscriber.with(filter_fn(is_logged));
    let explained = async {
        let error = error.into();
        let peer = ([192, 0, 2, 1], 4711).into();
        let rejection = Rejection::new(&metrics, peer, &error);
        let verifier = Verifier::new();
        let _ = rejection.explain(&verifier, &store, error).now_or_never();
    };
    explained.with_subscriber(subscriber).await;
    let log = log.text();
    (log, metrics.page(Now::default()).unwrap())
}

#[tokio::test]
async fn a_rejection_is_told_once_with_what_is_known_of_its_cause() {
    for (answers, label) in [(true, "issued_for_other_flag"), (false, "not_issued")] {
        let (log, page) = told(answers).await;
        let [line] = log.lines().collect::<Vec<_>>()[..] else {
            panic!("{log}");
        };
        assert!(line.contains(&format!("cause=\"{label}\"")), "{line}");
        assert!(line.contains(&format!("diagnosed={answers}")), "{line}");
        assert!(line.contains("peer=192.0.2.1:4711"), "{line}");
        let count = format!("wukongim_handshakes_total{{outcome=\"{label}\"}} 1");
        assert!(page.lines().any(|line| line == count), "{page}");
        assert_eq!(page.matches("wukongim_handshakes_total{").count(), 1);
    }
}
