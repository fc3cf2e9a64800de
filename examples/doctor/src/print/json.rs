//! `--json`: one object per failure, each on its own line.

use std::io::{self, Write};

use serde_json::{Value, json};
use wukongim_auth::diagnosis::Language;

use super::text;
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
    /// Whether it replaces the object that was written for this failure before.
    pub corrects: bool,
}

/// A failure with its `cause`, or with `candidates` and the reason for their order.
pub fn write(
    out: &mut impl Write,
    failure: &Failure,
    finding: &Finding,
    at: Option<When>,
    how: &How<'_>,
) -> io::Result<()> {
    let mut object = json!({ "time": time(at) });
    let told = told(failure, how.reveal).into_iter();
    for (name, value) in told.chain(found(finding, failure, how)) {
        object[name] = value;
    }
    if how.corrects {
        object["corrects"] = true.into();
    }
    writeln!(out, "{object}")
}

type Members = Vec<(&'static str, Value)>;

/// What the line says.
fn told(failure: &Failure, reveal: bool) -> Members {
    let token = |text: &String| Value::from(show::token(Some(text), reveal));
    let members = [
        (
            "uid",
            failure.uid.as_deref().map(show::escaped).map(Value::from),
        ),
        (
            "deviceFlag",
            failure.device_flag.map(u8::from).map(Value::from),
        ),
        ("sourceNodeId", failure.node.map(Value::from)),
        ("expectToken", failure.expected.as_ref().map(token)),
        ("actToken", failure.actual.as_ref().map(token)),
    ];
    let there = members
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    there.collect()
}

fn found(finding: &Finding, failure: &Failure, how: &How<'_>) -> Members {
    let (language, flag) = (how.language, failure.device_flag);
    if let Finding::Candidates(candidates, ranking) = finding {
        let mut members = vec![
            ("candidates", json!(candidates)),
            ("reason", text::ranking(*ranking, language).into()),
            ("fix", finding.fix(flag, language).into()),
        ];
        members.extend((*ranking == Ranking::Possibly).then(|| ("possibly", true.into())));
        return members;
    }
    let (cause, why) = finding.decided(how.zone, how.asked, language);
    let mut members = vec![
        ("cause", cause.label.into()),
        ("fix", finding.fix(flag, language).into()),
    ];
    members.extend(why.map(|why| ("reason", why.into())));
    members
}

/// A failure that is not about the token.
pub fn write_elsewhere(
    out: &mut impl Write,
    (what, is_possible): (Elsewhere, bool),
    at: Option<When>,
    language: Language,
) -> io::Result<()> {
    let fix = text::elsewhere(what).of(language);
    let mut object = json!({ "time": time(at), "notTheToken": what.label(), "fix": fix });
    if is_possible {
        object["possibly"] = true.into();
    }
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
