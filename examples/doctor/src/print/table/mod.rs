//! The report as a table, as wide as the terminal and at most 100 columns elsewhere.

mod groups;
mod rows;

use std::io::{self, Write};

use wukongim_auth::diagnosis::Language;

use super::asides;
use super::style::Style;
use super::text::{self, Text};
use crate::ask::Left;
use crate::find::Ranking;
use crate::line::When;
use crate::scan::Extent;
use crate::tally::Tally;
use crate::zone::Zone;
use groups::groups;

const TOP: usize = 10;

/// Columns of a count.
const COUNT: usize = 10;

/// A report, with the settings that it is printed with.
pub struct Report<'a> {
    pub tally: &'a Tally,
    /// The names of the logs, as they may be printed.
    pub files: &'a [String],
    /// Whether only failures of a period were requested.
    pub is_of_a_period: bool,
    pub extent: Extent,
    pub language: Language,
    pub zone: &'a Zone,
    pub style: Style,
    /// When the server was first asked.
    pub asked: Option<When>,
    /// The questions that remained open.
    pub left: Option<&'a Left>,
}

pub fn write(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let (tally, language) = (report.tally, report.language);
    let say = |text: Text| text.of(language);
    writeln!(
        out,
        "{}",
        text::summary(report.extent.lines, tally.failures, language)
    )?;
    let asides = asides::told(tally, report.left, language);
    for text in asides.into_iter().chain(asides::foreign(tally, language)) {
        report.paragraph(out, &text)?;
    }
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

/// Not an all-clear: what was looked for, in which lines, and where to look next.
fn nothing(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let Extent {
        lines,
        json,
        gin,
        tags,
        binary,
    } = report.extent;
    let forms = text::forms([lines, json, gin, tags], report.language);
    let is_unread = report.tally.unread.count > 0 || binary.is_some();
    let nothing = match report.tally.repeated.count {
        _ if report.is_of_a_period => text::NOTHING_OF_PERIOD,
        _ if is_unread => text::NOTHING_READABLE,
        0 => text::NOTHING,
        _ => text::NOTHING_OF_ITS_OWN,
    };
    let texts = [nothing, text::LOOKED_FOR, text::LOOK_NEXT];
    let [nothing, looked_for, next] = texts.map(|text| text.of(report.language));
    for text in [nothing, looked_for, &forms, next] {
        report.paragraph(out, text)?;
    }
    writeln!(out)
}

fn uids(out: &mut impl Write, tally: &Tally, language: Language) -> io::Result<()> {
    let missed = tally.uids.missed;
    let all = tally.uids.most(TOP);
    // A user whose count is not above the possible error does not stand out.
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
        .filter(|((what, _), _)| what.is_ordinary() == is_ordinary)
        .peekable();
    if these.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{}", title.of(report.language))?;
    for ((what, is_possible), group) in these {
        report.heading(out, group)?;
        report.detail(out, "", what.label())?;
        if *is_possible {
            let why = text::ranking(Ranking::Possibly, report.language);
            report.detail(out, text::WHY.of(report.language), &why)?;
        }
        let see = text::elsewhere(*what).of(report.language);
        report.detail(out, text::SEE.of(report.language), see)?;
    }
    writeln!(out)
}
