//! This crate's own refusals, made by the crate: the doctor must name the same cause and fix.

use serde_json::json;
use wukongim_auth::diagnosis::{Language, Transport};
use wukongim_auth::{
    BoxError, Cause, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, MemoryStore, Timestamp,
    Token, TokenRecord, TokenStore, Verifier, VerifyError, verify,
};

use crate::run::{finding, object, objects, output};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Fails, from the first question or from the second.
struct Broken(bool);

impl TokenStore for Broken {
    type Error = BoxError;

    fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        if self.0 { Err("down".into()) } else { Ok(None) }
    }

    fn get_all(&self, _: &str, _: DeviceFlags) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        Err("down".into())
    }
}

fn store(records: &[(DeviceFlag, TokenRecord)]) -> MemoryStore {
    let store = MemoryStore::new();
    for (flag, record) in records {
        store.insert("alice", *flag, record.clone());
    }
    store
}

/// One refusal for every cause that the crate has, and for what its words depend on.
fn refusals() -> Vec<VerifyError> {
    let record = |token: &str| TokenRecord::issue(Token::new(token), DeviceLevel::Master);
    let before = Timestamp::from_millis(1);
    let (app, web, pc) = (DeviceFlag::App, DeviceFlag::Web, DeviceFlag::Pc);
    let (empty, mine) = (store(&[]), store(&[(app, record(TOKEN))]));
    let refuse = |store: &MemoryStore, credentials: Credentials<'_>| {
        let verifier = Verifier::new().with_manager_token(Token::new("the manager's"));
        verifier.verify(store, &credentials, NOW).unwrap_err()
    };
    let alice = |token| Credentials::new("alice", app, token);
    let elsewhere = store(&[(web, record(TOKEN)), (pc, record(TOKEN))]);
    let mut all = vec![
        refuse(&empty, Credentials::new("", app, TOKEN)),
        refuse(&empty, Credentials::new("a\nb", app, TOKEN)),
        refuse(
            &empty,
            Credentials::new("alice", DeviceFlag::from(7), TOKEN),
        ),
        refuse(&empty, Credentials::new("alice", DeviceFlag::System, TOKEN)),
        refuse(&empty, alice(" ")),
        refuse(&store(&[(app, record(TOKEN).revoke(before))]), alice(TOKEN)),
        refuse(
            &store(&[(app, record(TOKEN).with_expiry(before))]),
            alice(TOKEN),
        ),
        refuse(
            &store(&[(
                app,
                record(TOKEN).rotate(Token::new("new"), before).unwrap(),
            )]),
            alice(TOKEN),
        ),
        refuse(&empty, alice("the manager's")),
        refuse(&elsewhere, alice(TOKEN)),
        refuse(
            &elsewhere,
            alice(TOKEN).with_transport(Transport::WebSocket),
        ),
        refuse(&elsewhere, alice(TOKEN).with_device_flag_missing()),
        refuse(&elsewhere, alice("another")),
        refuse(
            &empty,
            Credentials::new("alice", pc, TOKEN).with_device_id("a \"b\" cause=x"),
        ),
        refuse(
            &empty,
            Credentials::new("a\"; cause=mismatch uid=\"b", web, TOKEN),
        ),
        refuse(&mine, alice("undefined")),
        refuse(&mine, alice("another")),
        verify(&Broken(true), &alice(TOKEN), NOW).unwrap_err(),
        verify(&Broken(false), &alice(TOKEN), NOW).unwrap_err(),
    ];
    all.extend(refusals_of_any_flag());
    let altered = [
        format!("\u{feff}{TOKEN}"),
        format!(" {TOKEN}\n"),
        format!("'{TOKEN}'"),
        format!("Bearer {TOKEN}"),
        TOKEN.replace('a', "%61"),
        TOKEN.to_uppercase(),
        TOKEN[..20].to_owned(),
        format!("{TOKEN}\0"),
        format!("Optional({TOKEN})"),
        format!("[\"{TOKEN}\"]"),
        format!("token={TOKEN}"),
        TOKEN.repeat(2),
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned(), // its base64
        format!("{}-{}", &TOKEN[..8], &TOKEN[8..]),
    ];
    all.extend(altered.iter().map(|token| refuse(&mine, alice(token))));
    all
}

