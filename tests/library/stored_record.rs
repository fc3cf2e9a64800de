//! The stored form of a record: version 1 is read and written without changes.

use proptest::prelude::*;
use serde_json::{Value, json};
use wukongim_auth::compare::{Secret, TokenDigest};
use wukongim_auth::provision::{StoredRecord, StoredRecordError};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, verify_record,
};

/// SHA-256 of "s3cret".
const S3CRET: &str = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0";

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn read(json: &str) -> Result<TokenRecord, StoredRecordError> {
    serde_json::from_str::<StoredRecord>(json)
        .unwrap()
        .try_into()
}

fn written(record: &TokenRecord) -> String {
    serde_json::to_string(&record.expose_for_storage()).unwrap()
}

/// Everything that a record can be asked for.
fn content(record: &TokenRecord) -> (String, DeviceLevel, [Option<Timestamp>; 3], u32) {
    let secret = match record.secret() {
        Secret::Plain(token) => format!("plain {}", token.expose_secret()),
        Secret::Digest(digest) => format!("digest {}", hex::encode(digest.expose_secret())),
        other => panic!("{other:?} is new"),
    };
    let times = [
        record.expires_at(),
        record.superseded_until(),
        record.revoked_at(),
    ];
    (secret, record.device_level(), times, record.revocations())
}

fn is_accepted(record: &TokenRecord, token: &str, now: i64) -> bool {
    verify_record(
        &Credentials::new("u", DeviceFlag::App, token),
        Some(record),
        at(now),
    )
    .is_ok()
}

