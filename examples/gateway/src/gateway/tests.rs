//! What the command line comes to.

use clap::Parser;

use super::*;

/// Nothing is to be seen of it from outside but the time that a comparison with nothing takes.
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
