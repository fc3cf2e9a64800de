//! Time and place: zones, spans, nodes, several files.

use std::fs;
use std::path::Path;

use crate::run::{doctor, object, objects};

fn line(time: &str, uid: &str, node: u32) -> String {
    format!(
        r#"{{"time":"{time}","msg":"【handler】token is empty","uid":"{uid}","sourceNodeId":{node}}}"#
    )
}

#[test]
fn a_time_without_a_zone_is_none_of_greenwich() {
    let naive = line("2024-04-11 08:12:09", "a", 1);
    assert_eq!(object(&[], &naive)["time"], "2024-04-11T08:12:09.000");
    for zone in ["Asia/Shanghai", "+08:00"] {
        let there = object(&["--tz", zone], &naive);
        assert_eq!(there["time"], "2024-04-11T00:12:09.000Z", "{zone}");
    }
    let out = doctor(&[], naive.as_bytes());
    assert!(
        !out.contains("UTC") && out.contains("names no zone"),
        "{out}"
    );
    let out = doctor(&["--tz", "Asia/Shanghai"], naive.as_bytes());
    assert!(
        out.contains("first (Asia/Shanghai)") && out.contains("2024-04-11 08:12:09 "),
        "{out}"
    );
    assert!(!out.contains("names no zone"), "{out}");
    let zoned = line("2024-04-11T08:12:09+08:00", "a", 1);
    assert!(doctor(&[], zoned.as_bytes()).contains("2024-04-11 00:12:09Z"));
}

#[test]
fn the_containers_time_stands_in_for_one_without_a_zone() {
    let naive = line("2024-04-11 08:12:09", "a", 1);
    let docker = serde_json::json!({ "log": naive, "time": "2024-04-11T00:12:09.5Z" }).to_string();
    assert_eq!(object(&[], &docker)["time"], "2024-04-11T00:12:09.500Z");
    let prefixed = format!("2024-04-11T00:12:09.5Z {naive}");
    assert_eq!(object(&[], &prefixed)["time"], "2024-04-11T00:12:09.500Z");
}

fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-times-{name}"));
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn several_files_are_read_in_the_order_of_their_times() {
    let one = file(
        "one.log",
        &[
            line("2024-04-11T08:00:00Z", "1", 1),
            line("2024-04-11T10:00:00Z", "3", 1),
        ]
        .join("\n"),
    );
    let two = file(
        "two.log",
        &[
            line("2024-04-11T09:00:00Z", "2", 1),
            line("2024-04-11T11:00:00Z", "4", 1),
        ]
        .join("\n"),
    );
    for files in [[&*two, &*one], [&*one, &*two]] {
        let uids: Vec<_> = objects(&files, "")
            .iter()
            .map(|object| object["uid"].clone())
            .collect();
        assert_eq!(uids, ["1", "2", "3", "4"]);
    }
}

#[test]
fn what_is_on_one_node_only_is_seen() {
    let mismatch = r#"{"msg":"【handler】token verify fail","uid":"b","sourceNodeId":2,"expectToken":"a","actToken":"bb"}"#;
    let log = [line("2024-04-11T08:00:00Z", "a", 1), mismatch.to_owned()].join("\n");
    let out = doctor(&[], log.as_bytes());
    assert!(
        out.contains("only on node 2: registered on another node"),
        "{out}"
    );
    let one = doctor(&[], mismatch.as_bytes());
    assert!(
        !one.contains("only on"),
        "a log of one node says nothing of others: {one}"
    );
}

#[test]
fn retries_of_one_token_are_one_client() {
    let line = r#"{"msg":"【handler】token verify fail","uid":"b","sourceNodeId":2,"expectToken":"a","actToken":"bb"}"#;
    let out = doctor(&[], [line; 40].join("\n").as_bytes());
    assert!(
        out.contains("40 of 40 with one and the same token"),
        "{out}"
    );
}

#[test]
fn nobody_stands_out_of_too_many_users() {
    let log: Vec<_> = (0..5_000)
        .map(|n| line("2024-04-11T08:00:00Z", &format!("u{n}"), 1))
        .collect();
    let out = doctor(&[], log.join("\n").as_bytes());
    assert!(
        out.contains("none of them stands out") && !out.contains("~1"),
        "{out}"
    );
}