/// Written by hand, and must never change: existing stores contain these.
#[test]
fn version_1_is_written_and_read_as_ever() {
    let s3cret = || TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Master);
    let rotated = || {
        s3cret()
            .rotate(Token::new("n3w"), at(1_700_000_060_000))
            .unwrap()
    };
    let new_digest = hex::encode(Token::new("n3w").digest().expose_secret());
    let cases = [
        (TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave), r#"{"v":1,"token":"s3cret","device_level":0}"#.to_owned()),
        (s3cret(), r#"{"v":1,"token":"s3cret","device_level":1}"#.to_owned()),
        (s3cret().into_digest_only(), format!(r#"{{"v":1,"sha256":"{S3CRET}","device_level":1}}"#)),
        (s3cret().with_expiry(at(-5)), r#"{"v":1,"token":"s3cret","device_level":1,"expires_at":-5}"#.to_owned()),
        (rotated(), r#"{"v":1,"token":"n3w","device_level":1,"superseded":{"token":"s3cret","until":1700000060000}}"#.to_owned()),
        (rotated().with_expiry(at(1_800_000_000_000)), r#"{"v":1,"token":"n3w","device_level":1,"expires_at":1800000000000,"superseded":{"token":"s3cret","until":1700000060000}}"#.to_owned()),
        (rotated().into_digest_only(), format!(r#"{{"v":1,"sha256":"{new_digest}","device_level":1,"superseded":{{"sha256":"{S3CRET}","until":1700000060000}}}}"#)),
        (rotated().revoke(at(9)), r#"{"v":1,"token":"n3w","device_level":1,"revoked_at":9,"revocations":1}"#.to_owned()),
        (s3cret().replacing(Some(&rotated().revoke(at(9)))), r#"{"v":1,"token":"s3cret","device_level":1,"revocations":1}"#.to_owned()),
        (TokenRecord::issue(Token::new("引号\" \\ \n"), DeviceLevel::Slave), r#"{"v":1,"token":"引号\" \\ \n","device_level":0}"#.to_owned()),
    ];
    for (record, golden) in cases {
        assert_eq!(written(&record), golden);
        let back = read(&golden).unwrap();
        assert_eq!(content(&back), content(&record), "{golden}");
        assert_eq!(written(&back), golden);
    }
}

#[test]
fn members_left_out_have_their_defaults() {
    let record = read(r#"{"v":1,"token":"s3cret"}"#).unwrap();
    let expected = ("plain s3cret".into(), DeviceLevel::Slave, [None; 3], 0);
    assert_eq!(content(&record), expected);
    let nulls = r#"{"v":1,"token":"s3cret","sha256":null,"expires_at":null,"superseded":null,"revoked_at":null}"#;
    assert_eq!(content(&read(nulls).unwrap()), expected);
    // Stores of other languages write upper-case digits.
    let upper = S3CRET.to_uppercase();
    let record = read(&format!(r#"{{"v":1,"sha256":"{upper}"}}"#)).unwrap();
    assert!(is_accepted(&record, "s3cret", 0));
    assert_eq!(content(&record).0, format!("digest {S3CRET}"));
}

#[test]
fn what_is_not_understood_is_refused() {
    use StoredRecordError::{DeviceLevel, Digest, Secret, UnknownVersion};
    let (short, long) = (&S3CRET[..63], format!("{S3CRET}0"));
    let not_hex = S3CRET.replacen('1', "g", 1);
    let wide = format!("{}é", &S3CRET[..62]);
    let cases = [
        (json!({"v": 0, "token": "t"}), UnknownVersion(0)),
        (json!({"v": 2, "token": "t"}), UnknownVersion(2)),
        (
            json!({"v": u32::MAX, "token": "t"}),
            UnknownVersion(u32::MAX),
        ),
        (json!({"v": 2}), UnknownVersion(2)),
        (
            json!({"v": 2, "token": "t", "sha256": "x", "device_level": 9}),
            UnknownVersion(2),
        ),
        (json!({"v": 1}), Secret),
        (json!({"v": 1, "token": "t", "sha256": S3CRET}), Secret),
        (json!({"v": 1, "token": "", "sha256": ""}), Secret),
        (json!({"v": 1, "sha256": ""}), Digest),
        (json!({"v": 1, "sha256": short}), Digest),
        (json!({"v": 1, "sha256": long}), Digest),
        (json!({"v": 1, "sha256": not_hex}), Digest),
        (json!({"v": 1, "sha256": wide}), Digest),
        (json!({"v": 1, "sha256": format!("+{short}")}), Digest),
        (
            json!({"v": 1, "token": "t", "device_level": 2}),
            DeviceLevel(2),
        ),
        (
            json!({"v": 1, "token": "t", "device_level": 255}),
            DeviceLevel(255),
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"until": 5}}),
            Secret,
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"token": "t", "sha256": S3CRET, "until": 5}}),
            Secret,
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"sha256": short, "until": 5}}),
            Digest,
        ),
        // A tombstone's superseded token is dropped, yet read first.
        (
            json!({"v": 1, "token": "t", "revoked_at": 1, "superseded": {"sha256": short, "until": 5}}),
            Digest,
        ),
    ];
    for (json, expected) in cases {
        assert_eq!(read(&json.to_string()).unwrap_err(), expected, "{json}");
    }
}

#[test]
fn what_is_no_record_is_refused_by_serde() {
    let cases = [
        (json!({}), "stored record has no v"),
        (json!({"token": "t"}), "stored record has no v"),
        (
            json!({"v": "1", "token": "t"}),
            "v should be an integer from 0 to 4294967295, but is a string",
        ),
        (
            json!({"v": -1, "token": "t"}),
            "v should be an integer from 0 to 4294967295, but is a number out of range",
        ),
        (
            json!({"v": null, "token": "t"}),
            "v should be an integer from 0 to 4294967295, but is null",
        ),
        (
            json!({"v": 1, "token": "t", "device_level": 256}),
            "device_level should be an integer from 0 to 255, but is a number out of range",
        ),
        (
            json!({"v": 1, "token": "t", "expires_at": 1.5}),
            "expires_at should be an integer of milliseconds, but is a floating-point number",
        ),
        (
            json!({"v": 1, "token": "t", "expires_at": u64::MAX}),
            "expires_at should be an integer of milliseconds, but is a number out of range",
        ),
        (
            json!({"v": 1, "token": "t", "revocations": -1}),
            "revocations should be an integer from 0 to 4294967295, but is a number out of range",
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"token": "t"}}),
            "superseded has no until",
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"token": "t", "until": null}}),
            "until should be an integer of milliseconds, but is null",
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"token": "t", "until": 5, "from": 1}}),
            "superseded has an unknown member",
        ),
        (
            json!({"v": 1, "token": "t", "revoked_att": 5}),
            "stored record has an unknown member",
        ),
        (
            json!([1, "t"]),
            "stored record should be an object, but is a list",
        ),
        (
            json!([1, "t", null, 0, null, null, null, 0]),
            "stored record should be an object, but is a list",
        ),
        (
            json!({"v": 1, "token": "t", "superseded": ["t", null, 5]}),
            "superseded should be an object, but is a list",
        ),
        (
            json!({"v": 1, "token": "t", "superseded": "t"}),
            "superseded should be an object, but is a string",
        ),
        (
            json!({"v": 1, "token": ["t"]}),
            "token should be a string, but is a list",
        ),
        (
            json!({"v": 1, "token": {"t": "t"}}),
            "token should be a string, but is an object",
        ),
        (
            json!("t"),
            "stored record should be an object, but is a string",
        ),
        (
            json!(1),
            "stored record should be an object, but is a number",
        ),
        (
            json!(true),
            "stored record should be an object, but is true or false",
        ),
        (
            json!(null),
            "stored record should be an object, but is null",
        ),
    ];
    for (json, expected) in cases {
        let error = serde_json::from_value::<StoredRecord>(json.clone())
            .err()
            .unwrap();
        assert_eq!(error.to_string(), expected, "{json}");
        // From a text, with the place where it was seen.
        let error = serde_json::from_str::<StoredRecord>(&json.to_string())
            .err()
            .unwrap();
        let text = error.to_string();
        assert!(error.is_data() && text.starts_with(expected), "{text}");
    }
    let twice = r#"{"v":1,"token":"t","token":"u"}"#;
    let error = serde_json::from_str::<StoredRecord>(twice).err().unwrap();
    assert!(
        error
            .to_string()
            .starts_with("token is given twice at line 1"),
        "{error}"
    );
}

