//! A verdict whose diagnosis is not in the log.

use serde_json::json;
use wukongim_auth::compare::TokenDigest;
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verifier, verify_record,
};
use wukongim_test_support::stand_in::StandIn;

use super::{OPEN, findings, verdict};
use crate::ask::page;
use crate::events::{NOW, answer_first, logs, store};
use crate::own::same_cause::lines;
use crate::run::{finding, objects};
use crate::store::dump::file;

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

/// In whatever way a host writes the error itself, which says that it is not diagnosed.
#[test]
fn an_error_that_is_not_diagnosed_proves_no_cause() {
    let (verifier, store) = (Verifier::new(), store());
    for token in ["alice's token of the web", "undefined", "another"] {
        let credentials = Credentials::new("alice", DeviceFlag::App, token);
        let verdict = verifier.verdict(&store, &credentials, NOW).unwrap_err();
        for line in lines(&verdict) {
            assert_eq!(findings(&[], std::slice::from_ref(&line)), [OPEN], "{line}");
        }
        let diagnosed = verifier.diagnose(&store, verdict);
        for line in lines(&diagnosed) {
            let found = findings(&[], std::slice::from_ref(&line));
            assert_eq!(found, [diagnosed.label()], "{line}");
        }
        let error = verify_record(&credentials, None, NOW).unwrap_err();
        for line in lines(&error) {
            assert_eq!(findings(&[], std::slice::from_ref(&line)), [OPEN], "{line}");
        }
    }
}

/// The registered token came, and has ended: there is no other cause.
#[test]
fn a_verdict_that_no_diagnosis_can_change_is_the_cause() {
    let store = store();
    let issued = || TokenRecord::issue(Token::new("carol's own token"), DeviceLevel::Master);
    let digest = || TokenRecord::issue(TokenDigest::of("carol's own token"), DeviceLevel::Master);
    let before = Timestamp::from_millis(1);
    store.insert("carol", DeviceFlag::App, issued().revoke(before));
    store.insert("carol", DeviceFlag::Pc, digest().revoke(before));
    store.insert("carol", DeviceFlag::Web, issued().with_expiry(before));
    for (flag, cause) in [
        (DeviceFlag::App, "revoked"),
        (DeviceFlag::Pc, "revoked"),
        (DeviceFlag::Web, "expired"),
    ] {
        let credentials = Credentials::new("carol", flag, "carol's own token");
        for log in logs(|| answer_first(&store, &credentials)) {
            for log in [without_diagnoses(&log), log] {
                let found: Vec<_> = objects(&[], &log).iter().map(finding).collect();
                assert_eq!(found, [cause], "{log}");
            }
        }
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
