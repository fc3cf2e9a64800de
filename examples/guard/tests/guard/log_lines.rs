//! What an operator reads: one line for each client that is rejected, and one form for each that is not.

use std::collections::BTreeMap;
use std::process::Command;

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::program::program;

use crate::clients::{expect_answer, read_to_end, send};
use crate::counting::after_a_store_failure;
use crate::setup::{before_recorders, eventually};

/// Clients that come with a wrong token.
const FLOOD: usize = 200;

/// The value of `name=value` or `name="value"` in a line.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}="))?;
    match rest.strip_prefix('"') {
        Some(rest) => rest.split_once('"').map(|(value, _)| value),
        None => rest.split_whitespace().next(),
    }
}

fn wait_for(guard: &GatewayProcess, line: &str) {
    eventually(line, || {
        let page = guard.page("/guard/metrics");
        page.lines().any(|found| found == line)
    });
}

/// The verdict knows of another token only; the diagnosis, of whom it is.
#[test]
fn a_rejection_is_one_line_with_its_cause_and_fix() {
    for (mode, let_through) in [("enforce", None), ("observe", Some("true"))] {
        let arguments = [format!("--mode={mode}")];
        let (guard, model, _ports) = before_recorders(&[arguments[0].as_str()]);
        eventually("upstream's tokens are known", || {
            guard.request("GET", "/guard/health", "", "").0 == 200
        });
        assert_eq!(model.token("alice", 0).as_deref(), Some("s3cret"));
        let hello = Hello {
            device_flag: 1,
            ..Hello::new("s3cret")
        };
        let _stream = send(guard.tcp, &hello.connect(""));
        let cause = "issued_for_other_flag";
        wait_for(
            &guard,
            &format!("wukongim_handshakes_total{{outcome=\"{cause}\"}} 1"),
        );
        let log = guard.log_to_its_end();
        let about: Vec<_> = log
            .lines()
            .filter(|line| line.contains("label=") || line.contains("cause="))
            .collect();
        let [line] = about[..] else {
            panic!("{mode}: {log}");
        };
        assert!(line.contains(" WARN ") && line.contains("token verify fail"));
        for (name, value) in [
            ("label", Some(cause)),
            ("cause", Some(cause)),
            ("uid", Some("alice")),
            ("device_flag", Some("WEB")),
            ("transport", Some("tcp")),
            ("let_through", let_through),
        ] {
            assert_eq!(field(line, name), value, "{name} in {line}");
        }
        for name in ["peer", "fix", "reason", "act_token"] {
            assert!(
                field(line, name).is_some_and(|value| !value.is_empty()),
                "{name} in {line}"
            );
        }
        assert!(!log.contains("s3cret"), "{log}");
    }
}

#[test]
fn the_doctor_reads_the_line_in_both_formats() {
    for format in ["--log-format=text", "--log-format=json"] {
        let (guard, _model, _ports) = before_recorders(&[format]);
        let hello = Hello {
            uid: "al\"i\u{202e}ce",
            ..Hello::new("wrong")
        };
        read_to_end(&mut send(guard.tcp, &hello.connect("")));
        wait_for(
            &guard,
            r#"wukongim_handshakes_total{outcome="not_issued"} 1"#,
        );
        let file = std::env::temp_dir().join(format!("guard-doctor-{}", std::process::id()));
        std::fs::write(&file, guard.log_to_its_end()).unwrap();
        let output = Command::new(program("wukongim-doctor"))
            .arg(&file)
            .output()
            .unwrap();
        let _ = std::fs::remove_file(&file);
        let found = String::from_utf8(output.stdout).unwrap();
        for part in [
            "1 failed checks",
            "not_issued (deviceFlag=APP)",
            r#"uid="al\"i\u{202e}ce""#,
        ] {
            assert!(found.contains(part), "{format}: no {part} in {found}");
        }
    }
}

