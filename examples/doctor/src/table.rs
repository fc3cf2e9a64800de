//! The report as a table, as wide as the terminal and at most 100 columns elsewhere.

mod rows;

use std::cmp::Reverse;
use std::io::{self, Write};

use wukongim_auth::DeviceFlag;
use wukongim_auth::diagnosis::Language;

use crate::finding::Finding;
use crate::fix::{self, likeliest};
use crate::line::{Proven, When};
use crate::source::Extent;
use crate::style::Style;
use crate::tally::{Aside, Group, Tally};
use crate::text::{self, Text};
use crate::zone::Zone;
use rows::line;

const TOP: usize = 10;

/// Columns of a count.
const COUNT: usize = 10;

/// So many attempts with one token are a client that retries.
const RETRIES: u64 = 5;

/// A report, with what it is shown by.
pub struct Report<'a> {
    pub tally: &'a Tally,
    pub extent: Extent,
    pub language: Language,
    pub zone: &'a Zone,
    pub style: Style,
    /// When the server was first asked.
    pub asked: Option<When>,
    /// What was not asked, and why.
    pub unasked: (u64, Option<String>),
}

pub fn write(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let (tally, language) = (report.tally, report.language);
    let say = |text: Text| text.of(language);
    writeln!(
        out,
        "{}",
        text::summary(report.extent.lines, tally.failures, language)
    )?;
    asides(out, report)?;
    if tally.failures == 0 {
        nothing(out, report)?;
    } else {
        writeln!(out)?;
        let zone = report.zone.label();
        let [first, last] = [text::FIRST, text::LAST].map(|text| format!("{}{zone}", say(text)));
        report.row(out, [say(text::COUNT), &first, &last])?;
        groups(out, report)?;
        uids(out, tally, language)?;
    }
    elsewhere(out, report, text::NOT_THE_TOKEN, false)?;
    elsewhere(out, report, text::ORDINARY, true)?;
    if report.shows_no_zone() {
        writeln!(out, "{}", say(text::NO_ZONE))?;
    }
    Ok(())
}

/// What was read and is no part of the table, or was not done.
fn asides(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let (tally, language) = (report.tally, report.language);
    type Say = fn(u64, &str, Language) -> String;
    let kinds: [(&Aside, Say); 2] = [
        (&tally.unread, text::unread),
        (&tally.foreign, text::foreign),
    ];
    for (aside, say) in kinds {
        if aside.count > 0 {
            report.paragraph(out, &say(aside.count, &aside.first, language))?;
        }
    }
    if let (count @ 1.., why) = &report.unasked {
        report.paragraph(out, &text::unasked(*count, why.as_deref(), language))?;
    }
    if tally.untimed > 0 {
        let text = format!("{} {}", tally.untimed, text::LEFT_OUT.of(language));
        report.paragraph(out, &text)?;
    }
    Ok(())
}

/// No all-clear: what was looked for, in what, and where to look next.
fn nothing(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let Extent {
        lines,
        json,
        gin,
        tags,
    } = report.extent;
    let forms = text::forms([lines, json, gin, tags], report.language);
    let [nothing, looked_for, next] =
        [text::NOTHING, text::LOOKED_FOR, text::LOOK_NEXT].map(|text| text.of(report.language));
    for text in [nothing, looked_for, &forms, next] {
        report.paragraph(out, text)?;
    }
    writeln!(out)
}

fn groups(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
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

/// The cause or candidates, why, and what to do.
fn explained(
    out: &mut impl Write,
    report: &Report<'_>,
    finding: &Finding,
    flag: Option<DeviceFlag>,
) -> io::Result<()> {
    let language = report.language;
    let (why, fix) = match finding {
        Finding::Candidates(candidates, ranking) => {
            report.ranked(out, candidates, flag)?;
            let why = text::ranking(*ranking, language);
            (
                Some(why),
                fix::of_candidates(candidates, *ranking, flag, language),
            )
        }
        decided => {
            let (cause, why) = decided.decided(report.zone, report.asked, language);
            report.titled(out, "", cause.label, &title(&cause, flag, language))?;
            (why, fix::of(&cause, flag, language))
        }
    };
    if let Some(why) = why {
        report.detail(out, text::WHY.of(language), &why)?;
    }
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
        [(place, _)] => text::only_on(place, language),
        several => {
            let shown = several
                .iter()
                .take(TOP)
                .map(|(place, count)| format!("{place}: {count}"));
            shown.collect::<Vec<_>>().join(", ")
        }
    };
    report.detail(out, text::WHERE.of(language), &text)
}

impl Finding {
    /// The cause of a decided finding, and what the decision rests on.
    pub fn decided(
        &self,
        zone: &Zone,
        asked: Option<When>,
        language: Language,
    ) -> (Proven, Option<String>) {
        match self {
            Finding::Asked(cause) => {
                let at = asked.map(|at| zone.show(at)).unwrap_or_default();
                (cause.clone(), Some(text::asked(cause, Some(&at), language)))
            }
            Finding::ByToken(cause) => (cause.clone(), Some(text::asked(cause, None, language))),
            Finding::Cause(cause) => (cause.clone(), None),
            Finding::Candidates(candidates, _) => (likeliest(candidates), None),
            Finding::Elsewhere(_) | Finding::Changed(_) => (Proven::default(), None),
        }
    }
}

/// `not_issued (deviceFlag=APP): nothing is registered …`
fn title(cause: &Proven, flag: Option<DeviceFlag>, language: Language) -> String {
    let flag = flag
        .map(|flag| format!(" (deviceFlag={flag})"))
        .unwrap_or_default();
    let meaning = match cause.how {
        Some(how) => text::alteration(how),
        None => text::cause(cause.label),
    };
    format!("{}{flag}: {}", cause.label, meaning.of(language))
}

fn uids(out: &mut impl Write, tally: &Tally, language: Language) -> io::Result<()> {
    let missed = tally.uids.missed;
    let all = tally.uids.most(TOP);
    // Whoever may have been counted out as often as he was counted in stands out from nobody.
    let most: Vec<_> = all.iter().filter(|(_, count)| *count > missed).collect();
    if all.is_empty() && missed == 0 {
        return Ok(());
    }
    writeln!(out, "{}", text::UIDS.of(language))?;
    if most.is_empty() {
        writeln!(out, "{}", text::NOBODY_STANDS_OUT.of(language))?;
        return writeln!(out);
    }
    let mark = if missed > 0 { "~" } else { "" };
    for (uid, count) in most {
        writeln!(out, "{:>COUNT$}  \"{uid}\"", format!("{mark}{count}"))?;
    }
    if missed > 0 {
        writeln!(out, "{} {missed}", text::APPROXIMATE.of(language))?;
    }
    writeln!(out)
}

fn elsewhere(
    out: &mut impl Write,
    report: &Report<'_>,
    title: Text,
    is_ordinary: bool,
) -> io::Result<()> {
    let all = report.tally.elsewhere.iter();
    let mut these = all
        .filter(|(what, _)| what.is_ordinary() == is_ordinary)
        .peekable();
    if these.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{}", title.of(report.language))?;
    for (what, group) in these {
        report.heading(out, group)?;
        report.detail(out, "", what.label())?;
        let see = text::elsewhere(*what).of(report.language);
        report.detail(out, text::SEE.of(report.language), see)?;
    }
    writeln!(out)
}
