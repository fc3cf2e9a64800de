//! Makes every refusal that the pages show, and compares.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use wukongim_auth::DeviceFlag::{App, Pc, Web};
use wukongim_auth::diagnosis::{Alteration, Language, Transport};
use wukongim_auth::frame::Limits;
use wukongim_auth::provision::IssueTokenRequest;
use wukongim_auth::session::AcceptError;
use wukongim_auth::{
    Acceptor, Credentials, DeviceFlag, DeviceFlags, Timestamp, Token, TokenStore, Verifier,
    VerifyError,
};
use wukongim_test_support::program::program;
use wukongim_test_support::records::{alice_has, issued};
use wukongim_test_support::scripted_store::ScriptedStore;

use crate::doctor::{self, Shown};
use crate::page::{self, Block, PAGES};

/// From a log to a fix, without Rust.
const OPERATORS: [(&str, Language); 2] = [
    ("docs/operators.md", Language::English),
    ("docs/operators.zh-CN.md", Language::Chinese),
];

const NOW: Timestamp = Timestamp::from_millis(1_767_348_245_000);
const AN_HOUR_AGO: Timestamp = Timestamp::from_millis(1_767_344_645_000);

const TOKEN: &str = "c0e215c0dd194cc589659150dc4e7a6a";
const ANOTHER: &str = "1ff7f2dbfdcf469797145377f5b18af2";
const MANAGERS: &str = "managers-own-token";

fn refused<S: TokenStore>(store: S, credentials: Credentials<'_>) -> VerifyError {
    Verifier::new()
        .with_manager_token(Token::new(MANAGERS))
        .verify(&store, &credentials, NOW)
        .unwrap_err()
}

fn alice(flag: DeviceFlag, token: &str) -> Credentials<'_> {
    Credentials::new("alice", flag, token)
}

/// Under the names by which the pages ask for them: the cause's label, and what is special.
fn refusals() -> Vec<(&'static str, VerifyError)> {
    let web = || alice_has([(Web, issued(TOKEN))]);
    let over_websocket = alice(App, TOKEN).with_transport(Transport::WebSocket);
    let rotated = issued(TOKEN).rotate(Token::new(ANOTHER), AN_HOUR_AGO);
    let in_seconds = Timestamp::from_millis(NOW.as_millis() / 1000 + 3600);
    vec![
        ("mismatch", refused(web(), alice(Web, ANOTHER))),
        ("issued_for_other_flag", refused(web(), alice(Pc, TOKEN))),
        (
            "issued_for_other_flag over WebSocket",
            refused(web(), over_websocket),
        ),
        (
            "issued_for_other_flag without deviceFlag",
            refused(web(), over_websocket.with_device_flag_missing()),
        ),
        ("not_issued_for_flag", refused(web(), alice(App, ANOTHER))),
        ("not_issued", refused(alice_has([]), alice(Web, TOKEN))),
        (
            "revoked",
            refused(
                alice_has([(Web, issued(TOKEN).revoke(AN_HOUR_AGO))]),
                alice(Web, TOKEN),
            ),
        ),
        (
            "expired",
            refused(
                alice_has([(Web, issued(TOKEN).with_expiry(AN_HOUR_AGO))]),
                alice(Web, TOKEN),
            ),
        ),
        (
            "expired in seconds",
            refused(
                alice_has([(Web, issued(TOKEN).with_expiry(in_seconds))]),
                alice(Web, TOKEN),
            ),
        ),
        (
            "superseded",
            refused(alice_has([(Web, rotated.unwrap())]), alice(Web, TOKEN)),
        ),
        (
            "altered",
            refused(web(), alice(Web, &format!("Bearer {TOKEN}"))),
        ),
        ("placeholder", refused(web(), alice(Web, "undefined"))),
        ("empty_token", refused(web(), alice(Web, " "))),
        ("manager_token", refused(web(), alice(Web, MANAGERS))),
        (
            "unknown_device_flag",
            refused(web(), alice(DeviceFlag::from(7), TOKEN)),
        ),
        (
            "empty_uid",
            refused(web(), Credentials::new("", Web, TOKEN)),
        ),
        (
            "invalid_uid",
            refused(web(), Credentials::new("alice\n", Web, TOKEN)),
        ),
        (
            "store",
            refused(
                ScriptedStore::new([]).get_fails(|| "connection refused"),
                alice(Web, TOKEN),
            ),
        ),
        (
            "ambiguous",
            refused(
                ScriptedStore::new([(Web, issued(TOKEN))]).get_all_fails(|| "connection refused"),
                alice(Web, ANOTHER),
            ),
        ),
    ]
}

