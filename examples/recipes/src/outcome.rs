//! Whether a client shall stop or try again.

use wukongim_auth::{Disposition, Handshake, VerifyError};

// recipe: stop_or_retry
/// What to send before closing; nothing where the client shall come back.
pub fn turn_away(handshake: Handshake<'_>, error: &VerifyError) -> Vec<u8> {
    let mut reply = Vec::new();
    match handshake.reject(error, &mut reply) {
        // SDKs stop for good at reason 2, until the user has logged in again.
        Disposition::Reject(_) => count("refused", error.cause().label()),
        // The store failed, and nothing is known about the client. SDKs reconnect by themselves.
        _ => count("store_failed", error.cause().label()),
    }
    eprintln!("{error:#}"); // with the fix, and what the store's error was
    reply
}
// recipe ends

/// Stands for the host's metrics.
fn count(name: &str, label: &str) {
    println!("{name}{{cause=\"{label}\"}} +1");
}
