//! `docs/labels-and-events.md` and its Chinese twin list every label and every event of the library,
//! and nothing else.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wukongim_auth::diagnosis::{Alteration, Transport};
use wukongim_auth::frame::{Connect, EncodeError, FrameError, FrameType, Limits, ReasonCode};
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest};
use wukongim_auth::session::{AcceptError, JsonRpcError, OtherProtocol};
use wukongim_auth::{
    AcceptOptions, BoxError, Cause, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Handshake,
    KeyPolicy, MemoryStore, RequestError, Timestamp, Verified, Verifier, verify,
};
use wukongim_test_support::page;
use wukongim_test_support::records::{alice_has, issued};
use wukongim_test_support::scripted_store::ScriptedStore;
use wukongim_test_support::wire::encoded;

const PAGES: [&str; 2] = [
    "docs/labels-and-events.md",
    "docs/labels-and-events.zh-CN.md",
];
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// The cells of the table with this many columns, without their backticks.
fn table(page: &str, columns: usize) -> Vec<Vec<String>> {
    let text = page::read(page);
    let rows = text.lines().filter_map(|line| {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let cells: Vec<_> = cells.map(|cell| cell.replace('`', "")).collect();
        (cells.len() == columns).then_some(cells)
    });
    rows.skip(1).collect() // the heading
}

/// The labels in the first table. The names of types between them are headings.
fn labels_of_page(page: &str) -> Vec<String> {
    let words = table(page, 2).into_iter().map(|row| row[0].clone());
    words
        .filter(|word| !word.starts_with(char::is_uppercase))
        .collect()
}

fn causes() -> Vec<Cause> {
    let error = || BoxError::from("connection refused");
    let (at, issued_for) = (NOW, DeviceFlags::CLIENTS);
    vec![
        Cause::EmptyUid,
        Cause::InvalidUid,
        Cause::UnknownDeviceFlag {
            number: 7,
            allowed: DeviceFlags::CLIENTS,
        },
        Cause::EmptyToken,
        Cause::Store(error()),
        Cause::Revoked { at },
        Cause::Expired { at },
        Cause::Superseded { at },
        Cause::ManagerToken,
        Cause::IssuedForOtherFlag { issued_for },
        Cause::Altered {
            how: Alteration::Bearer,
        },
        Cause::Placeholder,
        Cause::Ambiguous {
            candidates: &[],
            error: error(),
        },
        Cause::NotIssuedForFlag { issued_for },
        Cause::NotIssued,
        Cause::Mismatch,
    ]
}

fn request_errors() -> Vec<RequestError> {
    let (field, len, max) = ("uid", 2, 1);
    let frame = [
        FrameError::UnknownType(0),
        FrameError::OverlongLength,
        FrameError::TooLarge { len, max },
        FrameError::Truncated { field },
        FrameError::StringTooLong { field, len },
        FrameError::InvalidUtf8 { field },
    ];
    let json_rpc = [
        JsonRpcError::Batch,
        JsonRpcError::IdTooLong { len, max },
        JsonRpcError::Malformed { line: 1, column: 1 },
        JsonRpcError::NotConnect,
        JsonRpcError::TooDeep { max },
        JsonRpcError::TooLarge { max },
        JsonRpcError::TooManyMembers { max },
        JsonRpcError::Version,
    ];
    let other_protocols = [
        OtherProtocol::Http,
        OtherProtocol::JsonRpc,
        OtherProtocol::Mqtt,
        OtherProtocol::ProxyV1,
        OtherProtocol::ProxyV2,
        OtherProtocol::Ssh,
        OtherProtocol::Tls,
        OtherProtocol::WebSocketFrame,
    ];
    let own = [
        RequestError::NotConnect {
            found: FrameType::Ping,
        },
        RequestError::Incomplete { missing: None },
    ];
    let frame = frame.map(RequestError::Frame).into_iter();
    let json_rpc = json_rpc.map(RequestError::JsonRpc);
    let other_protocols = other_protocols.map(RequestError::OtherProtocol);
    let own = own.into_iter().chain(other_protocols);
    frame.chain(own).chain(json_rpc).collect()
}

/// The labels of the library's values, in the order of the pages.
fn labels_of_values() -> Vec<&'static str> {
    let buffer_full = EncodeError::BufferFull {
        needed: 2,
        remaining: 1,
    };
    let accept_errors = [
        AcceptError::ClientKeyMissing,
        AcceptError::ClientKeyInvalid,
        AcceptError::OtherPeer,
        AcceptError::KeyAgreementFailed,
    ];
    let mut labels: Vec<_> = causes().iter().map(Cause::label).collect();
    labels.extend(accept_errors.map(|error| error.label()));
    labels.push("random"); // no other crate can make a `RandomError`
    labels.push(AcceptError::Encode(buffer_full).label());
    labels.extend(request_errors().iter().map(RequestError::label));
    labels
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}

