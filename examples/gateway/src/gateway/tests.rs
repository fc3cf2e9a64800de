//! The effects of the command line.

use clap::Parser;

use super::*;

/// From outside, only the time of a comparison with an absent token would show it.
#[tokio::test]
async fn the_verifier_is_told_in_which_form_tokens_are_kept() {
    for (store, form) in [("memory", "Plain"), ("redis://127.0.0.1:1", "Digest")] {
        let gateway = Gateway::open(Options::parse_from(["gateway", "--store", store])).unwrap();
        let verifier = format!("{:?}", gateway.verifier);
        assert!(
            verifier.contains(&format!("absent_form: {form}")),
            "{verifier}"
        );
    }
}
