//! One line of a log → what it says about failed connections. Pure: a fuzz target includes this
//! file unchanged.
//!
//! The formats are upstream's (PROTOCOL §8) and this crate's own, bare or wrapped in anything. A
//! line that contains one of their phrases but cannot be read is reported as such.

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

/// The subject of a line, and when it was written.
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
    /// The line has a phrase of a refusal, but no known form.
    Unread,
    /// It has the words, but within another program's sentence.
    Foreign,
    /// Upstream repeats a refusal there, which has a line of its own.
    Repeated,
}

impl What {
    pub const fn is_understood(&self) -> bool {
        !matches!(self, What::Unread | What::Foreign | What::Repeated)
    }

    /// Whether it also happens if nothing is wrong.
    pub const fn is_ordinary(&self) -> bool {
        matches!(self, What::Elsewhere { what, .. } if what.is_ordinary())
    }
}

/// A refusal, as far as its line describes it.
#[derive(Debug, Default, PartialEq)]
pub struct Failure {
    pub origin: Origin,
    pub told: Told,
    pub uid: Option<String>,
    /// Upstream's `sourceNodeId`.
    pub node: Option<u64>,
    pub device_flag: Option<DeviceFlag>,
    /// Empty is different from absent: upstream writes an empty token if none is registered.
    pub expected: Option<String>,
    pub actual: Option<String>,
    /// Whether the line ends with the presented token and nothing closes it: the line may have been
    /// cut there.
    pub may_be_cut: bool,
    /// For an event of this crate, if the attempt may have another event.
    pub attempt: Option<Box<Attempt>>,
}

/// The attempt to connect that one of the crate's two events about it belongs to.
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

/// Who wrote the line, which decides the meaning of an empty `expectToken`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    V1,
    V2,
    /// Upstream, any release line.
    #[default]
    Upstream,
    /// Upstream's words, with neither its tag nor its fields: possibly another program's.
    Possibly,
    /// A server with this crate.
    Own,
}

/// How much of the cause the line itself reveals.
#[derive(Debug, Default, PartialEq)]
pub enum Told {
    /// At most the two tokens.
    #[default]
    Tokens,
    /// The client sent no token.
    EmptyToken,
    /// The client sent no uid.
    EmptyUid,
    /// Nothing is registered under the client's device flag.
    NothingUnderFlag,
    /// One or the other: the line has lost its error.
    NothingOrStore,
    /// The server could not read its store.
    Store,
    /// This crate's diagnosis.
    Cause(Proven),
    /// This crate's verdict; its diagnosis may still differ.
    Verdict(&'static str),
    /// This crate's diagnosis without the user's other flags.
    Ambiguous(Vec<&'static str>),
}

/// A cause with everything that its fix depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proven {
    /// The label, as in `Cause::label`.
    pub label: &'static str,
    /// The flags that it names: the flags that the token was issued for, or the allowed ones.
    pub flags: Option<DeviceFlags>,
    pub how: Option<Alteration>,
    pub web_socket: bool,
    pub device_flag_missing: bool,
}

/// The labels of all causes that an ambiguous one may be, in the crate's order of precedence.
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

/// What the line says. It has more than one entry only if the line holds several, as in exports.
pub fn parse(line: &str) -> Vec<Entry> {
    entries(line, true)
}

/// The same for a line whose end is missing. Text of the crate in it may be a quotation.
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

/// A line of interest contains at least one of these words; all others are skipped unread.
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

/// A phrase in a line about which too little is known.
pub fn unread(phrase: &str) -> Option<Entry> {
    leftover::entry(phrase)
}
