//! The written form of a record: version 1 reads and writes as it always did.

use proptest::prelude::*;
use serde_json::{Value, json};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Secret, StoredRecord, StoredRecordError, Timestamp,
    Token, TokenDigest, TokenRecord, UnknownDeviceLevel, check,
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
fn content(record: &TokenRecord) -> (String, DeviceLevel, [Option<Timestamp>; 3]) {
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
    (secret, record.device_level(), times)
}

fn is_accepted(record: &TokenRecord, token: &str, now: i64) -> bool {
    check(
        &Credentials::new("u", DeviceFlag::App, token),
        Some(record),
        at(now),
    )
    .is_ok()
}

/// Written by hand, never to be changed: stores out there hold these.
#[test]
fn version_1_is_what_it_was() {
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
        (rotated().revoke(at(9)), r#"{"v":1,"token":"n3w","device_level":1,"revoked_at":9}"#.to_owned()),
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
fn what_is_left_out_is_nothing() {
    let record = read(r#"{"v":1,"token":"s3cret"}"#).unwrap();
    let expected = ("plain s3cret".into(), DeviceLevel::Slave, [None; 3]);
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
            DeviceLevel(UnknownDeviceLevel(2)),
        ),
        (
            json!({"v": 1, "token": "t", "device_level": 255}),
            DeviceLevel(UnknownDeviceLevel(255)),
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
        (json!({}), "missing field `v`"),
        (json!({"token": "t"}), "missing field `v`"),
        (
            json!({"v": "1", "token": "t"}),
            "invalid type: string \"1\", expected u32",
        ),
        (
            json!({"v": -1, "token": "t"}),
            "invalid value: integer `-1`, expected u32",
        ),
        (
            json!({"v": 1, "token": "t", "device_level": 256}),
            "invalid value: integer `256`, expected u8",
        ),
        (
            json!({"v": 1, "token": "t", "expires_at": 1.5}),
            "invalid type: floating point `1.5`, expected i64",
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"token": "t"}}),
            "missing field `until`",
        ),
        (
            json!({"v": 1, "token": "t", "superseded": {"token": "t", "until": 5, "from": 1}}),
            "unknown field `from`, expected one of `token`, `sha256`, `until`",
        ),
    ];
    for (json, expected) in cases {
        let error = serde_json::from_value::<StoredRecord>(json.clone())
            .err()
            .unwrap();
        assert_eq!(error.to_string(), expected, "{json}");
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
        r#"{"v":1,"token":"new","device_level":0,"revoked_at":5}"#
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
fn forms_may_be_mixed() {
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
    (secret(), secret(), any::<bool>(), times).prop_map(|(old, new, is_master, times)| {
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
        match revoked {
            Some(revoked) => record.revoke(at(revoked)),
            None => record,
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