/// A value or an unknown name may be a token anywhere, so no error repeats it.
#[test]
#[expect(clippy::approx_constant, reason = "its digits are the canary's")]
fn no_error_quotes_what_it_found() {
    const CANARY: &str = "canary-3141592653589793";
    const NUMBER: u64 = 3_141_592_653_589_793_238;
    let found = [
        json!(CANARY),
        json!(NUMBER),
        json!(3.141_592_653_589_793),
        json!([CANARY]),
        json!({CANARY: NUMBER}),
    ];
    let fields = [
        "v",
        "token",
        "sha256",
        "device_level",
        "expires_at",
        "superseded",
        "revoked_at",
        "revocations",
        CANARY,
    ];
    let mut refused = 0;
    for value in &found {
        let mut bodies = vec![value.clone()];
        for field in fields {
            let mut whole = json!({"v": 1, "token": "t"});
            whole[field] = value.clone();
            bodies.push(whole);
            bodies.push(json!({"v": 1, "token": "t", "superseded": {field: value, "until": 5}}));
        }
        for body in bodies {
            let error = match serde_json::from_value::<StoredRecord>(body.clone()) {
                Err(error) => error.to_string(),
                Ok(stored) => match TokenRecord::try_from(stored) {
                    Err(error) => error.to_string(),
                    Ok(_) => continue,
                },
            };
            assert!(
                !error.contains("canary") && !error.contains("14159"),
                "{error}"
            );
            refused += 1;
        }
    }
    assert!(refused > 80, "{refused}");
}

