//! Where this crate's decoder differs from upstream's on purpose: the rules, each with its reason
//! and the count of golden rows it is about. A row that no rule is about has to match exactly.

use super::decode::DecodeRow;
use super::outcome::{Outcome, flag_names};

/// In the order in which they are tried: that of the decoder's checks (PROTOCOL §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// Empty input is incomplete. Upstream panics; nothing has arrived yet, that is all.
    EmptyInput,
    /// Types 0 and 13 to 15 are immediately an error (PROTOCOL §1). Upstream waits forever on type
    /// 0, and for the body of the others: a peer could hold a connection with one byte.
    UnknownType,
    /// A remaining length whose fourth byte goes on is an error (PROTOCOL §1). Upstream skips a
    /// fifth byte and goes on, so two readers of the same bytes could see different frames.
    OverlongLength,
    /// Types whose body this crate does not read end where the header says. Upstream reads the
    /// body, and may refuse it.
    UnreadBody,
    /// A string that is not UTF-8 is an error (PROTOCOL §1). Upstream takes any bytes; this crate
    /// gives out `&str`.
    InvalidUtf8,
}

/// The rows of `decode.jsonl` that a rule is about, and those among them whose result it changes.
pub struct Count {
    pub deviation: Deviation,
    pub rows: usize,
    pub differing: usize,
}

pub const COUNTS: [Count; 5] = [
    count(Deviation::EmptyInput, 2, 2),
    count(Deviation::UnknownType, 412, 219),
    count(Deviation::OverlongLength, 70, 39),
    count(Deviation::UnreadBody, 482, 144),
    count(Deviation::InvalidUtf8, 457, 457),
];

/// Types of which the body is read, or which have none.
const READ: [u8; 5] = [1, 2, 7, 8, 9];

/// PING and PONG have no remaining length.
const WITHOUT_LENGTH: [u8; 2] = [7, 8];

impl Deviation {
    /// The rule that a row falls under.
    pub fn of(row: &DecodeRow, bytes: &[u8]) -> Option<Self> {
        let Some((first, after_first)) = bytes.split_first() else {
            return Some(Deviation::EmptyInput);
        };
        let frame_type = first >> 4;
        let goes_on = |byte: &u8| byte & 0x80 != 0;
        if !(1..=12).contains(&frame_type) {
            Some(Deviation::UnknownType)
        } else if WITHOUT_LENGTH.contains(&frame_type) {
            None
        } else if after_first.iter().take_while(|byte| goes_on(byte)).count() >= 4 {
            Some(Deviation::OverlongLength)
        } else if !READ.contains(&frame_type) {
            Some(Deviation::UnreadBody)
        } else if !row.upstream().not_utf8().is_empty() {
            Some(Deviation::InvalidUtf8)
        } else {
            None
        }
    }

    /// What this crate says instead.
    fn outcome(self, row: &DecodeRow, bytes: &[u8]) -> Outcome {
        match self {
            Deviation::EmptyInput => Outcome::of_kind("need_more"),
            Deviation::UnknownType | Deviation::OverlongLength | Deviation::InvalidUtf8 => {
                Outcome::of_kind("error")
            }
            Deviation::UnreadBody => match row.delimit().kind.as_str() {
                "complete" => Outcome {
                    kind: "frame".into(),
                    consumed: row.delimit().total,
                    frame_type: row.delimit().frame_type,
                    flags: Some(flag_names(bytes[0])),
                    ..Outcome::default()
                },
                "need_more" => Outcome::of_kind("need_more"),
                "too_large" => Outcome::of_kind("error"),
                other => panic!("{}: {other}", row.id),
            },
        }
    }
}

/// What this crate has to make of a row.
pub fn expected(row: &DecodeRow, bytes: &[u8]) -> Outcome {
    match Deviation::of(row, bytes) {
        Some(deviation) => deviation.outcome(row, bytes),
        None => row.upstream().clone(),
    }
}

const fn count(deviation: Deviation, rows: usize, differing: usize) -> Count {
    Count {
        deviation,
        rows,
        differing,
    }
}
