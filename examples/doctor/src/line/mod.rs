//! One line of a log → what it says about failed connections. Pure: a fuzz target includes this
//! file as it is.
//!
//! The formats are upstream's (PROTOCOL §8) and this crate's own, bare or in whatever they were
//! wrapped in. A line that has one of their phrases and cannot be read is told as such.

mod elsewhere;
pub mod fingerprint;
mod leftover;
mod logfmt;
mod members;
mod own;
mod pairs;
mod phrase;
mod record;
mod search;
mod unescape;
mod upstream;
mod values;
mod walk;
mod when;

use wukongim_auth::diagnosis::Alteration;
use wukongim_auth::{DeviceFlag, DeviceFlags};

pub use elsewhere::Elsewhere;
pub use when::When;

/// What a line is about, and when it was written.
#[derive(Debug, PartialEq)]
pub struct Entry {
    pub at: Option<When>,
    pub what: What,
}

#[derive(Debug, PartialEq)]
pub enum What {
    /// A client was refused for its credentials.
    Failure(Failure),
    /// A client failed for another reason.
    Elsewhere {
        what: Elsewhere,
        /// Whether another program may have written the line.
        is_possible: bool,
    },
    /// The line has a phrase of a refusal, and no form that is known.
    Unread,
    /// It has the words, and another program's sentence around them.
    Foreign,
}

impl What {
    pub const fn is_understood(&self) -> bool {
        !matches!(self, What::Unread | What::Foreign)
    }

    /// Whether it happens where nothing is wrong.
    pub const fn is_ordinary(&self) -> bool {
        matches!(self, What::Elsewhere { what, .. } if what.is_ordinary())
    }
}

/// A refusal, as far as its line tells of it.
#[derive(Debug, Default, PartialEq)]
pub struct Failure {
    pub origin: Origin,
    pub told: Told,
    pub uid: Option<String>,
    /// Upstream's `sourceNodeId`.
    pub node: Option<u64>,
    pub device_flag: Option<DeviceFlag>,
    /// Empty is not absent: upstream writes an empty token where none is registered.
    pub expected: Option<String>,
    pub actual: Option<String>,
    /// Whether the line ends with the presented token and nothing closes it: the line may have been
    /// cut there.
    pub may_be_cut: bool,
    /// Of an event of this crate's, if the attempt may have another.
    pub attempt: Option<Box<Attempt>>,
}

/// Whose attempt to connect one of the crate's two events about it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Attempt {
    pub step: Step,
    pub device_id: String,
    pub peer: String,
}

/// A host that answers first logs its verdict, and its diagnosis some milliseconds later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Verdict,
    Diagnosis,
}

/// Who wrote the line; an empty `expectToken` means something else in each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    V1,
    V2,
    /// Upstream, of either line.
    #[default]
    Upstream,
    /// Upstream's words, with neither its tag nor its fields: possibly another program's.
    Possibly,
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
    /// This crate's verdict, from which a diagnosis may still differ.
    Verdict(&'static str),
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

pub const ALTERATIONS: [Alteration; 14] = [
    Alteration::ByteOrderMark,
    Alteration::Blanks,
    Alteration::Invisible,
    Alteration::Quotes,
    Alteration::Optional,
    Alteration::Json,
    Alteration::Bearer,
    Alteration::Labelled,
    Alteration::PercentEncoded,
    Alteration::Doubled,
    Alteration::Base64,
    Alteration::Dashes,
    Alteration::HexCase,
    Alteration::Truncated,
];

/// What the line says. More than one entry only if it holds several lines, as exports do.
pub fn parse(line: &str) -> Vec<Entry> {
    entries(line, true)
}

/// The same of a line whose end is missing. What it has of the crate's own may be a quotation.
pub fn parse_cut(line: &str) -> Vec<Entry> {
    entries(line, false)
}

fn entries(line: &str, is_whole: bool) -> Vec<Entry> {
    let line = unescape::without_colours(line);
    let found = walk::entries(&line, is_whole);
    match found.is_empty() {
        true => leftover::entry(&line).into_iter().collect(),
        false => found,
    }
}

/// Words of which a line must have one to be of interest, for skipping the others unread.
pub fn needles() -> impl Iterator<Item = &'static str> {
    own::NEEDLES
        .iter()
        .chain(upstream::NEEDLES)
        .copied()
        .chain(elsewhere::needles())
}

/// A time in a text, as logs have them.
pub fn time_in(text: &str) -> Option<When> {
    when::in_text(text)
}

/// A phrase in a line of which too little is known.
pub fn unread(phrase: &str) -> Option<Entry> {
    leftover::entry(phrase)
}