/// As the readme's handler writes them to its log.
fn printed(error: &VerifyError, language: Language) -> String {
    format!("{error}\n  fix: {}\n", error.fix().in_language(language))
}

/// What a connection that begins like this is closed with.
fn not_a_connect(first_bytes: &str, language: Language) -> String {
    let bytes: &[u8] = match first_bytes {
        "GET / HTTP/1.1" => b"GET / HTTP/1.1\r\n",
        "PING" => b"\x70",
        "TLS" => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "JSON-RPC" => b"{\"method\":\"connect\"",
        "MQTT" => b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ab",
        "SSH" => b"SSH-2.0-OpenSSH_9.2p1\r\n",
        "PROXY v1" => b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 5100\r\n",
        "PROXY v2" => b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c",
        "WebSocket frame" => b"\x82\x8a\x01\x02\x03\x04",
        other => panic!("no such bytes: {other}"),
    };
    let mut acceptor = Acceptor::new();
    let error = match acceptor.push(bytes) {
        Err(error) => error,
        Ok(request) => {
            let request = request.expect("enough to tell");
            request.handshake().expect_err("no CONNECT")
        }
    };
    match error.fix() {
        Some(fix) => format!("{error}\n  fix: {}\n", fix.in_language(language)),
        None => format!("{error}\n"),
    }
}

/// What a registration is answered with.
fn not_registered(body: &str) -> String {
    let request: IssueTokenRequest = serde_json::from_str(body).expect(body);
    let refused = request
        .into_registration(DeviceFlags::CLIENTS, Limits::default())
        .unwrap_err();
    format!("{body}\n  {refused}\n")
}

/// What belongs into a block; `None` for those that show no output.
fn output(block: &Block, shown: &Shown, language: Language) -> Option<String> {
    let all = |lines: &str, of: &dyn Fn(&str) -> String| lines.split(" | ").map(of).collect();
    Some(match block.kind.as_str() {
        "refusal" => {
            let refusals = refusals();
            let refusal = refusals.iter().find(|(name, _)| *name == block.key);
            let (_, error) = refusal.unwrap_or_else(|| panic!("no refusal {}", block.key));
            printed(error, language)
        }
        "first bytes" => all(&block.key, &|bytes| {
            format!("{bytes:<15} {}", not_a_connect(bytes, language))
        }),
        "POST /user/token" => all(&block.key, &not_registered),
        "client key" => [AcceptError::ClientKeyMissing, AcceptError::ClientKeyInvalid]
            .map(|refused| format!("{refused}\n"))
            .concat(),
        "doctor" => doctor::output(&block.key, shown, language),
        "log" | "other log" | "dump" | "" => return None,
        other => panic!("no such mark: {other}"),
    })
}

#[test]
fn the_pages_show_what_the_crate_prints() {
    for (name, language) in PAGES.into_iter().chain(OPERATORS) {
        let text = page::read(name);
        let mut shown = Shown::default();
        let expected = page::rewrite(&text, |block| {
            match block.kind.as_str() {
                "log" | "other log" => shown.log.clone_from(&block.body),
                "dump" => shown.dump.clone_from(&block.body),
                _ => {}
            }
            output(&block, &shown, language)
        });
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(page::path(name), expected).unwrap();
            continue;
        }
        for (line, (is, should_be)) in text.lines().zip(expected.lines()).enumerate() {
            assert_eq!(is, should_be, "{name}:{}", line + 1);
        }
        assert_eq!(text, expected, "{name}");
    }
}

#[test]
fn every_refusal_is_shown_in_the_section_of_its_cause() {
    for (name, _) in PAGES {
        let blocks = page::blocks(&page::read(name));
        for (key, error) in refusals() {
            let block = blocks
                .iter()
                .find(|block| block.kind == "refusal" && block.key == key);
            let block = block.unwrap_or_else(|| panic!("{name} does not show: {key}"));
            let label = error.label();
            assert!(key.starts_with(label), "{key} is {label}");
            let is_about_time = block.section == "clock" && label == "expired";
            assert!(
                block.section == label || is_about_time,
                "{key} in {name}#{}",
                block.section
            );
            assert_eq!(block.language, "text");
        }
    }
}

