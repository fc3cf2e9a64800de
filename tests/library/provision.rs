//! The business server's requests, and the checks of a client's parameters.

use serde_json::json;
use wukongim_auth::DeviceFlag::{App, Pc, System, Web};
use wukongim_auth::diagnosis::{ParameterProblem, parameter_problems};
use wukongim_auth::frame::{Connect, EncodeError, Flags, FrameError, Limits};
use wukongim_auth::provision::{
    DeviceQuitRequest, IssueTokenRequest, ProvisionError, Registration,
};
use wukongim_auth::{
    Acceptor, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, MemoryStore, RequestError,
    Timestamp, TokenRecord, verify,
};

fn custom(number: u8) -> DeviceFlag {
    DeviceFlag::from(number)
}

/// What clients of a deployment with flags of its own may use.
fn allowed() -> DeviceFlags {
    DeviceFlags::CLIENTS.with(System).with(custom(255))
}

fn issue(body: &str) -> Result<Registration, ProvisionError> {
    serde_json::from_str::<IssueTokenRequest>(body)
        .unwrap()
        .into_registration(allowed(), Limits::default())
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
            custom(255),
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
    let level = ProvisionError::DeviceLevel;
    let flag = |number| ProvisionError::DeviceFlag {
        number,
        allowed: allowed(),
    };
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
        (r#"{"uid":"u","token":"t","device_level":256}"#, level(256)),
        (r#"{"uid":"u","token":"t","device_level":-1}"#, level(-1)),
        (r#"{"uid":"u","token":"t","device_flag":3}"#, flag(3)),
        (r#"{"uid":"u","token":"t","device_flag":256}"#, flag(256)),
        (r#"{"uid":"u","token":"t","device_flag":-1}"#, flag(-1)),
        (
            r#"{"uid":"u","token":"t","device_flag":3,"device_level":9}"#,
            flag(3),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(issue(body).unwrap_err(), expected, "{body}");
    }
}

/// A CONNECT with nothing else in it, or `None` if there is none with strings of this length.
fn connect(uid: &str, token: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let connect = Connect::new(5, uid, App, token);
    match connect.encode(Flags::default(), &mut bytes) {
        Ok(()) => Some(bytes),
        Err(EncodeError::StringTooLong { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Whether an acceptor with these limits takes a CONNECT with this uid and token.
fn can_connect(uid: &str, token: &str, limits: Limits) -> bool {
    let Some(bytes) = connect(uid, token) else {
        return false;
    };
    match Acceptor::new().with_limits(limits).push(&bytes) {
        Ok(Some(request)) => {
            let handshake = request.handshake().unwrap();
            handshake.credentials().uid == uid
        }
        Err(RequestError::Frame(FrameError::TooLarge { .. })) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_no_connect_can_carry_is_refused_by_the_limits_of_the_host() {
    let longest = 0x7fff;
    let at_most = |bytes| Limits::default().with_max_body(bytes);
    // Limits, length of the uid, the longest token beside it.
    let cases = [
        (Limits::default(), 5, 8192 - 18 - 5),
        (Limits::default(), 8192 - 18 - 1, 1),
        (at_most(20), 1, 1),
        (at_most(64), 5, 41),
        (at_most(18 + 5 + longest - 1), 5, longest - 1),
        (at_most(18 + 5 + longest), 5, longest),
        (at_most(18 + 5 + longest + 1), 5, longest),
        (Limits::UPSTREAM, 5, longest),
        (Limits::UPSTREAM, longest, longest),
    ];
    for (limits, uid_len, max) in cases {
        let outcome = |uid: &str, token: &str| {
            let body = json!({"uid": uid, "token": token}).to_string();
            let request: IssueTokenRequest = serde_json::from_str(&body).unwrap();
            let outcome = request.into_registration(DeviceFlags::CLIENTS, limits);
            assert_eq!(
                outcome.is_ok(),
                can_connect(uid, token, limits),
                "{limits:?}"
            );
            outcome.map(drop)
        };
        let uid = "u".repeat(uid_len);
        assert_eq!(outcome(&uid, &"t".repeat(max)), Ok(()), "{limits:?}");
        let (member, len) = ("token", max + 1);
        let too_long = Err(ProvisionError::TooLong { member, len, max });
        assert_eq!(outcome(&uid, &"t".repeat(len)), too_long, "{limits:?}");
    }
    let uids = [
        (Limits::default(), 8192 - 18 - 1),
        (at_most(64), 45),
        (at_most(19), 0),
        (at_most(0), 0),
        (Limits::UPSTREAM, longest),
    ];
    for (limits, max) in uids {
        let (uid, len) = ("u".repeat(max + 1), max + 1);
        assert!(!can_connect(&uid, "t", limits));
        let body = json!({"uid": uid, "token": "t"}).to_string();
        let request: IssueTokenRequest = serde_json::from_str(&body).unwrap();
        let refused = request.into_registration(DeviceFlags::CLIENTS, limits);
        let member = "uid";
        let too_long = ProvisionError::TooLong { member, len, max };
        assert_eq!(refused.map(drop), Err(too_long), "{limits:?}");
    }
    // Bytes count, not characters.
    let uid = "用".repeat(3000);
    let body = json!({"uid": uid, "token": "t"}).to_string();
    assert_eq!(
        issue(&body).unwrap_err().to_string(),
        "uid has 9000 bytes, but CONNECT has room for 8173"
    );
}

#[test]
fn uids_that_only_resemble_refused_ones_are_taken() {
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
fn a_refusal_names_what_is_allowed() {
    let refused = |number: i64, allowed: DeviceFlags| {
        let body = json!({"uid": "u", "token": "t", "device_flag": number}).to_string();
        let request: IssueTokenRequest = serde_json::from_str(&body).unwrap();
        request
            .into_registration(allowed, Limits::default())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(99, DeviceFlags::CLIENTS),
        "device_flag 99 is not one that clients may use: 0 (APP), 1 (WEB), 2 (PC)"
    );
    assert_eq!(
        refused(0, DeviceFlags::from(Web).with(custom(4))),
        "device_flag 0 is not one that clients may use: 1 (WEB), 4"
    );
    assert_eq!(
        refused(-1, DeviceFlags::from(System)),
        "device_flag -1 is not one that clients may use: 99 (SYSTEM)"
    );
    for number in 0..=u8::MAX {
        let body = json!({"uid": "u", "token": "t", "device_flag": number}).to_string();
        let request: IssueTokenRequest = serde_json::from_str(&body).unwrap();
        let flag = custom(number);
        let issued = request
            .clone()
            .into_registration(flag.into(), Limits::default())
            .unwrap();
        assert_eq!(issued.device_flag, flag);
        let all_others = (0..=u8::MAX)
            .map(custom)
            .collect::<DeviceFlags>()
            .without(flag);
        request
            .into_registration(all_others, Limits::default())
            .unwrap_err();
    }
}

#[test]
fn null_counts_as_left_out() {
    let nothing = r#"{"uid":null,"token":null,"device_flag":null,"device_level":null}"#;
    assert_eq!(issue(nothing).unwrap_err(), ProvisionError::EmptyUid);
    let issued =
        issue(r#"{"uid":"u","token":"t","device_flag":null,"device_level":null}"#).unwrap();
    assert_eq!(issued.device_flag, App);
    assert_eq!(issued.record.device_level(), DeviceLevel::Slave);
    let body = r#"{"uid":"u","device_flag":null}"#;
    assert_eq!(quit(body), Ok(("u".into(), App.into())));
}

/// The texts for a response with status 400: the member, what it is, what it should be.
#[test]
fn wrong_types_are_named_and_never_quoted() {
    let integer = "should be an integer, but is";
    let cases = [
        (
            r#"{"uid":49,"token":"t"}"#,
            "uid should be a string, but is a number",
        ),
        (
            r#"{"uid":"u","token":12345}"#,
            "token should be a string, but is a number",
        ),
        (
            r#"{"uid":"u","token":-12345}"#,
            "token should be a string, but is a number",
        ),
        (
            r#"{"uid":"u","token":123.45}"#,
            "token should be a string, but is a floating-point number",
        ),
        (
            r#"{"uid":"u","token":true}"#,
            "token should be a string, but is true or false",
        ),
        (
            r#"{"uid":"u","token":["12345"]}"#,
            "token should be a string, but is a list",
        ),
        (
            r#"{"uid":"u","token":{"12345":"12345"}}"#,
            "token should be a string, but is an object",
        ),
        (
            r#"{"uid":"u","token":{}}"#,
            "token should be a string, but is an object",
        ),
        (
            r#"{"uid":"u","device_flag":"12345"}"#,
            &format!("device_flag {integer} a string"),
        ),
        (
            r#"{"uid":"u","device_flag":1.0}"#,
            &format!("device_flag {integer} a floating-point number"),
        ),
        (
            r#"{"uid":"u","device_level":true}"#,
            &format!("device_level {integer} true or false"),
        ),
        (
            r#"{"uid":"u","device_level":18446744073709551615}"#,
            &format!("device_level {integer} a number out of range"),
        ),
        (r#"{"uid":"u","uid":"12345"}"#, "uid is given twice"),
        (r#"{"uid":"u","uid":null}"#, "uid is given twice"),
        (
            r#"["u","12345",1,1]"#,
            "request should be an object, but is a list",
        ),
        ("[]", "request should be an object, but is a list"),
        (r#""12345""#, "request should be an object, but is a string"),
        ("12345", "request should be an object, but is a number"),
        ("null", "request should be an object, but is null"),
    ];
    for (body, expected) in cases {
        let error = serde_json::from_str::<IssueTokenRequest>(body).unwrap_err();
        let text = error.to_string();
        assert!(error.is_data(), "{body}: {text}");
        assert!(text.starts_with(expected), "{body}: {text}");
        assert!(!text.contains("12345"), "{text}");
        if !body.contains("token") && !body.contains("level") {
            let error = serde_json::from_str::<DeviceQuitRequest>(body).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{body}: {error}");
        }
    }
}

/// Made by hand from public reports.
#[test]
fn bodies_from_public_reports_get_their_outcome() {
    let cases = [
        (
            r#"{"uid":"a1","token":"t","device_flag":null,"device_level":null}"#,
            Ok(App),
        ),
        (
            r#"{"uid":"a1","token":"t","device_flag":1,"device_level":null}"#,
            Ok(Web),
        ),
        (
            r#"{"uid":"a1","token":"t","device_flag":"1"}"#,
            Err("device_flag"),
        ),
        (r#"{"uid":49,"token":"t","device_flag":1}"#, Err("uid")),
        (r#"{"uid":"a1","token":12345}"#, Err("token")),
        (
            r#"{"uid":"a1","token":"t","device_flag":1.0}"#,
            Err("device_flag"),
        ),
        (
            r#"{"uid":"a1","token":"t","device_flag":256}"#,
            Err("device_flag"),
        ),
        (
            r#"{"uid":"a1","token":"t","device_flag":-1}"#,
            Err("device_flag"),
        ),
        (
            r#"{"uid":"a1","token":"t","device_level":true}"#,
            Err("device_level"),
        ),
        (r#"{"uid":"a1","uid":"a2","token":"t"}"#, Err("uid")),
    ];
    for (body, expected) in cases {
        let request = serde_json::from_str::<IssueTokenRequest>(body);
        let outcome = match request {
            Ok(request) => request
                .into_registration(DeviceFlags::CLIENTS, Limits::default())
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match (outcome, expected) {
            (Ok(issued), Ok(flag)) => assert_eq!(issued.device_flag, flag, "{body}"),
            (Err(error), Err(member)) => {
                assert!(error.starts_with(&format!("{member} ")), "{body}: {error}");
            }
            (outcome, _) => panic!("{body}: {outcome:?}"),
        }
    }
    let cut = serde_json::from_str::<IssueTokenRequest>(r#"{"uid":"a1","token":"#).unwrap_err();
    assert!(cut.is_eof(), "{cut}");
}

#[test]
fn issuing_replaces_a_tombstone() {
    let store = MemoryStore::new();
    let tombstone = issue(r#"{"uid":"u","token":"t"}"#).unwrap().record;
    let tombstone: TokenRecord = tombstone.revoke(Timestamp::from_millis(5));
    store.insert("u", App, tombstone);
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

fn quit(body: &str) -> Result<(String, DeviceFlags), ProvisionError> {
    serde_json::from_str::<DeviceQuitRequest>(body)
        .unwrap()
        .into_flags(allowed())
}

#[test]
fn quitting_revokes_the_flags_that_the_request_names() {
    let cases: [(&str, DeviceFlags); 8] = [
        (r#"{"uid":"u","device_flag":0}"#, App.into()),
        (r#"{"uid":"u","device_flag":1}"#, Web.into()),
        (r#"{"uid":"u","device_flag":2}"#, Pc.into()),
        (r#"{"uid":"u","device_flag":99}"#, System.into()),
        (r#"{"uid":"u","device_flag":255}"#, custom(255).into()),
        (r#"{"uid":"u","device_flag":-1}"#, allowed()),
        (r#"{"uid":"u"}"#, App.into()),
        // What is no longer allowed can still be revoked.
        (
            r#"{"uid":"u","device_flag":3,"why":"left"}"#,
            custom(3).into(),
        ),
    ];
    for (body, flags) in cases {
        assert_eq!(quit(body), Ok(("u".into(), flags)), "{body}");
    }
    let refused = [
        (
            r#"{"uid":"u","device_flag":-2}"#,
            ProvisionError::QuitFlag(-2),
        ),
        (
            r#"{"uid":"u","device_flag":256}"#,
            ProvisionError::QuitFlag(256),
        ),
        (
            r#"{"uid":"u","device_flag":-9223372036854775808}"#,
            ProvisionError::QuitFlag(i64::MIN),
        ),
        (
            r#"{"uid":"u","device_flag":9223372036854775807}"#,
            ProvisionError::QuitFlag(i64::MAX),
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
    for flag in allowed().iter() {
        let body = json!({"uid": "u", "token": "t", "device_flag": flag}).to_string();
        store.insert("u", flag, issue(&body).unwrap().record);
    }
    let (uid, flags) = quit(r#"{"uid":"u","device_flag":-1}"#).unwrap();
    for flag in flags.iter() {
        store.revoke(&uid, flag, now).unwrap();
    }
    let verifier = wukongim_auth::Verifier::new().with_device_flags(allowed());
    for flag in allowed().iter() {
        let credentials = Credentials::new("u", flag, "t");
        let error = verifier.verify(&store, &credentials, now).unwrap_err();
        assert_eq!(error.cause().label(), "revoked", "{flag}");
    }
}

#[test]
fn every_parameter_problem_is_found() {
    use ParameterProblem::{
        BearerPrefix, BlanksAroundToken, EmptyToken, EmptyUid, InvalidUid, InvisibleInToken,
        LabelledToken, NonAsciiUid, PlaceholderToken, QuotedToken, ReservedInUid, TooLong,
        UnknownDeviceFlag,
    };
    let (longest, too_long) = ("x".repeat(0x7fff), "x".repeat(0x8000));
    let new = |uid, flag, token| Credentials::new(uid, flag, token);
    let cases: [(Credentials<'_>, &[ParameterProblem]); 36] = [
        (new("u", App, "t"), &[]),
        (new("u 1", Web, "to ken"), &[]),
        (new("用户 1", Web, "to ken"), &[NonAsciiUid]),
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
        (new("u", custom(3), "t"), &[UnknownDeviceFlag]),
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
        (new("u", App, "t\0"), &[InvisibleInToken]),
        (new("u", App, "to\u{200b}ken"), &[InvisibleInToken]),
        (new("u", App, "Token t"), &[LabelledToken]),
        (new("u", App, "token=t"), &[LabelledToken]),
        (new("u", App, "undefined"), &[PlaceholderToken]),
        (new("u", App, "\"null\""), &[QuotedToken, PlaceholderToken]),
        (
            new("u", App, "Bearer undefined"),
            &[BearerPrefix, PlaceholderToken],
        ),
        (
            new("u", App, "token=null"),
            &[LabelledToken, PlaceholderToken],
        ),
        (
            new("u", App, "unde\0fined"),
            &[InvisibleInToken, PlaceholderToken],
        ),
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
    let all_at_once = new("@é\n", custom(9), "Bearer é ");
    let expected = [
        InvalidUid,
        ReservedInUid,
        NonAsciiUid,
        UnknownDeviceFlag,
        BlanksAroundToken,
        BearerPrefix,
    ];
    assert_eq!(parameter_problems(&all_at_once), expected);
}
