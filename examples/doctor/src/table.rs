//! The report as a table of at most 100 columns.

use std::cmp::Reverse;
use std::io::{self, Write};

use textwrap::Options;
use unicode_width::UnicodeWidthStr;
use wukongim_auth::diagnosis::Language;
use wukongim_auth::{DeviceFlag, Timestamp};

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

/// Without the joiner, which has no width, a line may end within `/user/token`.
const SLASH_AND_JOINER: &str = "/\u{2060}";

/// Columns of what stands before a detail.
const NAME: usize = 5;

pub fn write(
    out: &mut impl Write,
    tally: &Tally,
    extent: Extent,
    language: Language,
) -> io::Result<()> {
    let say = |text: Text| text.of(language);
    let comma = say(text::COMMA);
    write!(out, "{} {}", tally.failures, say(text::SUMMARY))?;
    write!(out, "{comma}{} {}", extent.lines, say(text::LINES))?;
    match extent.cut {
        0 => writeln!(out)?,
        cut => writeln!(out, "{comma}{cut} {}", say(text::CUT))?,
    }
    if tally.failures == 0 {
        writeln!(out, "{}\n", say(text::NOTHING))?;
    } else {
        writeln!(out)?;
        row(out, [text::COUNT, text::FIRST, text::LAST].map(say))?;
        groups(out, tally, language)?;
        uids(out, tally, language)?;
    }
    elsewhere(out, tally, language)?;
    writeln!(out, "{}", say(text::ZONES))
}

fn groups(out: &mut impl Write, tally: &Tally, language: Language) -> io::Result<()> {
    let mut groups: Vec<_> = tally.groups.iter().collect();
    groups.sort_by_cached_key(|(key, group)| (Reverse(group.count), format!("{key:?}")));
    for ((finding, flag), group) in groups {
        heading(out, group)?;
        let cause = match finding {
            Finding::Cause(cause) => {
                detail(out, "", &title(cause, *flag, language))?;
                cause.clone()
            }
            Finding::Candidates(candidates, ranking) => {
                ranked(out, candidates, *flag, language)?;
                let why = text::ranking(*ranking).of(language);
                detail(out, text::WHY.of(language), why)?;
                likeliest(candidates)
            }
        };
        let fix = fix::of(&cause, *flag, language);
        detail(out, text::FIX.of(language), &fix)?;
        if let Some((bars, hours)) = group.times.bars() {
            let when = format!("|{bars}| {hours} {}", text::HOURS.of(language));
            line(out, text::WHEN.of(language), &when)?;
        }
        if !group.example.is_empty() {
            detail(out, text::EXAMPLE.of(language), &group.example)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn ranked(
    out: &mut impl Write,
    candidates: &[&'static str],
    flag: Option<DeviceFlag>,
    language: Language,
) -> io::Result<()> {
    for (index, candidate) in candidates.iter().enumerate() {
        let cause = likeliest(&[candidate]);
        let title = title(&cause, flag, language);
        detail(out, &format!("{}?", index + 1), &title)?;
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
    writeln!(out)
}

fn elsewhere(out: &mut impl Write, tally: &Tally, language: Language) -> io::Result<()> {
    if tally.elsewhere.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", text::NOT_THE_TOKEN.of(language))?;
    for (what, group) in &tally.elsewhere {
        heading(out, group)?;
        detail(out, "", what.label())?;
        detail(
            out,
            text::SEE.of(language),
            text::elsewhere(*what).of(language),
        )?;
    }
    writeln!(out)
}

fn heading(out: &mut impl Write, group: &Group) -> io::Result<()> {
    let time = |at: Option<Timestamp>| {
        let text = at.map(|at| at.to_string()).unwrap_or_default();
        text.get(..19).unwrap_or("-").replace('T', " ")
    };
    let count = group.count.to_string();
    row(out, [&count, &time(group.first), &time(group.last)])
}

fn row(out: &mut impl Write, [count, first, last]: [&str; 3]) -> io::Result<()> {
    let pad = |text: &str, columns: usize| " ".repeat(columns.saturating_sub(text.width()));
    write!(out, "{}{count}  ", pad(count, COUNT))?;
    writeln!(out, "{first}{}{last}", pad(first, TIME))
}

/// Below the count, wrapped.
fn detail(out: &mut impl Write, name: &str, body: &str) -> io::Result<()> {
    let indent = " ".repeat(COUNT + 2);
    let first = indent.clone() + &padded(name);
    let next = indent + &" ".repeat(padded(name).width());
    let options = Options::new(WIDTH)
        .initial_indent(&first)
        .subsequent_indent(&next);
    let whole = body.replace('/', SLASH_AND_JOINER);
    let filled = textwrap::fill(&whole, options);
    writeln!(out, "{}", filled.replace(SLASH_AND_JOINER, "/"))
}

/// Unwrapped: blanks in it matter.
fn line(out: &mut impl Write, name: &str, body: &str) -> io::Result<()> {
    writeln!(out, "{}{}{body}", " ".repeat(COUNT + 2), padded(name))
}

fn padded(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!("{name}{}", " ".repeat(NAME.saturating_sub(name.width()))),
    }
}
