//! The rows of a table: the content of the columns, and what is wrapped below.

use std::io::{self, Write};

use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthStr;
use wukongim_auth::DeviceFlag;

use super::super::fix::likeliest;
use super::groups::title;
use super::{COUNT, Report};
use crate::line::When;
use crate::tally::{Group, Place};

/// Columns of a time.
const TIME: usize = 22;

/// Without the joiner, which has no width, a line could end within `/user/token`.
const SLASH_AND_JOINER: &str = "/\u{2060}";

/// The columns before a detail.
const NAME: usize = 5;

impl Report<'_> {
    pub fn ranked(
        &self,
        out: &mut impl Write,
        candidates: &[&'static str],
        flag: Option<DeviceFlag>,
    ) -> io::Result<()> {
        for (index, candidate) in candidates.iter().enumerate() {
            let title = title(&likeliest(&[candidate]), flag, self.language);
            self.titled(out, &format!("{}?", index + 1), candidate, &title)?;
        }
        Ok(())
    }

    pub fn heading(&self, out: &mut impl Write, group: &Group) -> io::Result<()> {
        let time = |at: Option<When>| at.map_or_else(|| "-".to_owned(), |at| self.zone.show(at));
        let count = group.count.to_string();
        self.row(out, [&count, &time(group.first), &time(group.last)])
    }

    pub fn row(&self, out: &mut impl Write, [count, first, last]: [&str; 3]) -> io::Result<()> {
        let pad = |text: &str, columns: usize| " ".repeat(columns.saturating_sub(text.width()));
        write!(out, "{}{}  ", pad(count, COUNT), self.style.bold(count))?;
        let columns = TIME.max(first.width() + 2);
        writeln!(out, "{first}{}{last}", pad(first, columns))
    }

    /// Below the count, wrapped.
    pub fn detail(&self, out: &mut impl Write, name: &str, body: &str) -> io::Result<()> {
        writeln!(out, "{}", self.filled(name, body))
    }

    /// The same, with the cause's label in colour.
    pub fn titled(
        &self,
        out: &mut impl Write,
        name: &str,
        label: &str,
        body: &str,
    ) -> io::Result<()> {
        let filled = self.filled(name, body);
        writeln!(out, "{}", filled.replacen(label, &self.style.red(label), 1))
    }

    pub fn filled(&self, name: &str, body: &str) -> String {
        let indent = " ".repeat(COUNT + 2);
        let first = indent.clone() + &padded(name);
        let next = indent + &" ".repeat(padded(name).width());
        let options = options(self.style.width)
            .initial_indent(&first)
            .subsequent_indent(&next);
        let whole = body.replace('/', SLASH_AND_JOINER);
        textwrap::fill(&whole, options).replace(SLASH_AND_JOINER, "/")
    }

    /// From the left edge on.
    pub fn paragraph(&self, out: &mut impl Write, text: &str) -> io::Result<()> {
        let whole = text.replace('/', SLASH_AND_JOINER);
        let filled = textwrap::fill(&whole, options(self.style.width));
        writeln!(out, "{}", filled.replace(SLASH_AND_JOINER, "/"))
    }

    pub fn name(&self, place: Place) -> String {
        match place {
            Place::Node(node) => format!("node {node}"),
            Place::File(index) => self.files.get(index).cloned().unwrap_or_default(),
        }
    }

    pub fn shows_no_zone(&self) -> bool {
        let groups = self
            .tally
            .groups
            .values()
            .chain(self.tally.elsewhere.values());
        let mut times = groups.flat_map(|group| [group.first, group.last]).flatten();
        times.any(|at| !at.has_zone)
    }
}

/// Programs' options are not broken at their hyphens.
fn options<'a>(width: usize) -> Options<'a> {
    Options::new(width).word_splitter(WordSplitter::NoHyphenation)
}

/// Not wrapped: its whitespace matters.
pub fn line(out: &mut impl Write, name: &str, body: &str) -> io::Result<()> {
    writeln!(out, "{}{}{body}", " ".repeat(COUNT + 2), padded(name))
}

fn padded(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!("{name}{}", " ".repeat(NAME.saturating_sub(name.width()))),
    }
}
