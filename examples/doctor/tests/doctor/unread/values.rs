//! Several lines or values in one line: none hides another.

use serde_json::json;

use super::report;
use crate::own::refusals::TOKEN;
use crate::run::{finding, objects};

/// However many they are.
#[test]
fn every_value_of_a_line_is_read() {
    let one = |n: usize| {
        json!({"level": "error", "msg": "【handler】token is empty", "uid": format!("u{n}")})
            .to_string()
    };
    for count in [15, 16, 17, 40, 400] {
        let all: Vec<_> = (0..count).map(one).collect();
        for log in [all.concat(), all.join(" [im] "), all.join("} ")] {
            let found = objects(&[], &log);
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|one| finding(one) == "empty_token"));
        }
    }
}

/// One that says nothing hides nothing of its neighbours, and is not hidden by them.
#[test]
fn one_of_several_that_cannot_be_read_is_counted() {
    let good = json!({"msg": "【handler】token is empty", "uid": "alice"});
    let odd = json!({"something": {"quoted": "token verify fail"}});
    let logs = [
        format!("{good}{odd}"),
        format!("{odd} {good}"),
        json!([good, odd]).to_string(),
        json!({"hits": {"hits": [{"_source": odd}, {"_source": good}]}}).to_string(),
        json!({"message": format!("{good}\n{odd}")}).to_string(),
    ];
    for log in logs {
        let (out, _) = report(&log);
        assert!(out.starts_with("1 failed checks"), "{log}: {out}");
        assert!(
            out.contains("1 lines have a refusal's words"),
            "{log}: {out}"
        );
    }
}

/// Reading such a line over and over has an end, and what stands behind that is not passed over.
#[test]
fn a_line_of_brackets_ends_and_hides_nothing() {
    let good = json!({"msg": "【handler】token is empty", "uid": "alice"});
    let brackets = "[1,".repeat(10_000);
    let (out, code) = report(&format!("{good}{brackets}{{\"x\":\"token verify fail\"}}"));
    assert!(
        out.starts_with("1 failed checks") && out.contains("1 lines have a refusal's words"),
        "{out}"
    );
    assert_eq!(code, Some(1));
}

/// A connection ends its own line only; what broke off, or stands behind, is a line of its own.
#[test]
fn a_line_hides_no_other_in_the_same_line() {
    let v1 = |token: &str| {
        format!(
            r#"{{"time":"2024-04-11 08:12:09","msg":"【Processor】token verify fail","expectToken":"","actToken":"{token}","conn":"Conn[6]"}}"#
        )
    };
    let [one, other] = ["aaa", "bbb"].map(v1);
    for log in [format!("{one}{other}"), format!("[{one},{other},")] {
        assert_eq!(objects(&[], &log).len(), 2, "{log}");
    }
    let v2 = json!({"time": "2025-11-24T14:36:07+08:00", "msg": "【handler】token verify fail",
        "uid": "alice", "sourceNodeId": 1, "expectToken": "a", "actToken": TOKEN})
    .to_string();
    let broken = r#"{"level":"error","msg":"【handler】token verify fail","uid":"al"#;
    let console = "2025-11-24T14:36:09+08:00 ERR msg=【processUser】token verify fail expectToken= actToken=zzz";
    for log in [format!("{broken}{v2}"), format!("{v2} {console}")] {
        let (out, _) = report(&log);
        let both = out.starts_with("1 failed checks") && out.contains("1 lines have a refusal's");
        assert!(both || out.starts_with("2 failed checks"), "{log}: {out}");
    }
}
