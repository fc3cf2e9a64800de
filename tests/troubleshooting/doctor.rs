//! What the doctor prints, for the pages: on the log above the block, asking a server that stands
//! in, with a dump of the store.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use wukongim_auth::Timestamp;
use wukongim_auth::diagnosis::Language;
use wukongim_test_support::program::program;
use wukongim_test_support::stand_in::{Reply, Request, StandIn};

/// What a page has shown so far, and is to be read.
#[derive(Default)]
pub struct Shown {
    pub log: String,
    pub dump: String,
}

/// The address that the pages name, and when their server was asked.
const ADDRESS: &str = "http://127.0.0.1:5001";
const ASKED_AT: (&str, &str) = ("2026-11-28", "10:02:11Z");

const ALICE_APP: &str = "c0e215c0dd194cc589659150dc4e7a6a";
const ALICE_WEB: &str = "1ff7f2dbfdcf469797145377f5b18af2";

/// The doctor's output with the arguments behind the block's mark; `report` stands for none.
pub fn output(arguments: &str, shown: &Shown, language: Language) -> String {
    let server = StandIn::start(alice_has_two);
    let dump = dump(&shown.dump, language);
    let lang = match language {
        Language::English => "en",
        _ => "zh",
    };
    let before = Timestamp::now();
    let mut child = Command::new(program("wukongim-doctor"))
        .args(["--lang", lang])
        .args(arguments.split(' ').filter_map(|argument| match argument {
            "report" => None,
            ADDRESS => Some(server.address.as_str()),
            "dump.jsonl" => Some(dump.as_str()),
            argument => Some(argument),
        }))
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = match arguments.contains("--token-stdin") {
        true => format!("{ALICE_WEB}\n"),
        false => shown.log.clone(),
    };
    // A command that needs no log does not read it, so the write may fail.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap() + &errors;
    let text = text.replace(&server.address, ADDRESS);
    [before, Timestamp::now()]
        .into_iter()
        .fold(text, at_a_fixed_time)
}

/// As v2 answers, but for bob.
fn alice_has_two(request: &Request) -> Reply {
    if !request.line.starts_with("GET /cluster/devices?") {
        return Reply::Json(404, "404 page not found".to_owned());
    }
    let row = |flag: u8, token: &str| {
        json!({"uid": "alice", "token": token, "device_flag": flag, "device_level": 0,
            "created_at": 1_700_000_000_000_000_000_i64, "updated_at": 1_700_000_000_000_000_000_i64})
    };
    let rows = match request.query("uid") {
        Some("alice") => vec![row(1, ALICE_WEB), row(0, ALICE_APP)],
        Some("bob") => return Reply::Json(500, "{}".to_owned()),
        _ => vec![],
    };
    let body = json!({"total": rows.len(), "more": 0, "data": rows});
    Reply::Json(200, body.to_string())
}

fn dump(rows: &str, language: Language) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("troubleshooting-{language:?}.jsonl"));
    fs::write(&path, rows).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The day of the test and the time behind it, in which the text may be wrapped.
fn at_a_fixed_time(text: String, now: Timestamp) -> String {
    let now = now.to_string();
    let (today, _) = now.split_once('T').unwrap();
    let mut parts = text.split(today);
    let mut fixed = parts.next().unwrap().to_owned();
    for part in parts {
        let start = part.find(|c: char| !c.is_whitespace()).unwrap();
        let end = start + ASKED_AT.1.len();
        assert!(part[start..end].ends_with('Z'), "{part}");
        fixed += ASKED_AT.0;
        fixed += &part[..start];
        fixed += ASKED_AT.1;
        fixed += &part[end..];
    }
    fixed
}
