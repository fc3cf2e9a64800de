//! The report as a table of at most 100 columns.

use std::cmp::Reverse;
use std::io::{self, Write};

use textwrap::Options;
use unicode_width::UnicodeWidthStr;
use wukongim_auth::{DeviceFlag, Language, Timestamp};

use crate::finding::Finding;
use crate::fix;
use crate::line::Proven;
use crate::lines::Extent;
use crate::tally::{Group, Tally};
use crate::text::{self, Text};

const WIDTH: usize = 100;
const TOP: usize = 10;

/// Columns of a count, and of a time.
const COUNT: usize = 10;
const TIME: usize = 21;

pub fn write(
    out: &mut impl Write,
    tally: &Tally,
    extent: Extent,
    language: Language,
) -> io::Result<()> {
    let say = |text: Text| text.of(language);
    write!(out, "{} {}", tally.failures, say(text::SUMMARY))?;
    write!(out, ", {} {}", extent.lines, say(text::LINES))?;
    match extent.cut {
        0 => writeln!(out)?,
        cut => writeln!(out, ", {cut} {}", say(text::CUT))?,
    }
    if tally.failures == 0 {
        writeln!(out, "{}", say(text::NOTHING))?;
    } else {
        writeln!(out)?;
        row(
            out,
            [text::COUNT, text::FIRST, text::LAST, text::CAUSE].map(say),
        )?;
        groups(out, tally, language)?;
        uids(out, tally, language)?;
    }
    elsewhere(out, tally, language)?;
    writeln!(out, "\n{}", say(text::ZONES))
}

fn groups(out: &mut impl Write, tally: &Tally, language: Language) -> io::Result<()> {
    let mut groups: Vec<_> = tally.groups.iter().collect();
    groups.sort_by_cached_key(|((finding, flag), group)| {
        (Reverse(group.count), title(finding, *flag))
    });
    for ((finding, flag), group) in groups {
        heading(out, group, &title(finding, *flag))?;
        let cause = match finding {
            Finding::Cause(cause) => cause.clone(),
            Finding::Candidates(candidates, ranking) => {
                detail(
                    out,
                    text::WHY,
                    text::ranking(*ranking).of(language),
                    language,
                )?;
                likeliest(candidates)
            }
        };
        detail(out, text::FIX, &fix::of(&cause, *flag, language), language)?;
        if let Some((bars, hours)) = group.times.bars() {
            let when = format!("|{bars}| {hours} {}", text::HOURS.of(language));
            line(out, text::WHEN, &when, language)?;
        }
        if !group.example.is_empty() {
            detail(out, text::EXAMPLE, &group.example, language)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The fix of candidates is that of the likeliest.
pub fn likeliest(candidates: &[&'static str]) -> Proven {
    Proven {
        label: candidates.first().copied().unwrap_or_default(),
        ..Proven::default()
    }
}

fn title(finding: &Finding, flag: Option<DeviceFlag>) -> String {
    let mut title = match finding {
        Finding::Cause(cause) => cause.label.to_owned(),
        Finding::Candidates(candidates, _) => candidates.join(" > ") + " ?",
    };
    if let Some(flag) = flag {
        title += &format!(" (deviceFlag={flag})");
    }
    title
}

fn uids(out: &mut impl Write, tally: &Tally, language: Language) -> io::Result<()> {
    let most = tally.uids.most(TOP);
    if most.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", text::UIDS.of(language))?;
    let mark = if tally.uids.missed > 0 { "~" } else { "" };
    for (uid, count) in most {
        writeln!(out, "{:>COUNT$}  \"{uid}\"", format!("{mark}{count}"))?;
    }
    if tally.uids.missed > 0 {
        writeln!(
            out,
            "{} {}",
            text::APPROXIMATE.of(language),
            tally.uids.missed
        )?;
    }
    Ok(())
}

fn elsewhere(out: &mut impl Write, tally: &Tally, language: Language) -> io::Result<()> {
    if tally.elsewhere.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", text::NOT_THE_TOKEN.of(language))?;
    for (what, group) in &tally.elsewhere {
        heading(out, group, what.label())?;
        detail(
            out,
            text::FIX,
            text::elsewhere(*what).of(language),
            language,
        )?;
    }
    Ok(())
}

fn heading(out: &mut impl Write, group: &Group, title: &str) -> io::Result<()> {
    let time = |at: Option<Timestamp>| {
        let text = at.map(|at| at.to_string()).unwrap_or_default();
        text.get(..19).unwrap_or("-").replace('T', " ")
    };
    let (count, first, last) = (group.count.to_string(), time(group.first), time(group.last));
    row(out, [&count, &first, &last, ""])?;
    detail_at(out, "", title)
}

/// The last cell is written on the next line of a group, where there is room for it.
fn row(out: &mut impl Write, [count, first, last, rest]: [&str; 4]) -> io::Result<()> {
    let pad = |text: &str, columns: usize| " ".repeat(columns.saturating_sub(text.width()));
    write!(out, "{}{count}  ", pad(count, COUNT))?;
    write!(out, "{first}{}", pad(first, TIME))?;
    let end = if rest.is_empty() {
        String::new()
    } else {
        pad(last, TIME) + rest
    };
    writeln!(out, "{last}{end}")
}

fn detail(out: &mut impl Write, name: Text, body: &str, language: Language) -> io::Result<()> {
    detail_at(out, name.of(language), body)
}

fn detail_at(out: &mut impl Write, name: &str, body: &str) -> io::Result<()> {
    let indent = " ".repeat(COUNT + 2);
    let first = match name {
        "" => indent.clone(),
        name => format!(
            "{indent}{name}{}",
            " ".repeat(5_usize.saturating_sub(name.width()))
        ),
    };
    let indent = if name.is_empty() {
        indent
    } else {
        indent + "     "
    };
    let options = Options::new(WIDTH)
        .initial_indent(&first)
        .subsequent_indent(&indent);
    writeln!(out, "{}", textwrap::fill(body, options))
}

/// Unwrapped: blanks in it matter.
fn line(out: &mut impl Write, name: Text, body: &str, language: Language) -> io::Result<()> {
    let name = name.of(language);
    let pad = " ".repeat(5_usize.saturating_sub(name.width()));
    writeln!(out, "{}{name}{pad}{body}", " ".repeat(COUNT + 2))
}
