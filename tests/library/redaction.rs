//! No secret in anything that is printed, and no line that a peer could forge.

use std::error::Error;
use std::fmt::{Debug, Display};

use serde::Serialize;
use wukongim_auth::DeviceFlag::{App, Pc, Web};
use wukongim_auth::compare::{PresentedToken, Secret};
use wukongim_auth::diagnosis::{Language, ParameterProblem, parameter_problems};
use wukongim_auth::frame::{
    Connack, Connect, Disconnect, Frame, FrameType, Limits, Packet, Parsed, RawFrame, ReasonCode,
};
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest};
use wukongim_auth::session::{Agreed, SessionKeys};
use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, HandshakeError, MemoryStore,
    Timestamp, Token, TokenRecord, TokenStore, Verifier, VerifyError,
};

use crate::records::{alice_has, issued};
use crate::scripted_store::ScriptedStore;

/// Unlike any other text. The second half represents truncated tokens.
const CANARY: &str = "canary-1f3c9a7e5b2d8f60-yranac-a9";
const NOW: Timestamp = Timestamp::from_millis(1_000);

/// Returns whether a printed text reveals the canary, its bytes as numbers, or a large part of it.
fn betrays(text: &str) -> bool {
    let pieces = ["canary-1f3c", "1f3c9a7e5b2d", "5b2d8f60-y", "yranac"];
    let bytes = format!("{:?}", CANARY.as_bytes());
    let text = text.to_lowercase();
    pieces.iter().any(|piece| text.contains(piece)) || text.contains(&bytes[1..30])
}

fn assert_silent(what: &str, text: &str) {
    assert!(!betrays(text), "{what} shows the token: {text}");
    assert!(!text.is_empty(), "{what} says nothing");
}

fn debug(what: &str, value: &impl Debug) {
    assert_silent(what, &format!("{value:?}"));
    assert_silent(what, &format!("{value:#?}"));
}

fn display(what: &str, value: &(impl Debug + Display)) {
    debug(what, value);
    assert_silent(what, &value.to_string());
    assert_silent(what, &format!("{value:>200.190}"));
}

fn json(what: &str, value: &impl Serialize) {
    assert_silent(what, &serde_json::to_string(value).unwrap());
    assert_silent(what, &serde_json::to_string_pretty(value).unwrap());
    assert_silent(what, &serde_json::to_value(value).unwrap().to_string());
}

#[test]
fn the_detector_finds_every_spelling_of_a_token() {
    for shown in [
        CANARY.into(),
        CANARY.to_uppercase(),
        format!("{:?}", CANARY.as_bytes()),
        CANARY[..16].into(),
        CANARY[16..].into(),
    ] {
        assert!(betrays(&shown), "{shown}");
    }
    assert!(!betrays("len=32 sha256=1f0a9c3e"));
}

#[test]
fn secrets_and_records_print_no_token() {
    for text in [CANARY.to_owned(), CANARY.repeat(3)] {
        let token = Token::new(&text);
        display("Token", &token);
        display("PresentedToken", &PresentedToken::new(&text));
        display("TokenDigest", &token.digest());
        display("Secret", &Secret::from(token.clone()));
        display("Secret of a digest", &Secret::from(token.digest()));
        let record = TokenRecord::issue(Token::new(format!("{text}-old")), DeviceLevel::Master)
            .rotate(token.clone(), NOW)
            .unwrap();
        debug("TokenRecord", &record);
        let tombstone = record.clone().revoke(NOW);
        debug("tombstone", &tombstone);
        display(
            "RotateError",
            &tombstone.rotate(token.clone(), NOW).unwrap_err(),
        );
        debug(
            "digest-only TokenRecord",
            &record.clone().into_digest_only(),
        );
        debug("StoredRecord", &record.expose_for_storage());
        debug(
            "digest-only StoredRecord",
            &record.into_digest_only().expose_for_storage(),
        );
        debug("Verifier", &Verifier::new().with_manager_token(token));
    }
}

