//! One line of a log → what it says about a failed connection. Pure: a fuzz target includes this
//! file as it is.
//!
//! The formats are upstream's (PROTOCOL §8) and this crate's own. Anything else is `None`.

#[path = "line/elsewhere.rs"]
mod elsewhere;
#[path = "line/own.rs"]
mod own;
#[path = "line/pairs.rs"]
mod pairs;
#[path = "line/phrase.rs"]
mod phrase;
#[path = "line/record.rs"]
mod record;
#[path = "line/upstream.rs"]
mod upstream;
#[path = "line/when.rs"]
mod when;

use std::borrow::Cow;

use wukongim_auth::diagnosis::Alteration;
use wukongim_auth::{DeviceFlag, DeviceFlags, Timestamp};

pub use elsewhere::Elsewhere;
use record::Record;

/// What a line is about, and when it was written.
#[derive(Debug, PartialEq)]
pub struct Entry {
    pub at: Option<Timestamp>,
    pub what: What,
}

#[derive(Debug, PartialEq)]
pub enum What {
    /// A client was refused for its credentials.
    Failure(Failure),
    /// A client failed for another reason.
    Elsewhere(Elsewhere),
}

/// A refusal, as far as its line tells of it.
#[derive(Debug, Default, PartialEq)]
pub struct Failure {
    pub origin: Origin,
    pub told: Told,
    pub uid: Option<String>,
    pub device_flag: Option<DeviceFlag>,
    /// Empty is not absent: upstream writes an empty token where none is registered.
    pub expected: Option<String>,
    pub actual: Option<String>,
}

/// Who wrote the line; an empty `expectToken` means something else in each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    V1,
    V2,
    /// Upstream, of either line.
    #[default]
    Upstream,
    /// A server with this crate.
    Own,
}

/// How much of the cause the line itself gives away.
#[derive(Debug, Default, PartialEq)]
pub enum Told {
    /// The two tokens at best.
    #[default]
    Tokens,
    /// The client sent no token.
    EmptyToken,
    /// The client sent no uid.
    EmptyUid,
    /// Nothing is registered under the client's device flag.
    NothingUnderFlag,
    /// The one or the other: the line has lost its error.
    NothingOrStore,
    /// The server could not read its store.
    Store,
    /// This crate's diagnosis.
    Cause(Proven),
    /// This crate's diagnosis without the user's other flags.
    Ambiguous(Vec<&'static str>),
}

/// A cause with what its fix depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proven {
    /// As `Cause::label` has it.
    pub label: &'static str,
    /// The flags that it names: those the token was issued for, or those that are allowed.
    pub flags: Option<DeviceFlags>,
    pub how: Option<Alteration>,
    pub web_socket: bool,
    pub device_flag_missing: bool,
}

/// The labels of all that an ambiguous cause may be, in the crate's order of precedence.
pub const CANDIDATES: [&str; 5] = [
    "issued_for_other_flag",
    "revoked",
    "not_issued_for_flag",
    "not_issued",
    "mismatch",
];

pub const ALTERATIONS: [Alteration; 7] = [
    Alteration::ByteOrderMark,
    Alteration::Blanks,
    Alteration::Quotes,
    Alteration::Bearer,
    Alteration::PercentEncoded,
    Alteration::HexCase,
    Alteration::Truncated,
];

/// What the line says, if it is one of ours.
pub fn parse(line: &str) -> Option<Entry> {
    entry(line, own::failure)
}

/// The same of a line whose end is missing. What it has of the crate's own may be a quotation.
pub fn parse_cut(line: &str) -> Option<Entry> {
    entry(line, |_| None)
}

fn entry(line: &str, own: impl Fn(&Record<'_>) -> Option<Failure>) -> Option<Entry> {
    let line = without_colours(line);
    let record = Record::read(&line);
    let what = own(&record)
        .or_else(|| upstream::failure(&record))
        .map(What::Failure)
        .or_else(|| elsewhere::find(&record).map(What::Elsewhere))?;
    Some(Entry {
        at: when::written(&record),
        what,
    })
}

/// Words of which a line must have one to be of interest, for skipping the others unread.
pub fn needles() -> impl Iterator<Item = &'static str> {
    own::NEEDLES
        .iter()
        .chain(upstream::NEEDLES)
        .copied()
        .chain(elsewhere::needles())
}

/// Without the colours that `tracing` and zap write to terminals.
fn without_colours(line: &str) -> Cow<'_, str> {
    if !line.contains("\u{1b}[") {
        return Cow::Borrowed(line);
    }
    let mut parts = line.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let codes = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        plain.push_str(codes.strip_prefix('m').unwrap_or(part));
    }
    Cow::Owned(plain)
}
