//! Whether a client should stop or retry.

// recipe: stop_or_retry
use wukongim_auth::{
    AcceptOptions, Answer, Disposition, Handshake, KeyPolicy, Verified, VerifyError,
};

const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

/// Answers a client, and counts the outcome.
pub fn answer(handshake: &Handshake<'_>, verdict: Result<Verified, VerifyError>) -> Answer {
    let answer = handshake.answer(verdict, &OPTIONS);
    if let Err(error) = &answer.outcome {
        match error.disposition() {
            // `reply` has a reason after which SDKs stop until the user logs in again.
            Disposition::Reject(_) => count("rejected", error.label()),
            // `reply` is empty. The store failed, and nothing is known about the client: close
            // the connection, and SDKs reconnect by themselves.
            _ => count("failed", error.label()),
        }
        eprintln!("{error:#}"); // with the fix, and the store's own error
    }
    answer
}
// recipe ends

/// Stands for your metrics.
fn count(name: &str, label: &str) {
    println!("{name}{{label=\"{label}\"}} +1");
}