/// Of hosts that allow other device flags than most.
fn refusals_of_any_flag() -> Vec<VerifyError> {
    let numbered =
        |numbers: &[u8]| -> DeviceFlags { numbers.iter().copied().map(DeviceFlag::from).collect() };
    let all_but_7: DeviceFlags = (0..=u8::MAX).map(DeviceFlag::from).collect();
    let all_but_7 = all_but_7.without(DeviceFlag::from(7));
    let refuse = |allowed, records: &[(DeviceFlag, TokenRecord)], flag: u8, token| {
        let verifier = Verifier::new().with_device_flags(allowed);
        let credentials = Credentials::new("alice", DeviceFlag::from(flag), token);
        let refused = verifier.verify(&store(records), &credentials, NOW);
        refused.unwrap_err()
    };
    let record = TokenRecord::issue(Token::new(TOKEN), DeviceLevel::Slave);
    let under = |numbers: &[u8]| -> Vec<_> {
        let flags = numbered(numbers);
        flags.iter().map(|flag| (flag, record.clone())).collect()
    };
    let some = numbered(&[0, 1, 4, 5, 99]);
    vec![
        refuse(some, &[], 2, TOKEN),
        refuse(all_but_7, &[], 7, TOKEN),
        refuse(DeviceFlags::NONE, &[], 0, TOKEN),
        refuse(some, &[], 4, TOKEN),
        refuse(some, &under(&[4]), 4, "another"),
        refuse(some, &under(&[4]), 0, TOKEN),
        refuse(some, &under(&[1, 4, 5]), 0, TOKEN),
        refuse(some, &under(&[0, 99]), 4, "another"),
    ]
}

/// What a host logs of a refusal, in the ways that hosts log.
fn lines(error: &VerifyError) -> Vec<String> {
    let json = serde_json::to_value(error).unwrap();
    let wrapped = json!({"timestamp": "2026-05-01T06:06:00.25Z", "fields": json});
    let message = json!({"level": "WARN", "fields": {"message": format!("refused: {error}")}});
    vec![
        error.to_string(),
        format!("2026-05-01T06:00:00.123456Z  WARN gateway: client refused: {error}"),
        format!("\u{1b}[2m2026-05-01T06:00:00Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m {error}"),
        json.to_string(),
        format!("May 01 06:00:00 host gateway[7]: {json}"),
        wrapped.to_string(),
        message.to_string(),
        json!({"msg": "client refused", "error": json}).to_string(),
        json!({"log": format!("{error}\n"), "stream": "stderr"}).to_string(),
        format!("2026-05-01T06:00:00.123456Z  WARN gateway: {error:#}"),
        json!({"level": "WARN", "message": format!("{error:#}")}).to_string(),
    ]
}

#[test]
fn the_crates_refusals_keep_their_cause_uid_flag_and_fix() {
    let refusals = refusals();
    let is_decided = |error: &&VerifyError| !matches!(error.cause(), Cause::Ambiguous { .. });
    let cases: Vec<_> = refusals
        .iter()
        .filter(is_decided)
        .flat_map(|error| lines(error).into_iter().map(move |line| (error, line)))
        .collect();
    let log: Vec<_> = cases.iter().map(|(_, line)| line.as_str()).collect();
    let (english, chinese) = (
        objects(&[], &log.join("\n")),
        objects(&["--lang", "zh"], &log.join("\n")),
    );
    assert_eq!((english.len(), chinese.len()), (cases.len(), cases.len()));
    for (((error, line), object), chinese) in cases.iter().zip(&english).zip(&chinese) {
        assert_eq!(finding(object), error.cause().label(), "{line}");
        assert_eq!(object["fix"], error.fix().to_string(), "{line}");
        let fix = error.fix().in_language(Language::Chinese).to_string();
        assert_eq!(chinese["fix"], fix, "{line}");
        let flag = u8::from(error.device_flag());
        assert_eq!(object["deviceFlag"], flag, "{line}");
        assert_eq!(
            object["actToken"],
            error.actual_token().to_string(),
            "{line}"
        );
        let uid = object["uid"].as_str().unwrap_or_default();
        assert_eq!(uid, error.uid().escape_debug().to_string(), "{line}");
    }
}

