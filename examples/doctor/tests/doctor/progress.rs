//! How far it is, on a terminal: `script` runs the doctor in one.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;
use wukongim_test_support::stand_in::{Reply, StandIn};

#[test]
fn the_user_that_is_asked_about_is_counted() {
    let server = StandIn::start(|_| {
        // So that it is drawn: not every change is.
        thread::sleep(Duration::from_millis(200));
        Reply::Json(200, json!({"total": 0, "more": 0, "data": []}).to_string())
    });
    let line = |uid: &str| {
        json!({"msg": "【handler】get device token err", "error": "not found", "uid": uid, "deviceFlag": "WEB"})
            .to_string()
    };
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctor-progress.log");
    let lines = ["alice", "bob", "carol", "bob", "dave"].map(line);
    fs::write(&log, lines.join("\n")).unwrap();
    let command = format!(
        "{} --ask {} --ask-limit 3 {}",
        env!("CARGO_BIN_EXE_wukongim-doctor"),
        server.address,
        log.display()
    );
    let output = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            assert!(
                std::env::var_os("REQUIRE_TOOLS").is_none(),
                "script: {error}"
            );
            eprintln!("SKIPPED: there is no script");
            return;
        }
    };
    let screen = String::from_utf8_lossy(&output.stdout);
    for number in 1..=3 {
        let told = format!("asking about user {number} (of 3 at most)");
        assert!(screen.contains(&told), "{screen}");
    }
    assert!(!screen.contains("user 4"), "{screen}");
    assert!(
        screen.contains("1 failures were not asked about"),
        "{screen}"
    );
    assert_eq!(server.lines().len(), 3);
}