#[test]
fn a_store_that_fails_is_one_line_with_the_stores_own_words() {
    let guard = after_a_store_failure("line");
    wait_for(&guard, r#"wukongim_handshakes_total{outcome="store"} 1"#);
    let log = guard.log_to_its_end();
    let about: Vec<_> = log.lines().filter(|line| line.contains("store")).collect();
    let [line] = about[..] else {
        panic!("{log}");
    };
    assert!(
        line.contains(" ERROR ") && line.contains("token verify fail"),
        "{line}"
    );
    for name in ["store_error", "fix", "peer"] {
        assert!(field(line, name).is_some(), "{name} in {line}");
    }
}

/// Lines that were written and sums add up to all, each counted once.
#[test]
fn a_flood_is_a_few_lines_and_counts_that_add_up() {
    let (guard, _model, _ports) = before_recorders(&[]);
    let wrong = Hello::new("wrong").connect("");
    for _ in 0..FLOOD {
        read_to_end(&mut send(guard.tcp, &wrong));
    }
    wait_for(
        &guard,
        &format!("wukongim_handshakes_total{{outcome=\"mismatch\"}} {FLOOD}"),
    );
    let log = guard.log_to_its_end();
    let mut totals = BTreeMap::new();
    for line in log.lines() {
        if let Some(label) = field(line, "label") {
            let count = field(line, "suppressed").map_or(1, |count| count.parse().unwrap());
            *totals.entry(label).or_insert(0) += count;
        }
    }
    assert_eq!(totals, BTreeMap::from([("mismatch", FLOOD)]), "{log}");
    assert!(log.lines().count() < FLOOD / 2, "{log}");
}

/// The bytes that both sides have sent each other, regardless of who forwarded them.
#[test]
fn the_bytes_of_a_connection_are_counted_alike_in_both_modes() {
    let connect = Hello::new("s3cret").connect("");
    let mut lines = Vec::new();
    for mode in ["--mode=enforce", "--mode=observe"] {
        let (guard, _model, [tcp, _ws]) = before_recorders(&[mode]);
        eventually("upstream's tokens are known", || {
            guard.request("GET", "/guard/health", "", "").0 == 200
        });
        // With two bytes behind the request, and three later.
        let mut stream = send(guard.tcp, &[&connect[..], b"ab"].concat());
        expect_answer(&mut stream);
        std::io::Write::write_all(&mut stream, b"cde").unwrap();
        let all = [&connect[..], b"abcde"].concat();
        eventually("upstream has all of it", || tcp.heard(0) == all);
        drop(stream);
        let line = guard.log_line("ended: ");
        let of = |name| field(&line, name).unwrap().parse::<usize>().unwrap();
        assert_eq!(
            [of("to_upstream"), of("to_client")],
            [all.len(), 1],
            "{mode}: {line}"
        );
        assert_eq!(field(&line, "uid"), Some("alice"), "{mode}: {line}");
        let (_, form) = line.split_once("ended: ").unwrap();
        let words = form.split_whitespace();
        let form: Vec<_> = words
            .filter(|word| !word.starts_with("peer="))
            .map(str::to_owned)
            .collect();
        lines.push(form);
    }
    assert_eq!(lines[0], lines[1]);
}

/// A client that is not authenticated does not decide how long a line is.
#[test]
fn a_long_uid_is_cut_in_every_line() {
    let (guard, _model, _ports) = before_recorders(&["--mode=observe"]);
    eventually("upstream's tokens are known", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
    let uid = "u".repeat(3000);
    let hello = Hello {
        uid: &uid,
        ..Hello::new("wrong")
    };
    let mut stream = send(guard.tcp, &hello.connect(""));
    expect_answer(&mut stream);
    drop(stream);
    guard.log_line("ended: ");
    wait_for(
        &guard,
        r#"wukongim_handshakes_total{outcome="not_issued"} 1"#,
    );
    let log = guard.log_to_its_end();
    let uids: Vec<_> = log.lines().filter_map(|line| field(line, "uid")).collect();
    let cut = format!("{}…", "u".repeat(64));
    assert_eq!(uids, [&cut; 3], "rejected, forwarding, ended: {log}");
}
