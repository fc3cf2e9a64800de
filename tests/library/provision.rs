//! The requests of the business server, and the look at a client's parameters.

use wukongim_auth::DeviceFlag::{App, Pc, System, Unknown, Web};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, DeviceQuitRequest, IssueTokenRequest, MemoryStore,
    ParameterProblem, ProvisionError, Registration, Timestamp, TokenRecord, UnknownDeviceLevel,
    parameter_problems, verify,
};

fn issue(body: &str) -> Result<Registration, ProvisionError> {
    serde_json::from_str::<IssueTokenRequest>(body)
        .unwrap()
        .into_record()
}

#[test]
fn a_request_gives_its_registration() {
    let cases = [
        (
            r#"{"uid":"u","token":"t","device_flag":0,"device_level":0}"#,
            App,
            DeviceLevel::Slave,
        ),
        (
            r#"{"uid":"u","token":"t","device_flag":1,"device_level":1}"#,
            Web,
            DeviceLevel::Master,
        ),
        (
            r#"{"uid":"u","token":"t","device_flag":2}"#,
            Pc,
            DeviceLevel::Slave,
        ),
        (r#"{"uid":"u","token":"t"}"#, App, DeviceLevel::Slave),
        (
            r#"{"uid":"u","token":"t","device_level":1}"#,
            App,
            DeviceLevel::Master,
        ),
        (
            r#"{"uid":"u","token":"t","device_flag":99}"#,
            System,
            DeviceLevel::Slave,
        ),
        (
            r#"{"uid":"u","token":"t","device_flag":255}"#,
            Unknown(255),
            DeviceLevel::Slave,
        ),
        (
            r#"{"uid":"u","token":"t","channel":"x","device_flag":1}"#,
            Web,
            DeviceLevel::Slave,
        ),
    ];
    for (body, flag, level) in cases {
        let issued = issue(body).unwrap();
        assert_eq!(
            (issued.uid.as_str(), issued.device_flag),
            ("u", flag),
            "{body}"
        );
        assert_eq!(issued.record.device_level(), level, "{body}");
        let times = (issued.record.expires_at(), issued.record.revoked_at());
        assert_eq!(
            (times, issued.record.superseded_until()),
            ((None, None), None)
        );
    }
}

#[test]
fn a_request_is_refused_as_upstream_does() {
    use ProvisionError::{EmptyToken, EmptyUid, InvalidUid, ReservedInUid, SystemAccount};
    let level = |number| ProvisionError::DeviceLevel(UnknownDeviceLevel(number));
    let cases = [
        (r"{}", EmptyUid),
        (r#"{"token":"t"}"#, EmptyUid),
        (r#"{"uid":"","token":"t"}"#, EmptyUid),
        (r#"{"uid":"","token":"","device_level":9}"#, EmptyUid),
        (r#"{"uid":"a@b","token":"t"}"#, ReservedInUid),
        (r##"{"uid":"#","token":"t"}"##, ReservedInUid),
        (r#"{"uid":"a&","token":""}"#, ReservedInUid),
        (r#"{"uid":"a\nb","token":"t"}"#, InvalidUid),
        (r#"{"uid":"\u0085","token":"t"}"#, InvalidUid),
        (r#"{"uid":"u"}"#, EmptyToken),
        (r#"{"uid":"u","token":""}"#, EmptyToken),
        (r#"{"uid":"u","token":" \n\t\u3000"}"#, EmptyToken),
        (r#"{"uid":"____system","token":"t"}"#, SystemAccount),
        (r#"{"uid":"u","token":"t","device_level":2}"#, level(2)),
        (r#"{"uid":"u","token":"t","device_level":255}"#, level(255)),
    ];
    for (body, expected) in cases {
        assert_eq!(issue(body).unwrap_err(), expected, "{body}");
    }
}

#[test]
fn what_is_near_the_refused_is_taken() {
    for uid in [
        "____systems",
        "___system",
        "a.b-c_d",
        "a b",
        " ",
        "用户",
        "a%40b",
    ] {
        let body = serde_json::json!({"uid": uid, "token": " t "}).to_string();
        let issued = issue(&body).unwrap();
        let store = MemoryStore::new();
        store.insert(&issued.uid, issued.device_flag, issued.record);
        // Neither uid nor token is trimmed on its way.
        let credentials = Credentials::new(uid, App, " t ");
        assert_eq!(
            verify(&store, &credentials, Timestamp::default())
                .unwrap()
                .uid(),
            uid
        );
        let trimmed = Credentials::new(uid, App, "t");
        assert!(verify(&store, &trimmed, Timestamp::default()).is_err());
    }
}

#[test]
fn numbers_out_of_a_byte_are_refused() {
    for field in ["device_flag", "device_level"] {
        for number in ["-1", "256", "1.0", "\"1\"", "null", "true"] {
            let body = format!(r#"{{"uid":"u","token":"t","{field}":{number}}}"#);
            let parsed = serde_json::from_str::<IssueTokenRequest>(&body);
            assert!(parsed.is_err(), "{body}");
        }
    }
}

#[test]
fn issuing_replaces_a_tombstone() {
    let store = MemoryStore::new();
    let tombstone = issue(r#"{"uid":"u","token":"t"}"#).unwrap().record;
    store.insert("u", App, tombstone.revoke(Timestamp::from_millis(5)));
    let issued = issue(r#"{"uid":"u","token":"t"}"#).unwrap();
    store.insert(&issued.uid, issued.device_flag, issued.record);
    let credentials = Credentials::new("u", App, "t");
    assert_eq!(
        verify(&store, &credentials, Timestamp::from_millis(9))
            .unwrap()
            .uid(),
        "u"
    );
}

fn quit(body: &str) -> Result<(String, Vec<DeviceFlag>), ProvisionError> {
    serde_json::from_str::<DeviceQuitRequest>(body)
        .unwrap()
        .into_flags()
}

#[test]
fn quitting_names_its_flags() {
    let cases: [(&str, &[DeviceFlag]); 8] = [
        (r#"{"uid":"u","device_flag":0}"#, &[App]),
        (r#"{"uid":"u","device_flag":1}"#, &[Web]),
        (r#"{"uid":"u","device_flag":2}"#, &[Pc]),
        (r#"{"uid":"u","device_flag":99}"#, &[System]),
        (r#"{"uid":"u","device_flag":255}"#, &[Unknown(255)]),
        (r#"{"uid":"u","device_flag":-1}"#, &[App, Web, Pc]),
        (r#"{"uid":"u"}"#, &[App]),
        (r#"{"uid":"u","device_flag":3,"why":"left"}"#, &[Unknown(3)]),
    ];
    for (body, flags) in cases {
        assert_eq!(quit(body), Ok(("u".into(), flags.to_vec())), "{body}");
    }
    let refused = [
        (
            r#"{"uid":"u","device_flag":-2}"#,
            ProvisionError::DeviceFlag(-2),
        ),
        (
            r#"{"uid":"u","device_flag":256}"#,
            ProvisionError::DeviceFlag(256),
        ),
        (
            r#"{"uid":"u","device_flag":-9223372036854775808}"#,
            ProvisionError::DeviceFlag(i64::MIN),
        ),
        (
            r#"{"uid":"u","device_flag":9223372036854775807}"#,
            ProvisionError::DeviceFlag(i64::MAX),
        ),
        (r#"{"uid":"","device_flag":-1}"#, ProvisionError::EmptyUid),
        (r#"{"device_flag":256}"#, ProvisionError::EmptyUid),
    ];
    for (body, expected) in refused {
        assert_eq!(quit(body), Err(expected), "{body}");
    }
}

#[test]
fn after_quitting_everywhere_every_flag_is_revoked() {
    let store = MemoryStore::new();
    let now = Timestamp::from_millis(5);
    for flag in DeviceFlag::CLIENTS {
        let body = format!(r#"{{"uid":"u","token":"t","device_flag":{}}}"#, flag.wire());
        store.insert("u", flag, issue(&body).unwrap().record);
    }
    let (uid, flags) = quit(r#"{"uid":"u","device_flag":-1}"#).unwrap();
    for flag in flags {
        store.update(&uid, flag, |record| {
            record.map(|record: TokenRecord| record.revoke(now))
        });
    }
    for flag in DeviceFlag::CLIENTS {
        let error = verify(&store, &Credentials::new("u", flag, "t"), now).unwrap_err();
        assert_eq!(error.cause().label(), "revoked", "{flag}");
    }
}

#[test]
fn parameters_are_looked_at_one_by_one() {
    use ParameterProblem::{
        BearerPrefix, BlanksAroundToken, EmptyToken, EmptyUid, InvalidUid, QuotedToken,
        ReservedInUid, TooLong, UnknownDeviceFlag,
    };
    let (longest, too_long) = ("x".repeat(0x7fff), "x".repeat(0x8000));
    let new = |uid, flag, token| Credentials::new(uid, flag, token);
    let cases: [(Credentials<'_>, &[ParameterProblem]); 27] = [
        (new("u", App, "t"), &[]),
        (new("用户 1", Web, "to ken"), &[]),
        (new("u", Unknown(2), "t"), &[]),
        (
            new(&longest, Pc, longest.as_str()).with_device_id(&longest),
            &[],
        ),
        (new("", App, "t"), &[EmptyUid]),
        (new("a\tb", App, "t"), &[InvalidUid]),
        (new("a@b", App, "t"), &[ReservedInUid]),
        (new("a#b", App, "t"), &[ReservedInUid]),
        (new("a&b", App, "t"), &[ReservedInUid]),
        (new("u", System, "t"), &[UnknownDeviceFlag]),
        (new("u", Unknown(3), "t"), &[UnknownDeviceFlag]),
        (new("u", App, ""), &[EmptyToken]),
        (new("u", App, " \n"), &[EmptyToken]),
        (new("u", App, " t"), &[BlanksAroundToken]),
        (new("u", App, "t\r\n"), &[BlanksAroundToken]),
        (new("u", App, "\"t\""), &[QuotedToken]),
        (new("u", App, "'t'"), &[QuotedToken]),
        (new("u", App, "''"), &[QuotedToken]),
        (new("u", App, "'"), &[]),
        (new("u", App, "'t\""), &[]),
        (new("u", App, "Bearer t"), &[BearerPrefix]),
        (new("u", App, "BEARER t"), &[BearerPrefix]),
        (new("u", App, "Bearert"), &[]),
        (new("u", App, "Bearer "), &[BlanksAroundToken, BearerPrefix]),
        (new(&too_long, App, "t"), &[TooLong]),
        (new("u", App, "t").with_device_id(&too_long), &[TooLong]),
        (new("u", App, too_long.as_str()), &[TooLong]),
    ];
    for (credentials, expected) in cases {
        assert_eq!(
            parameter_problems(&credentials),
            expected,
            "{credentials:?}"
        );
    }
    let all_at_once = new("@\n", Unknown(9), "Bearer é ");
    let expected = [
        InvalidUid,
        ReservedInUid,
        UnknownDeviceFlag,
        BlanksAroundToken,
        BearerPrefix,
    ];
    assert_eq!(parameter_problems(&all_at_once), expected);
}
