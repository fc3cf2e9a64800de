//! `--json`: one object per failure, on a line of its own.

use std::io::{self, Write};

use serde_json::{Value, json};
use wukongim_auth::Timestamp;
use wukongim_auth::diagnosis::Language;

use crate::finding::Finding;
use crate::line::{Elsewhere, Failure};
use crate::{fix, show, table, text};

/// A failure with its `cause`, or with `candidates` and the reason for their order.
pub fn write(
    out: &mut impl Write,
    failure: &Failure,
    finding: &Finding,
    at: Option<Timestamp>,
    (language, reveal): (Language, bool),
) -> io::Result<()> {
    let mut object = json!({ "time": time(at) });
    let mut set = |name: &str, value: Value| object[name] = value;
    if let Some(uid) = &failure.uid {
        set("uid", show::escaped(uid).into());
    }
    if let Some(flag) = failure.device_flag {
        set("deviceFlag", u8::from(flag).into());
    }
    for (name, token) in [
        ("expectToken", &failure.expected),
        ("actToken", &failure.actual),
    ] {
        if let Some(token) = token {
            set(name, show::token(Some(token), reveal).into());
        }
    }
    let cause = match finding {
        Finding::Cause(cause) => {
            set("cause", cause.label.into());
            cause.clone()
        }
        Finding::Candidates(candidates, ranking) => {
            set("candidates", json!(candidates));
            set("reason", text::ranking(*ranking).of(language).into());
            table::likeliest(candidates)
        }
    };
    set("fix", fix::of(&cause, failure.device_flag, language).into());
    writeln!(out, "{object}")
}

/// A failure that is not about the token.
pub fn write_elsewhere(
    out: &mut impl Write,
    what: Elsewhere,
    at: Option<Timestamp>,
    language: Language,
) -> io::Result<()> {
    let fix = text::elsewhere(what).of(language);
    let object = json!({ "time": time(at), "notTheToken": what.label(), "fix": fix });
    writeln!(out, "{object}")
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
