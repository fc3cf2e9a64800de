//! Handles each line: what it says, its cause, and where it is printed.

use std::io::{self, Write};

use wukongim_auth::diagnosis::Language;

use crate::find::{self, Finding, Sources};
use crate::line::{Entry, Failure, What, When};
use crate::period::Period;
use crate::print::{Report, Style, asides, json, live, table};
use crate::scan::{Extent, Found};
use crate::tally::{Place, Tally};
use crate::verdicts::{Noted, Verdicts};
use crate::zone::Zone;

pub struct Doctor<W> {
    pub out: W,
    pub json: bool,
    pub follow: bool,
    pub reveal: bool,
    pub language: Language,
    pub zone: Zone,
    pub period: Period,
    pub sources: Sources,
    /// The names of the logs, as they may be printed; a single log is not named.
    pub files: Vec<String>,
    pub verdicts: Verdicts,
    pub tally: Tally,
}

impl<W: Write> Doctor<W> {
    pub fn read(&mut self, file: usize, found: Found) -> io::Result<()> {
        for Entry { at, what } in found.entries {
            let mut held = self.verdicts.take(Noted {
                file,
                line: found.line,
                at: at.map(|at| self.zone.resolve(at)),
                what,
                finding: None,
            });
            // With `--follow`, a verdict does not wait for its diagnosis, which corrects it later.
            if self.follow && held.is_news {
                let corrects = held.corrects();
                self.print(&mut held.noted, corrects)?;
            }
            self.verdicts.keep(held);
            while let Some(noted) = self.verdicts.next() {
                self.tell(noted)?;
            }
        }
        if self.follow {
            self.out.flush()?;
        }
        Ok(())
    }

    /// Counts a file that contains binary data.
    pub fn binary(&mut self, file: usize, line: u64) {
        let place = || place(&self.files, file, Some(line));
        self.tally.binary.add(place);
    }

    fn tell(&mut self, mut noted: Noted) -> io::Result<()> {
        let place = || place(&self.files, noted.file, noted.line);
        match (self.is_within(noted.at), &noted.what) {
            (Some(false), _) => {}
            // A line that cannot be read may have any time.
            (_, What::Unread) => self.tally.unread.add(place),
            (_, What::Foreign) => self.tally.foreign.add(place),
            (_, What::Repeated) => self.tally.repeated.add(place),
            (None, what) => {
                let aside = match noted.at {
                    Some(_) => &mut self.tally.unplaced,
                    None => &mut self.tally.untimed,
                };
                if !what.is_ordinary() {
                    aside.add(place);
                }
            }
            (Some(true), _) => {
                if self.json && !self.follow {
                    self.print(&mut noted, false)?;
                }
                self.count(noted);
            }
        }
        Ok(())
    }

    /// As an object or on a line.
    fn print(&mut self, noted: &mut Noted, corrects: bool) -> io::Result<()> {
        let at = noted.at;
        if self.is_within(at) != Some(true) {
            return Ok(());
        }
        match &mut noted.what {
            What::Failure(failure) => {
                let finding = find::find(failure, at, &mut self.sources);
                self.print_failure(failure, &finding, at, corrects)?;
                noted.finding = Some(finding);
                Ok(())
            }
            &mut What::Elsewhere { what, is_possible } if self.json => {
                json::write_elsewhere(&mut self.out, (what, is_possible), at, self.language)
            }
            &mut What::Elsewhere { what, is_possible } => {
                live::write_elsewhere(&mut self.out, (what, is_possible), at, &self.zone)
            }
            What::Unread | What::Foreign | What::Repeated => Ok(()),
        }
    }

    fn print_failure(
        &mut self,
        failure: &Failure,
        finding: &Finding,
        at: Option<When>,
        corrects: bool,
    ) -> io::Result<()> {
        if self.json {
            let how = json::How {
                language: self.language,
                reveal: self.reveal,
                zone: &self.zone,
                asked: self.asked(),
                corrects,
            };
            return json::write(&mut self.out, failure, finding, at, &how);
        }
        let fix = self.fix(failure, finding);
        let when = (at, &self.zone);
        live::write(&mut self.out, failure, (finding, corrects), &fix, when)
    }

    fn count(&mut self, noted: Noted) {
        let Noted { file, at, what, .. } = noted;
        match what {
            What::Failure(_) if self.json => self.tally.failures += 1,
            What::Failure(mut failure) => {
                let found = noted.finding;
                let finding =
                    found.unwrap_or_else(|| find::find(&mut failure, at, &mut self.sources));
                let node = failure.node.map(Place::Node);
                let place = node.or((self.files.len() > 1).then_some(Place::File(file)));
                self.tally.add(&failure, finding, at, (place, self.reveal));
            }
            What::Elsewhere { what, is_possible } => {
                self.tally.add_elsewhere(what, is_possible, at);
            }
            What::Unread | What::Foreign | What::Repeated => {}
        }
    }

    fn fix(&self, failure: &Failure, finding: &Finding) -> String {
        finding.fix(failure.device_flag, self.language)
    }

    /// Whether it is within the period; `None` if that cannot be known.
    fn is_within(&self, at: Option<When>) -> Option<bool> {
        match at {
            _ if self.period.is_all() => Some(true),
            at => at
                .filter(|at| self.period.places(*at))
                .map(|at| self.period.contains(at)),
        }
    }

    fn asked(&self) -> Option<When> {
        self.sources.ask.as_ref().and_then(|ask| ask.first_asked())
    }

    pub fn report(&mut self, extent: Extent) -> io::Result<()> {
        while let Some(noted) = self.verdicts.rest() {
            self.tell(noted)?;
        }
        if !self.json {
            let report = Report {
                tally: &self.tally,
                files: &self.files,
                is_of_a_period: !self.period.is_all(),
                extent,
                language: self.language,
                zone: &self.zone,
                style: Style::of_stdout(),
                asked: self.asked(),
                left: self.sources.left(),
            };
            table::write(&mut self.out, &report)?;
        }
        self.out.flush()
    }

    /// With `--json`: what a table would have said in addition.
    pub fn warn(&self) {
        for text in asides::told(&self.tally, self.sources.left(), self.language) {
            eprintln!("doctor: {text}");
        }
    }
}

fn place(files: &[String], file: usize, line: Option<u64>) -> String {
    let name = files.get(file).map_or("-", String::as_str);
    match line {
        Some(line) => format!("{name}:{line}"),
        None => name.to_owned(),
    }
}
