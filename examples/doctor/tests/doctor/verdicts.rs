//! A host that answers first logs two events of one failure: its verdict at WARN, and its diagnosis at
//! INFO, which may not be in the log.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verifier,
};
use wukongim_test_support::stand_in::StandIn;

use crate::ask::page;
use crate::events::{NOW, answer_first, logs, store};
use crate::run::{doctor, finding, objects};
use crate::store::dump::file;

const OPEN: &str =
    "? issued_for_other_flag not_issued_for_flag not_issued placeholder manager_token";

/// `PresentedToken` of `s3cret`.
const ACT: &str = "len=6 sha256=1ec1c26b";

fn event(message: &str, label: &str, uid: &str, time: &str) -> String {
    format!(
        r#"2026-05-01T06:{time}Z  WARN wukongim_auth: {message} uid="{uid}" device_flag=PC device_id="d" act_token="{ACT}" label="{label}" cause="{label}" reason="the token was issued for another device flag: WEB" fix="" device_flag_missing=false peer=192.0.2.1:4711"#
    )
}

fn verdict(uid: &str, time: &str) -> String {
    event("token verify fail", "not_issued", uid, time)
}

fn diagnosis(uid: &str, time: &str) -> String {
    event("token verify diagnosis", "issued_for_other_flag", uid, time)
}

fn findings(arguments: &[&str], log: &[String]) -> Vec<String> {
    let objects = objects(arguments, &log.join("\n"));
    objects.iter().map(finding).collect()
}

/// What the log of a server says that logs warnings only.
fn without_diagnoses(log: &str) -> String {
    let lines = log
        .lines()
        .filter(|line| !line.contains("token verify diagnosis"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_verdict_alone_proves_no_cause_and_leaves_the_one_that_it_was() {
    let store = store();
    let revoked = TokenRecord::issue(Token::new("carol's old one"), DeviceLevel::Master);
    store.insert(
        "carol",
        DeviceFlag::App,
        revoked.revoke(Timestamp::from_millis(1)),
    );
    let with = |uid, flag, token| Credentials::new(uid, flag, token);
    let app = DeviceFlag::App;
    for credentials in [
        with("nobody", DeviceFlag::Pc, "x"),
        with("nobody", app, "undefined"),
        with("alice", app, "alice's token of the web"),
        with("alice", app, "another"),
        with("bob\"\\ x", app, "Bearer bob's own token"),
        with("bob\"\\ x", app, "another"),
        with("carol", app, "another"),
        with("carol", app, "\"carol's old one\""),
    ] {
        let error = Verifier::new()
            .verify(&store, &credentials, NOW)
            .unwrap_err();
        for log in logs(|| answer_first(&store, &credentials)) {
            let whole = objects(&[], &log);
            assert_eq!(
                whole.iter().map(finding).collect::<Vec<_>>(),
                [error.label()]
            );
            let [object] = &objects(&[], &without_diagnoses(&log))[..] else {
                panic!("{log}");
            };
            let found = finding(object);
            let mut candidates = found.strip_prefix("? ").expect(&log).split(' ');
            assert!(
                candidates.any(|label| label == error.label()),
                "{found}: {log}"
            );
            let fix = object["fix"].as_str().unwrap();
            assert!(
                !fix.starts_with("Call POST") && !fix.starts_with("Issue"),
                "{fix}"
            );
        }
        // A host that verifies in one step logs one event, which says that it is diagnosed.
        let verify = || drop(Verifier::new().verify(&store, &credentials, NOW));
        for log in logs(verify) {
            let [object] = &objects(&[], &log)[..] else {
                panic!("{log}");
            };
            assert_eq!(finding(object), error.label(), "{log}");
        }
    }
}

/// The registered token came, and has ended: there is no other cause.
#[test]
fn a_verdict_that_no_diagnosis_can_change_is_the_cause() {
    let store = store();
    let issued = || TokenRecord::issue(Token::new("carol's own token"), DeviceLevel::Master);
    let before = Timestamp::from_millis(1);
    store.insert("carol", DeviceFlag::App, issued().revoke(before));
    store.insert("carol", DeviceFlag::Web, issued().with_expiry(before));
    for (flag, cause) in [(DeviceFlag::App, "revoked"), (DeviceFlag::Web, "expired")] {
        let credentials = Credentials::new("carol", flag, "carol's own token");
        for log in logs(|| answer_first(&store, &credentials)) {
            for log in [without_diagnoses(&log), log] {
                let found: Vec<_> = objects(&[], &log).iter().map(finding).collect();
                assert_eq!(found, [cause], "{log}");
            }
        }
    }
}

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

/// The fingerprint shows whose the token is, and not what it was made of.
#[test]
fn a_server_or_a_dump_says_whose_the_token_is() {
    let log = [verdict("alice", "00:00.001")];
    let nobodys = [verdict("alice", "00:00.001").replace("1ec1c26b", "00000000")];
    let web =
        |token: &str| json!({"uid": "alice", "device_flag": 1, "token": token, "device_level": 1});
    let server = StandIn::start(move |_| page(&[web("s3cret")], 0));
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    let mut row = serde_json::to_value(record.expose_for_storage()).unwrap();
    row["uid"] = "alice".into();
    row["device_flag"] = 1.into();
    let dump = file("verdicts.jsonl", &row.to_string());
    for arguments in [
        ["--ask", &*server.address],
        ["--store", dump.to_str().unwrap()],
    ] {
        assert_eq!(
            findings(&arguments, &log),
            ["issued_for_other_flag"],
            "{arguments:?}"
        );
        let open = "? not_issued_for_flag placeholder manager_token";
        assert_eq!(findings(&arguments, &nobodys), [open], "{arguments:?}");
    }
    let manager = ["--manager-token", "s3cret"];
    assert_eq!(findings(&manager, &log), ["manager_token"]);
}
