//! `--uid`: would this user get in?

use wukongim_test_support::stand_in::StandIn;

use super::{ask, v2};
use crate::run::output;

/// Without a log.
#[test]
fn would_alice_get_in() {
    let server = StandIn::start(v2);
    let cases: [(&[&str], i32, &str); 7] = [
        (
            &[
                "--uid",
                "alice",
                "--token",
                "alice-web",
                "--device-flag",
                "1",
            ],
            0,
            "1 (WEB)  yes",
        ),
        (
            &[
                "--uid",
                "alice",
                "--token",
                "alice-web",
                "--device-flag",
                "0",
            ],
            1,
            "no, issued_for_other_flag",
        ),
        (
            &["--uid", "alice", "--token", "alice-web"],
            0,
            "1 (WEB)  yes",
        ),
        (
            &[
                "--uid",
                "alice",
                "--token",
                "Bearer alice-app",
                "--device-flag",
                "0",
            ],
            1,
            "no, altered",
        ),
        (
            &["--uid", "carol", "--token", "x", "--device-flag", "0"],
            1,
            "no, revoked",
        ),
        (
            &["--uid", "bob", "--token", "x", "--device-flag", "0"],
            1,
            "no, not_issued",
        ),
        (&["--uid", "alice"], 0, "0 (APP)  len=9 sha256="),
    ];
    for (arguments, code, says) in cases {
        let out = output(&ask(&server, arguments), b"");
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(
            text.contains(says),
            "{arguments:?}: {text} {}",
            String::from_utf8_lossy(&out.stderr)
        );
        assert_eq!(out.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(!text.contains("alice-app"), "{text}");
    }
    let out = output(
        &ask(
            &server,
            &["--uid", "alice", "--token-stdin", "--device-flag", "1"],
        ),
        b"alice-web\n",
    );
    assert_eq!(out.status.code(), Some(0));
    let nobody = output(&["--ask", "http://127.0.0.1:1", "--uid", "alice"], b"");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(!nobody.stderr.is_empty());
}