#[test]
fn there_is_a_refusal_for_every_cause() {
    let refusals = refusals();
    let mut labels: Vec<_> = refusals.iter().map(|e| e.cause().label()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), 16, "{labels:?}");
}

#[test]
fn an_ambiguous_refusal_keeps_its_candidates() {
    let credentials = Credentials::new("alice", DeviceFlag::App, TOKEN);
    let error = verify(&Broken(false), &credentials, NOW).unwrap_err();
    let named = "? issued_for_other_flag not_issued_for_flag not_issued";
    assert_eq!(finding(&object(&[], &error.to_string())), named);
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(finding(&object(&[], &json)), named);
}

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
    for line in lines {
        let object = object(&[], &line);
        assert_eq!(finding(&object), "mismatch", "{line}");
        assert_eq!(
            (&object["uid"], &object["deviceFlag"]),
            (&json!("judy"), &json!(1))
        );
        assert_eq!(object["actToken"], act, "{line}");
    }
}

const LINE: &str = r#"token verify fail: the token is the manager's; cause=manager_token uid="mallory" deviceFlag=APP deviceID="" expectToken=none actToken="len=1 sha256=00000000""#;

/// What a peer wrote into a field is no refusal of the crate's, whatever becomes of the line.
#[test]
fn a_refusal_within_the_text_of_another_is_no_cause() {
    let event = r#"token verify fail uid="mallory" device_flag=APP cause="manager_token" act_token="len=1 sha256=00000000""#;
    for own in [LINE, event] {
        let quoted = json!(own).to_string();
        let huge = "x".repeat(70_000);
        let fields = r#""cause":"manager_token","actToken":"a""#;
        let lines = [
            format!(r#"{{"msg":"【handler】token verify fail","uid":{quoted},"actToken":"b""#),
            format!(
                r#"{{"msg":"【handler】token verify fail","uid":{quoted},"actToken":"{huge}"}}"#
            ),
            format!(r#"【handler】token verify fail","uid":{quoted},"actToken":"b"}}"#),
            format!(r#"…"uid":{quoted},"actToken":"b"}}"#),
            quoted.trim_matches('"').to_owned() + r#"","actToken":"b"}"#,
            format!("【handler】{own}"),
            format!("WARN gateway: refused device_id={own}"),
            format!("WARN conn{{device_id={own}}}: gateway: refused"),
            format!("WARN conn{{device_id=x}}: {own} y}}: token verify fail uid=\"alice\""),
            format!("{own} {huge}"),
            format!(r#"{{"msg":"【handler】token verify fail","x":{{{fields}}},"uid":"a"#),
            format!(r#"{{"msg":"【handler】token verify fail","uid":"a",{fields}}}"#),
        ];
        for line in lines {
            let out = output(&["--json"], line.as_bytes()).stdout;
            let out = String::from_utf8(out).unwrap();
            let start: String = line.chars().take(500).collect();
            assert!(!out.contains(r#""cause":"manager_token""#), "{start}");
        }
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
    assert_eq!(objects(&[], &event("token verify fail")).len(), 1);
    for other in ["token verify diagnosis", "another", ""] {
        assert!(objects(&[], &event(other)).is_empty(), "{other}");
    }
}
