//! The forms of a refusal's line, of older versions and of today.

use serde_json::json;

use super::others_text::LINE;
use crate::run::{finding, object, objects, output};

/// Labels and device flags had other words before the first release.
#[test]
fn lines_of_older_versions_are_read() {
    let line = |cause: &str| {
        format!(
            r#"token verify fail: words; cause={cause} uid="a" deviceFlag=UNKNOWN(7) deviceID="" expectToken=none actToken="len=1 sha256=00000000""#
        )
    };
    let undecided = "? issued_for_other_flag revoked not_issued_for_flag not_issued mismatch";
    for (old, new) in [
        ("deformed", "altered"),
        ("undecided", undecided),
        ("unknown_device_flag", "unknown_device_flag"),
    ] {
        let object = object(&[], &line(old));
        assert_eq!(
            (finding(&object), &object["deviceFlag"]),
            (new.into(), &json!(7))
        );
    }
}

#[test]
fn events_of_tracing_are_read_as_text_and_as_json() {
    let act = "len=64 sha256=99aabbcc";
    let lines = [
        format!(
            r#"2026-05-01T06:05:00.5Z  WARN wukongim_auth: token verify fail uid="judy" device_flag=WEB cause="mismatch" expect_token="len=3 sha256=00112233" act_token="{act}""#
        ),
        format!(
            r#"WARN conn{{peer=1.2.3.4}}: token verify fail uid="judy" device_flag=1 cause="mismatch" act_token="{act}""#
        ),
        json!({"fields": {"message": "token verify fail", "uid": "judy", "device_flag": "WEB",
            "cause": "mismatch", "act_token": act}})
        .to_string(),
        json!({"message": "token verify fail", "uid": "judy", "device_flag": 1,
            "cause": "mismatch", "expect_token": "none", "act_token": act})
        .to_string(),
    ];
    let open = "? mismatch issued_for_other_flag altered placeholder manager_token";
    for line in lines {
        // A verdict alone; with the field of a host that has the diagnosis, the cause.
        let object = object(&[], &line);
        assert_eq!(finding(&object), open, "{line}");
        let diagnosed = match line.starts_with('{') {
            true => line.replace("\"cause\":", "\"diagnosed\":true,\"cause\":"),
            false => format!("{line} diagnosed=true"),
        };
        assert_eq!(finding(&crate::run::object(&[], &diagnosed)), "mismatch");
        assert_eq!(
            (&object["uid"], &object["deviceFlag"]),
            (&json!("judy"), &json!(1))
        );
        assert_eq!(object["actToken"], act, "{line}");
    }
}

/// In logfmt, a text without spaces needs no quotes.
#[test]
fn events_in_logfmt_are_read() {
    let act = "len=64 sha256=99aabbcc";
    let beginnings = [
        r#"ts=2026-05-01T06:05:00Z level=warn target=wukongim_auth::verify message="token verify fail" uid=judy"#,
        r#"time=2026-05-01T06:05:00Z level=WARN msg="token verify fail" uid="judy""#,
    ];
    for beginning in beginnings {
        let line = |cause: &str, diagnosed: bool| {
            format!(
                r#"{beginning} device_flag=WEB label={cause} cause={cause} reason="another token" diagnosed={diagnosed} act_token="{act}" peer=192.0.2.1:4711"#
            )
        };
        let found = object(&[], &line("mismatch", true));
        assert_eq!(
            (finding(&found), &found["uid"], &found["deviceFlag"]),
            ("mismatch".into(), &json!("judy"), &json!(1))
        );
        assert_eq!(found["actToken"], act);
        // With its diagnosis in the next line: one failure.
        let verdict = line("mismatch", false);
        let diagnosis =
            line("altered", true).replace("token verify fail", "token verify diagnosis");
        let found = objects(&[], &format!("{verdict}\n{diagnosis}"));
        assert_eq!(found.iter().map(finding).collect::<Vec<_>>(), ["altered"]);
        // With a cause that this version does not know: no candidates of another form.
        let unknown = output(&["--json"], line("brand_new", true).as_bytes());
        assert_eq!(String::from_utf8_lossy(&unknown.stdout), "");
        assert_eq!(unknown.status.code(), Some(1));
    }
}

#[test]
fn a_refusal_is_read_behind_what_loggers_write() {
    let prefixes = [
        "",
        "2026-05-01T06:05:00.5Z  WARN gateway: ",
        "2026-05-01T06:05:00.5Z  WARN conn{peer=1.2.3.4}: gateway: refused: ",
        "WARN conn{peer=1.2.3.4 id=\"a} \\\"b\"}:read{n=1}: gateway: ",
        "WARN gateway: refused error=",
        "May 01 06:00:00 host gateway[7]: ",
    ];
    for prefix in prefixes {
        let line = format!("{prefix}{LINE}");
        assert_eq!(finding(&object(&[], &line)), "manager_token", "{line}");
    }
}

#[test]
fn a_diagnosis_is_not_counted_beside_its_refusal() {
    let event = |message: &str| {
        json!({"fields": {"message": message, "uid": "judy", "cause": "mismatch",
            "act_token": "len=1 sha256=00000000"}})
        .to_string()
    };
    let [fail, diagnosis] = ["token verify fail", "token verify diagnosis"].map(event);
    for log in [
        fail.clone(),
        diagnosis.clone(),
        format!("{fail}\n{diagnosis}"),
    ] {
        assert_eq!(objects(&[], &log).len(), 1, "{log}");
    }
    for other in ["another", ""] {
        assert!(objects(&[], &event(other)).is_empty(), "{other}");
    }
}
