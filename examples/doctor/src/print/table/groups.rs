//! A block for each kind of failure.

use std::cmp::Reverse;
use std::io::{self, Write};

use wukongim_auth::DeviceFlag;
use wukongim_auth::diagnosis::Language;

use super::super::text;
use super::rows::line;
use super::{Report, TOP};
use crate::find::Finding;
use crate::line::Proven;
use crate::tally::Group;

/// This many attempts with one token are a client that retries.
const RETRIES: u64 = 5;

pub fn groups(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let language = report.language;
    let mut groups: Vec<_> = report.tally.groups.iter().collect();
    groups.sort_by_cached_key(|(key, group)| (Reverse(group.count), format!("{key:?}")));
    for ((finding, flag), group) in groups {
        report.heading(out, group)?;
        explained(out, report, finding, *flag)?;
        if let Some((bars, hours)) = group.times.bars() {
            let when = format!("|{bars}| {}", text::hours(hours, language));
            line(out, text::WHEN.of(language), &when)?;
        }
        places(out, report, group)?;
        if let Some((_, most)) = group
            .clients
            .most(1)
            .first()
            .filter(|(_, most)| *most >= RETRIES)
        {
            report.detail(
                out,
                text::NOTE.of(language),
                &text::retries(*most, group.count, language),
            )?;
        }
        if !group.example.is_empty() {
            report.detail(out, text::EXAMPLE.of(language), &group.example)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The cause or candidates, the reason, and the fix.
fn explained(
    out: &mut impl Write,
    report: &Report<'_>,
    finding: &Finding,
    flag: Option<DeviceFlag>,
) -> io::Result<()> {
    let language = report.language;
    let why = match finding {
        Finding::Candidates(candidates, ranking) => {
            report.ranked(out, candidates, flag)?;
            Some(text::ranking(*ranking, language))
        }
        decided => {
            let (cause, why) = decided.decided(report.zone, report.asked, language);
            report.titled(out, "", cause.label, &title(&cause, flag, language))?;
            why
        }
    };
    if let Some(why) = why {
        report.detail(out, text::WHY.of(language), &why)?;
    }
    let fix = finding.fix(flag, language);
    report.detail(out, text::FIX.of(language), &fix)
}

/// The nodes or files of a group, if there are several.
fn places(out: &mut impl Write, report: &Report<'_>, group: &Group) -> io::Result<()> {
    let language = report.language;
    if report.tally.places.len() < 2 || group.places.is_empty() {
        return Ok(());
    }
    let mut places: Vec<_> = group.places.iter().collect();
    places.sort_by_key(|(place, count)| (Reverse(**count), *place));
    let text = match places.as_slice() {
        [(place, _)] => text::only_on(&report.name(**place), language),
        several => {
            let shown = several
                .iter()
                .take(TOP)
                .map(|(place, count)| format!("{}: {count}", report.name(**place)));
            shown.collect::<Vec<_>>().join(", ")
        }
    };
    report.detail(out, text::WHERE.of(language), &text)
}

/// `not_issued (deviceFlag=APP): nothing is registered …`
pub fn title(cause: &Proven, flag: Option<DeviceFlag>, language: Language) -> String {
    let flag = flag
        .map(|flag| format!(" (deviceFlag={flag})"))
        .unwrap_or_default();
    let meaning = match cause.how {
        Some(how) => text::alteration(how),
        None => text::cause(cause.label),
    };
    format!("{}{flag}: {}", cause.label, meaning.of(language))
}