/// The labels in the library's `label` functions, so that a new variant cannot be missed here.
fn labels_of_source() -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for file in sources(&page::path("src")) {
        let is_testkit = file.components().any(|part| part.as_os_str() == "testkit");
        let text = fs::read_to_string(&file).unwrap();
        for function in text.split("fn label(").skip(1) {
            let (body, _) = function.split_once("\n    }\n").unwrap();
            let arms = body.lines().filter_map(|line| line.split_once("=> \""));
            let words = arms.filter_map(|(_, word)| word.split('"').next());
            labels.extend(words.filter(|_| !is_testkit).map(str::to_owned));
        }
    }
    labels
}

#[test]
fn the_pages_list_every_label() {
    let values = labels_of_values();
    for page in PAGES {
        assert_eq!(labels_of_page(page), values, "{page}");
    }
    let bounded: BTreeSet<String> = values.iter().map(|label| (*label).to_owned()).collect();
    assert_eq!(bounded.len(), values.len(), "a word with two meanings");
    assert_eq!(bounded, labels_of_source());
}

/// Keeps the metadata and the message of each event.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(&'static Metadata<'static>, String)>>>);

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        unreachable!("the library has no spans")
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        self.0.lock().unwrap().push((event.metadata(), message.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Does everything that emits an event, in the order of the pages.
fn work() {
    let store = alice_has([(DeviceFlag::Web, issued("s3cret"))]);
    let down = ScriptedStore::new([]).get_fails(|| "connection refused");
    let web = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    let app = Credentials::new("alice", DeviceFlag::App, "s3cret").with_transport(Transport::Tcp);
    let verifier = Verifier::new();
    drop(verifier.verify(&store, &web, NOW));
    let error = verifier.verdict(&store, &app, NOW).unwrap_err();
    drop(verify(&down, &web, NOW));
    drop(verifier.diagnose(&store, error));

    let bytes = encoded(&Connect::new(4, "alice", DeviceFlag::Web, "s3cret"));
    let (handshake, _) = Handshake::read(&bytes, Limits::default()).unwrap();
    let (uid, flag, level) = ("alice", DeviceFlag::Web, DeviceLevel::Slave);
    let verified = || Ok(Verified::dangerously_unverified(uid, flag, level, NOW));
    drop(handshake.answer(verified(), &AcceptOptions::new(KeyPolicy::Never)));
    let rejected = verify(&MemoryStore::new(), &handshake.credentials(), NOW);
    drop(handshake.answer(rejected, &AcceptOptions::new(KeyPolicy::Never)));
    drop(handshake.answer(verified(), &AcceptOptions::new(KeyPolicy::Required)));
    drop(handshake.refuse(ReasonCode::Ban));

    let body = r#"{"uid":"alice","token":"s3cret"}"#;
    let issue: IssueTokenRequest = serde_json::from_str(body).unwrap();
    drop(
        issue
            .into_registration(DeviceFlags::CLIENTS, Limits::default())
            .unwrap(),
    );
    let body = r#"{"uid":"alice","device_flag":-1}"#;
    let quit: DeviceQuitRequest = serde_json::from_str(body).unwrap();
    drop(quit.into_flags(DeviceFlags::CLIENTS).unwrap());
}

/// Code that emits events, so that a new event cannot be missed here. `event!` is our own macro
/// around those of tracing.
fn callsites_of_source() -> usize {
    let is_callsite = |line: &&str| {
        let line = line.trim_start();
        (line.contains("event!(") || line.starts_with("target: ")) && !line.contains("$target")
    };
    let files = sources(&page::path("src")).into_iter();
    let texts = files.map(|file| fs::read_to_string(file).unwrap());
    texts
        .map(|text| text.lines().filter(is_callsite).count())
        .sum()
}

#[test]
fn the_pages_list_every_event() {
    let recorder = Recorder::default();
    tracing::subscriber::with_default(recorder.clone(), work);
    let mut told: Vec<Vec<String>> = Vec::new();
    for (metadata, message) in recorder.0.lock().unwrap().iter() {
        let fields = metadata.fields().iter().map(|field| field.name());
        let fields: Vec<_> = fields.filter(|field| *field != "message").collect();
        let (target, level) = (metadata.target(), metadata.level());
        let row = [target, level.as_str(), message, &fields.join(" ")];
        let row = row.map(str::to_owned).to_vec();
        if !told.contains(&row) {
            told.push(row);
        }
    }
    for page in PAGES {
        let mut listed = table(page, 4);
        for fields in listed.iter_mut().filter_map(|row| row.last_mut()) {
            fields.retain(|c| c != '?');
        }
        assert_eq!(told, listed, "{page}");
    }
    assert_eq!(callsites_of_source(), told.len());
}