/// Written before revocations were counted, or by another hand.
#[test]
fn a_tombstone_was_revoked_once_at_least() {
    let cases = [
        (r#"{"v":1,"token":"t","revoked_at":5}"#, 1),
        (r#"{"v":1,"token":"t","revoked_at":5,"revocations":0}"#, 1),
        (r#"{"v":1,"token":"t","revoked_at":5,"revocations":1}"#, 1),
        (r#"{"v":1,"token":"t","revoked_at":5,"revocations":7}"#, 7),
        (r#"{"v":1,"token":"t","revocations":7}"#, 7),
        (r#"{"v":1,"token":"t","revocations":4294967295}"#, u32::MAX),
        (r#"{"v":1,"token":"t"}"#, 0),
    ];
    for (json, revocations) in cases {
        let record = read(json).unwrap();
        assert_eq!(record.revocations(), revocations, "{json}");
        let again = read(&written(&record)).unwrap();
        assert_eq!(again.revocations(), revocations, "{json}");
    }
}

#[test]
fn a_tombstone_accepts_nothing_whoever_wrote_it() {
    let json = r#"{"v":1,"token":"new","superseded":{"token":"old","until":9000},"revoked_at":5}"#;
    let record = read(json).unwrap();
    assert_eq!(record.superseded_until(), None);
    for token in ["new", "old"] {
        for now in [0, 4, 5, 6, 9_000] {
            assert!(!is_accepted(&record, token, now), "{token} at {now}");
        }
    }
    assert_eq!(
        written(&record),
        r#"{"v":1,"token":"new","device_level":0,"revoked_at":5,"revocations":1}"#
    );
}

#[test]
fn a_written_overlap_does_not_outlive_the_record() {
    let json = r#"{"v":1,"token":"new","expires_at":50,"superseded":{"token":"old","until":9000}}"#;
    let record = read(json).unwrap();
    assert!(is_accepted(&record, "old", 50));
    assert!(!is_accepted(&record, "old", 51));
}

/// The two secrets of a record may be of different forms: tokens from before digests came in.
#[test]
fn a_record_may_mix_a_digest_and_a_plain_token() {
    let json = format!(r#"{{"v":1,"sha256":"{S3CRET}","superseded":{{"token":"old","until":9}}}}"#);
    let record = read(&json).unwrap();
    assert!(is_accepted(&record, "s3cret", 0) && is_accepted(&record, "old", 9));
    assert!(!is_accepted(&record, "old", 10));
}

fn secret() -> impl Strategy<Value = Secret> {
    prop_oneof![
        ".{0,80}".prop_map(|text| Token::new(text).into()),
        any::<[u8; 32]>().prop_map(|bytes| TokenDigest::from_bytes(bytes).into()),
    ]
}

fn record() -> impl Strategy<Value = TokenRecord> {
    let times = (
        any::<Option<i64>>(),
        any::<Option<i64>>(),
        any::<Option<i64>>(),
    );
    let flags = (any::<bool>(), any::<bool>());
    (secret(), secret(), flags, times).prop_map(|(old, new, flags, times)| {
        let (is_master, is_issued_again) = flags;
        let level = if is_master {
            DeviceLevel::Master
        } else {
            DeviceLevel::Slave
        };
        let (expires, overlap, revoked) = times;
        let mut record = TokenRecord::issue(old, level).with_expiry(expires.map(at));
        if let Some(overlap) = overlap {
            record = record.rotate(new, at(overlap)).unwrap();
        }
        if let Some(revoked) = revoked {
            record = record.revoke(at(revoked));
        }
        match is_issued_again {
            true => TokenRecord::issue(Token::new("again"), level).replacing(Some(&record)),
            false => record,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(record in record()) {
        let json = written(&record);
        let back = read(&json).unwrap();
        prop_assert_eq!(content(&back), content(&record));
        prop_assert_eq!(written(&back), json);
    }

    #[test]
    fn digests_hold_no_token(record in record()) {
        let value: Value = serde_json::from_str(&written(&record.into_digest_only())).unwrap();
        prop_assert_eq!(&value["token"], &Value::Null);
        prop_assert_eq!(&value["superseded"]["token"], &Value::Null);
    }
}