#[test]
fn every_alteration_is_named_in_its_section() {
    let all = [
        Alteration::ByteOrderMark,
        Alteration::Blanks,
        Alteration::Invisible,
        Alteration::Quotes,
        Alteration::Optional,
        Alteration::Json,
        Alteration::Labelled,
        Alteration::Doubled,
        Alteration::Base64,
        Alteration::Dashes,
        Alteration::Bearer,
        Alteration::PercentEncoded,
        Alteration::HexCase,
        Alteration::Truncated,
    ];
    for (name, _) in PAGES {
        let text = page::read(name);
        let section = text.split_once("<a id=\"altered\"></a>").unwrap().1;
        let section = section.split_once("<a id=").unwrap().0;
        for how in all {
            assert!(section.contains(&how.to_string()), "{name}: {how}");
        }
    }
}

/// The lines of upstream in the pages are lines of the doctor's sample, and lead the doctor to the
/// section that they stand in.
#[test]
fn the_logs_of_upstream_lead_to_their_section() {
    let sample = page::read("examples/doctor/sample.log");
    for (name, _) in PAGES {
        let blocks = page::blocks(&page::read(name));
        let logs: BTreeSet<_> = blocks
            .into_iter()
            .filter(|block| block.kind == "log")
            .flat_map(|block| {
                let of = |line: &str| (line.to_owned(), block.key.clone(), block.section.clone());
                block.body.lines().map(of).collect::<Vec<_>>()
            })
            .collect();
        assert!(logs.len() >= 8, "{name}");
        for (line, key, section) in logs {
            assert!(
                sample.lines().any(|of| of.ends_with(&line)),
                "{name}: {line}"
            );
            assert!(
                key == section || section.starts_with("doctor"),
                "{key} in {name}#{section}"
            );
            assert_eq!(key, likeliest(&line), "{name}: {line}");
        }
    }
}

/// What the doctor takes a line for.
fn likeliest(line: &str) -> String {
    let mut child = Command::new(program("wukongim-doctor"))
        .arg("--json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect(line);
    let found = [
        &object["cause"],
        &object["candidates"][0],
        &object["notTheToken"],
    ];
    let found = found.iter().find_map(|value| value.as_str());
    found.expect(line).to_owned()
}

/// The pages tell their readers to make fingerprints themselves, in this way and of this token.
#[test]
fn the_fingerprint_of_the_pages_is_right() {
    let error = refused(alice_has([]), alice(Web, TOKEN));
    let line = error.to_string();
    let fingerprint = line.split_once("sha256=").unwrap().1.trim_end_matches('"');
    for (name, _) in PAGES {
        let text = page::read(name);
        let command = format!("printf %s {TOKEN} | sha256sum | cut -c1-8   # {fingerprint}");
        assert!(text.contains(&command), "{name}: {command}");
    }
}

/// Every way to run the doctor, with what it prints.
#[test]
fn the_pages_show_every_output_of_the_doctor() {
    for (name, _) in PAGES {
        let blocks = page::blocks(&page::read(name));
        let shown: Vec<_> = blocks
            .iter()
            .filter(|block| block.kind == "doctor" && !block.body.is_empty())
            .map(|block| block.key.as_str())
            .collect();
        for option in [
            "report",
            "--json",
            "--follow",
            "--ask",
            "--uid",
            "--token-stdin",
            "--store",
        ] {
            assert!(
                shown.iter().any(|key| key.contains(option)),
                "{name}: {option}"
            );
        }
        let has = |words: &str| {
            blocks
                .iter()
                .any(|block| block.kind == "doctor" && block.body.contains(words))
        };
        let [nothing, unread, foreign] = match name.contains("zh") {
            true => ["没有发现校验失败", "格式或原因无法识别", "应为其他程序所写"],
            false => [
                "No failed check found",
                "in a form or with a cause that is not known",
                "another program's",
            ],
        };
        assert!(has(nothing) && has(unread) && has(foreign), "{name}");
    }
}
