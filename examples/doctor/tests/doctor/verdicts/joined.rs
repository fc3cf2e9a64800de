//! A verdict and its diagnosis are one failure.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{OPEN, diagnosis, findings, verdict};
use crate::run::{doctor, finding, objects};

#[test]
fn a_diagnosis_and_its_verdict_are_one_failure_in_any_order() {
    let (first, second) = (
        verdict("alice", "00:00.001"),
        diagnosis("alice", "00:00.009"),
    );
    for log in [
        vec![first.clone(), second.clone()],
        vec![second.clone(), first.clone()],
        vec![second.clone()],
        vec![
            first,
            verdict("bob", "00:00.002"),
            second,
            diagnosis("bob", "00:00.010"),
        ],
    ] {
        let users = 1 + usize::from(log.len() == 4);
        let expected = vec!["issued_for_other_flag"; users];
        assert_eq!(findings(&[], &log), expected, "{log:?}");
        let table = doctor(&[], log.join("\n").as_bytes());
        assert!(
            table.starts_with(&format!("{users} failed checks")),
            "{table}"
        );
        assert!(table.contains("deviceFlag 1 (WEB)."), "{table}");
        assert!(!table.contains("not_issued"), "{table}");
    }
}

#[test]
fn a_client_that_retries_has_a_cause_for_each_diagnosis() {
    let verdicts = (0..5).map(|n| verdict("alice", &format!("00:00.00{n}")));
    let diagnoses = (0..3).map(|n| diagnosis("alice", &format!("00:00.01{n}")));
    let log: Vec<_> = verdicts.chain(diagnoses).collect();
    let mut expected = ["issued_for_other_flag"; 5];
    expected[3..].fill(OPEN);
    assert_eq!(findings(&[], &log), expected);
}

#[test]
fn what_is_another_attempts_is_not_joined() {
    let at_first = verdict("alice", "00:00.001");
    let others = [
        diagnosis("alice", "01:00.001"),
        diagnosis("bob", "00:00.001"),
        diagnosis("alice", "00:00.001").replace("4711", "4712"),
        diagnosis("alice", "00:00.001").replace("=PC", "=APP"),
        diagnosis("alice", "00:00.001").replace("1ec1", "1ec2"),
        diagnosis("alice", "00:00.001").replace(r#"_id="d""#, r#"_id="e""#),
    ];
    for other in others {
        let log = [at_first.clone(), other];
        assert_eq!(
            findings(&[], &log),
            [OPEN, "issued_for_other_flag"],
            "{log:?}"
        );
    }
}

/// More wait than are held, and none is lost, or in another's place.
#[test]
fn however_many_wait_each_is_told_once_and_in_order() {
    let users: Vec<_> = (0..3_000).map(|n| format!("u{n}")).collect();
    let log: Vec<_> = users.iter().map(|uid| verdict(uid, "00:00.001")).collect();
    let found = objects(&[], &log.join("\n"));
    let order: Vec<_> = found
        .iter()
        .map(|one| one["uid"].as_str().unwrap())
        .collect();
    assert_eq!(order, users);
    assert!(found.iter().all(|one| finding(one) == OPEN));
}

#[test]
fn a_diagnosis_beyond_the_period_still_says_what_a_failure_within_it_was() {
    let log = [
        verdict("alice", "00:00.999"),
        diagnosis("alice", "00:01.001"),
    ];
    let until = ["--until", "2026-05-01T06:00:01Z"];
    assert_eq!(findings(&until, &log), ["issued_for_other_flag"]);
    let since = ["--since", "2026-05-01T06:00:01Z"];
    assert_eq!(findings(&since, &log), [""; 0]);
}

/// What is seen as it comes cannot wait; the report counts it once.
#[test]
fn a_diagnosis_corrects_what_was_followed() {
    for json in [false, true] {
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_wukongim-doctor"));
        doctor
            .args(json.then_some("--json"))
            .args(["--follow", "-"]);
        let mut child = doctor
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut say = |line: String| {
            writeln!(stdin, "{line}").unwrap();
            out.next().unwrap().unwrap()
        };
        let first = say(verdict("alice", "00:00.001"));
        let second = say(diagnosis("alice", "00:00.009"));
        drop(stdin);
        let report = out.next();
        if json {
            let [first, second] = [first, second].map(|line| serde_json::from_str(&line).unwrap());
            assert_eq!(finding(&first), OPEN);
            assert_eq!(finding(&second), "issued_for_other_flag");
            let corrects = [first, second].map(|object: Value| object.get("corrects").cloned());
            assert_eq!(corrects, [None, Some(json!(true))]);
            assert!(report.is_none());
        } else {
            assert!(first.contains("  issued_for_other_flag? "), "{first}");
            let told = "  issued_for_other_flag (diagnosed)  uid=\"alice\"  Issue the token";
            assert!(second.contains(told), "{second}");
            assert_eq!(report.unwrap().unwrap(), "1 failed checks, 2 lines");
        }
        out.for_each(drop);
        assert_eq!(child.wait().unwrap().code(), Some(1));
    }
}