/// A complete digest would allow guessing a weak token offline, so only its beginning is printed.
#[test]
fn digests_are_not_printed_in_full() {
    let digest = Token::new(CANARY).digest();
    let whole = hex::encode(digest.expose_secret());
    let record = TokenRecord::issue(digest.clone(), DeviceLevel::Slave);
    let refused = refused(&MemoryStore::new(), "alice", Web, CANARY);
    let known = MemoryStore::new();
    known.insert("alice", Web, record.clone());
    let other = refused_by(&known, "another token");
    for printed in [
        format!("{digest} {digest:?} {digest:#?}"),
        format!("{record:?} {:?}", record.expose_for_storage()),
        format!("{refused} {other} {other:?}"),
        serde_json::to_string(&other).unwrap(),
    ] {
        assert!(!printed.contains(&whole[..9]), "{printed}");
    }
    assert!(other.to_string().contains(&whole[..8]));
    assert!(other.revealed().to_string().contains(&whole));
}

#[test]
fn requests_and_frames_print_no_token() {
    let body = format!(r#"{{"uid":"u","token":"{CANARY}","device_flag":1}}"#);
    let request: IssueTokenRequest = serde_json::from_str(&body).unwrap();
    debug("IssueTokenRequest", &request);
    debug(
        "Registration",
        &request
            .into_registration(DeviceFlags::CLIENTS, Limits::default())
            .unwrap(),
    );

    let mut connect = Connect::new(4, "u", Web, CANARY);
    (connect.device_id, connect.client_key) = ("d", "k");
    debug("Connect", &connect);
    debug("Packet", &Packet::from(connect));
    debug("Frame", &Frame::from(connect));
    let mut bytes = Vec::new();
    Frame::from(connect).encode(4, &mut bytes).unwrap();
    let raw = RawFrame::split_first(&bytes, Limits::default()).unwrap();
    debug("Parsed", &raw);
    let Parsed::Complete { value, .. } = raw else {
        panic!("the frame is whole")
    };
    debug("RawFrame", &value);
    debug("Frame", &value.parse(4).unwrap());

    // A SEND's or an unread frame's body may hold anything.
    let other = Packet::Other {
        frame_type: FrameType::Send,
        body: &bytes,
    };
    debug("Packet::Other", &other);
    // Cut short, the errors name fields and lengths.
    for end in 2..bytes.len() {
        let body = bytes.get(2..end).unwrap();
        display("FrameError", &Connect::decode(body).unwrap_err());
    }

    let credentials = Credentials::new("u", Web, CANARY).with_device_id("d");
    debug("Credentials", &credentials);
    let token = format!("'Bearer {CANARY} '");
    for token in [
        token.as_str(),
        &format!("\"{CANARY}\""),
        &format!("Bearer {CANARY}"),
    ] {
        let problems = parameter_problems(&Credentials::new("@", DeviceFlag::from(9), token));
        assert!(problems.contains(&ParameterProblem::ReservedInUid));
        for problem in problems {
            display("ParameterProblem", &problem);
        }
    }
}

/// The error of a store, which holds a secret, as database drivers' do.
#[derive(Debug, thiserror::Error)]
#[error("GET redis://:{CANARY}@db/0")]
struct Outer(#[source] Inner);

#[derive(Debug, thiserror::Error)]
#[error("AUTH {CANARY}: refused")]
struct Inner;

fn verifier() -> Verifier {
    Verifier::new().with_manager_token(Token::new(format!("manager-{CANARY}")))
}

fn refused<S: TokenStore>(store: &S, uid: &str, flag: DeviceFlag, token: &str) -> VerifyError {
    let credentials = Credentials::new(uid, flag, token);
    verifier().verify(store, &credentials, NOW).unwrap_err()
}

fn refused_by<S: TokenStore>(store: &S, token: &str) -> VerifyError {
    refused(store, "alice", Web, token)
}

/// One error of every cause, with the canary wherever a token can be.
fn every_error() -> Vec<VerifyError> {
    let early = Timestamp::from_millis(5);
    let old = format!("old-{CANARY}");
    let with = |flag, record| alice_has([(flag, record)]);
    let faulty = || ScriptedStore::new([(Web, issued(CANARY))]).get_all_fails(|| Outer(Inner));
    let rotated = issued(&old).rotate(Token::new(CANARY), early).unwrap();
    let own = with(Web, issued(CANARY));
    vec![
        refused(&own, "", Web, CANARY),
        refused(&own, "a\0", Web, CANARY),
        refused(&own, "alice", DeviceFlag::from(7), CANARY),
        refused(&own, "alice", Web, " "),
        refused_by(&faulty().get_fails(|| Outer(Inner)), CANARY),
        refused_by(&with(Web, issued(CANARY).revoke(early)), CANARY),
        refused_by(&with(Web, issued(CANARY).with_expiry(early)), CANARY),
        refused_by(&with(Web, rotated), &old),
        refused_by(&own, &format!("manager-{CANARY}")),
        refused(&own, "alice", App, CANARY),
        refused_by(&own, &format!("\"{CANARY}\"")),
        refused_by(&own, &CANARY[..20]),
        refused_by(&faulty(), &old),
        refused(&own, "alice", Pc, &old),
        refused(&own, "bob", Web, CANARY),
        refused_by(&own, &old),
    ]
}

#[test]
fn errors_print_no_token_unless_revealed() {
    let errors = every_error();
    let mut labels: Vec<_> = errors.iter().map(|error| error.label()).collect();
    labels.dedup();
    assert_eq!(labels.len(), 15, "one of each cause: {labels:?}");
    for error in &errors {
        let label = error.label();
        display(label, error);
        if error.source().is_none() {
            assert_silent(label, &format!("{error:#}"));
        }
        json(label, error);
        display(label, error.cause());
        debug(label, &error.credentials());
        debug(label, &error.expected_token());
        display(label, &error.actual_token());
        for language in [Language::English, Language::Chinese] {
            display(label, &error.fix().in_language(language));
        }
        debug(label, &error.disposition());
        debug(label, &error.facts());
        if label != "empty_token" {
            let revealed = error.revealed();
            assert!(betrays(&revealed.to_string()), "{label}");
            assert!(betrays(&format!("{revealed:?}")), "{label}");
            assert!(
                betrays(&serde_json::to_string(&revealed).unwrap()),
                "{label}"
            );
        }
    }
    for error in every_error() {
        let (label, may_be_told) = (error.label(), error.source().is_none());
        let error = HandshakeError::from(error);
        display(label, &error);
        debug(label, &error.fix());
        // The words of a store are the store's own.
        if may_be_told {
            assert_silent(label, &format!("{error:#}"));
        }
    }
    let boxed: BoxError = Box::new(every_error().remove(0));
    assert_silent("boxed", &format!("{boxed} {boxed:?}"));
}

/// Only the chain of sources leads to the store's own text.
#[test]
fn the_words_of_a_store_are_in_the_source_only() {
    for error in every_error() {
        let is_of_the_store = ["store", "ambiguous"].contains(&error.label());
        assert_eq!(error.source().is_some(), is_of_the_store, "{error}");
        let Some(source) = error.source() else {
            continue;
        };
        assert_eq!(source.to_string(), format!("GET redis://:{CANARY}@db/0"));
        let inner = source.source().unwrap();
        assert_eq!(inner.to_string(), format!("AUTH {CANARY}: refused"));
        assert!(inner.source().is_none());
        for ours in [
            error.to_string(),
            format!("{error:?}"),
            serde_json::to_string(&error).unwrap(),
        ] {
            assert!(!ours.contains("redis") && !ours.contains("AUTH"), "{ours}");
        }
    }
}

#[test]
fn stores_and_verified_print_no_token() {
    let store = MemoryStore::new();
    store.insert(
        "alice",
        Web,
        TokenRecord::issue(Token::new(CANARY), DeviceLevel::Slave),
    );
    debug("MemoryStore", &store);
    debug("Ready", &wukongim_auth::Ready(&store));
    let credentials = Credentials::new("alice", Web, CANARY);
    debug(
        "Verified",
        &verifier().verify(&store, &credentials, NOW).unwrap(),
    );
    debug(
        "Result",
        &verifier().verify(&store, &Credentials::new("alice", App, CANARY), NOW),
    );
}

/// Types whose output is short still print something.
#[test]
fn what_holds_no_token_is_printed() {
    let printed = |value: &dyn Debug| format!("{value:?}");
    let quit: DeviceQuitRequest =
        serde_json::from_str(r#"{"uid":"a\nb","device_flag":-1}"#).unwrap();
    assert_eq!(
        printed(&quit),
        r#"DeviceQuitRequest { uid: "a\nb", device_flag: -1 }"#
    );
    let keys = SessionKeys::derive(&[7; 32], *b"sixteen-of-salt!");
    assert_eq!(printed(&keys), "SessionKeys(redacted)");
    let mut agreed = Agreed::default();
    agreed.secret = [7; 32];
    assert_eq!(printed(&agreed), "Agreed(redacted)");
    assert_eq!(printed(&Packet::Ping), "Ping");
    assert_eq!(printed(&Packet::Pong), "Pong");
    let disconnect = Packet::Disconnect(Disconnect::new(ReasonCode::ConnectKick, "bye"));
    assert!(printed(&disconnect).contains("\"bye\""), "{disconnect:?}");
    let connack = Packet::Connack(Connack::new(ReasonCode::Success));
    assert!(printed(&connack).starts_with("Connack {"), "{connack:?}");
}

/// Text with which a peer may try to forge lines in a log.
const FORGERIES: [&str; 9] = [
    "x\n2026-01-01 INFO token verified uid=root",
    "x\r\nforged",
    "x\" expectToken=\"none\" actToken=\"",
    "x\u{1b}[2K\u{1b}[1A\u{1b}]0;title\u{7}",
    "x\u{202e}gnp.exe\u{2066}\u{200f}",
    "x\u{2028}y\u{2029}z\u{85}w\u{b}\u{c}",
    "x\0y\u{7f}\u{9b}31m",
    "x\\\" \\n \\",
    "x\u{feff}\u{200b}\u{ad}\u{301}\u{e0041}",
];

fn is_safe(c: char) -> bool {
    let invisible = [
        '\u{200b}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{ad}',
        '\u{feff}',
        '\u{e0041}',
    ];
    let overrides = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
    !c.is_control() && !invisible.contains(&c) && !overrides.into_iter().any(|o| o == c)
}

#[test]
fn a_peer_cannot_forge_a_line() {
    let store = MemoryStore::new();
    for forgery in FORGERIES {
        let at_sight = refused(&store, forgery, Web, forgery);
        let credentials = Credentials::new("alice", Web, forgery).with_device_id(forgery);
        let by_id = verifier().verify(&store, &credentials, NOW).unwrap_err();
        for error in [at_sight, by_id] {
            let json = serde_json::to_value(&error).unwrap();
            let texts = [
                error.to_string(),
                format!("{error:?}"),
                format!("{error:#?}"),
                error.revealed().to_string(),
                format!("{:?}", error.credentials()),
                serde_json::to_string(&error).unwrap(),
                serde_json::to_string(&error.revealed()).unwrap(),
                // What a reader of the JSON prints, once decoded.
                json["uid"].as_str().unwrap().to_owned(),
                json["deviceID"].as_str().unwrap().to_owned(),
            ];
            for text in texts {
                assert!(
                    text.chars().all(is_safe),
                    "{forgery:?} comes out as {text:?}"
                );
                assert_eq!(text.lines().count(), usize::from(!text.is_empty()));
            }
            let line = error.to_string();
            // What is outside of quotes is ours: one of each name.
            for name in [
                " uid=",
                " deviceID=",
                " expectToken=",
                " actToken=",
                "; cause=",
            ] {
                assert_eq!(
                    outside_quotes(&line).matches(name).count(),
                    1,
                    "{name} in {line}"
                );
            }
        }
        let mut connect = Connect::new(4, forgery, Web, forgery);
        (connect.device_id, connect.client_key) = (forgery, forgery);
        let mut connack = Connack::new(ReasonCode::Success);
        (connack.server_key, connack.salt) = (forgery, forgery);
        let disconnect = Disconnect::new(ReasonCode::ConnectKick, forgery);
        for text in [
            format!("{connect:?}"),
            format!("{connack:?}"),
            format!("{disconnect:?}"),
        ] {
            assert!(text.chars().all(is_safe), "{text:?}");
        }
    }
}

/// The line without the text in quotes.
fn outside_quotes(line: &str) -> String {
    let (mut outside, mut quoted, mut escaped) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted => outside.push(c),
            _ => {}
        }
    }
    assert!(!quoted, "the quotes of {line} are not closed");
    outside
}

#[test]
fn a_peers_text_is_cut_at_64_characters() {
    let (short, long) = ("é".repeat(64), "é".repeat(65));
    let cut = format!("\"{}…\"", "é".repeat(64));
    let huge = "é".repeat(5 * 1024);
    for (text, expected) in [
        (&short, format!("\"{short}\"")),
        (&long, cut.clone()),
        (&huge, cut),
    ] {
        let store = MemoryStore::new();
        let credentials = Credentials::new(text, Web, text.as_str()).with_device_id(text);
        let error = verifier().verify(&store, &credentials, NOW).unwrap_err();
        let line = error.to_string();
        assert!(line.contains(&format!(" uid={expected} ")), "{line}");
        assert!(line.contains(&format!(" deviceID={expected} ")), "{line}");
        // A token that is cut is told from others that begin like it.
        let expected_token = match text.chars().count() > 64 {
            true => format!(
                "{} (len={} sha256=",
                expected.trim_end_matches('"'),
                text.len()
            ),
            false => expected.clone(),
        };
        let revealed = error.revealed().to_string();
        assert!(
            revealed.contains(&format!(" actToken={expected_token}")),
            "{revealed}"
        );
        let json = serde_json::to_value(&error).unwrap();
        let bare = expected.trim_matches('"');
        assert_eq!(
            (json["uid"].as_str(), json["deviceID"].as_str()),
            (Some(bare), Some(bare))
        );
        assert!(format!("{credentials:?}").contains(&format!("uid: {expected}, ")));

        let connect = Connect::new(4, text, Web, text.as_str());
        assert!(format!("{connect:?}").contains(&format!("uid: {expected}, ")));
        store.insert(
            text,
            Web,
            TokenRecord::issue(Token::new(text), DeviceLevel::Slave),
        );
        let verified = verifier().verify(&store, &credentials, NOW).unwrap();
        assert!(
            format!("{verified:?}").contains(&format!("uid: {expected}, ")),
            "{verified:?}"
        );
        let body = serde_json::json!({"uid": text, "token": text});
        let request: IssueTokenRequest = serde_json::from_value(body).unwrap();
        assert!(format!("{request:?}").contains(&format!("uid: {expected}, ")));
    }
    // Cut by characters of the text, before it is escaped: at most ten for each.
    let controls = "\u{10ffff}".repeat(10 * 1024);
    let error = refused(&MemoryStore::new(), &controls, Web, &controls);
    assert!(error.to_string().len() < 64 * 10 + 300, "{error}");
}
