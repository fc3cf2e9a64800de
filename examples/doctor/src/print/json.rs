//! `--json`: one object per failure, on a line of its own.

use std::io::{self, Write};

use serde_json::{Value, json};
use wukongim_auth::diagnosis::Language;

use super::{fix, text};
use crate::find::{Finding, Ranking};
use crate::line::{Elsewhere, Failure, When};
use crate::show;
use crate::zone::Zone;

pub struct How<'a> {
    pub language: Language,
    pub reveal: bool,
    pub zone: &'a Zone,
    /// When the server was first asked.
    pub asked: Option<When>,
}

/// A failure with its `cause`, or with `candidates` and the reason for their order.
pub fn write(
    out: &mut impl Write,
    failure: &Failure,
    finding: &Finding,
    at: Option<When>,
    how: &How<'_>,
) -> io::Result<()> {
    let (language, flag) = (how.language, failure.device_flag);
    let mut object = json!({ "time": time(at) });
    let mut set = |name: &str, value: Value| object[name] = value;
    if let Some(uid) = &failure.uid {
        set("uid", show::escaped(uid).into());
    }
    if let Some(flag) = flag {
        set("deviceFlag", u8::from(flag).into());
    }
    if let Some(node) = failure.node {
        set("sourceNodeId", node.into());
    }
    let tokens = [
        ("expectToken", &failure.expected),
        ("actToken", &failure.actual),
    ];
    for (name, token) in tokens {
        if let Some(token) = token {
            set(name, show::token(Some(token), how.reveal).into());
        }
    }
    let fix = match finding {
        Finding::Candidates(candidates, ranking) => {
            set("candidates", json!(candidates));
            set("reason", text::ranking(*ranking, language).into());
            if *ranking == Ranking::Possibly {
                set("possibly", true.into());
            }
            fix::of_candidates(candidates, *ranking, flag, language)
        }
        decided => {
            let (cause, why) = decided.decided(how.zone, how.asked, language);
            set("cause", cause.label.into());
            if let Some(why) = why {
                set("reason", why.into());
            }
            fix::of(&cause, flag, language)
        }
    };
    set("fix", fix.into());
    writeln!(out, "{object}")
}

/// A failure that is not about the token.
pub fn write_elsewhere(
    out: &mut impl Write,
    what: Elsewhere,
    at: Option<When>,
    language: Language,
) -> io::Result<()> {
    let fix = text::elsewhere(what).of(language);
    let object = json!({ "time": time(at), "notTheToken": what.label(), "fix": fix });
    writeln!(out, "{object}")
}

/// With a `Z` only if the zone is known.
fn time(at: Option<When>) -> Option<String> {
    let text = |at: When| {
        let text = at.at.to_string();
        match at.has_zone {
            true => text,
            false => text.trim_end_matches('Z').to_owned(),
        }
    };
    at.map(text)
}
