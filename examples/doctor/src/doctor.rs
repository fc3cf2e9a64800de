//! Line by line: what it says, what decides it, where it goes.

use std::io::{self, Write};

use wukongim_auth::diagnosis::Language;

use crate::find::{self, Finding, Sources};
use crate::line::{Entry, Failure, What, When};
use crate::period::Period;
use crate::print::{Report, Style, fix, json, live, table, text};
use crate::scan::{Extent, Found};
use crate::tally::Tally;
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
    /// As they may be printed; one alone is not worth naming.
    pub files: Vec<String>,
    pub tally: Tally,
}

impl<W: Write> Doctor<W> {
    pub fn read(&mut self, file: usize, found: Found) -> io::Result<()> {
        for Entry { at, what } in found.entries {
            let at = at.map(|at| self.zone.resolve(at));
            if !self.is_within(at) {
                continue;
            }
            match what {
                What::Failure(failure) => self.failure(file, failure, at)?,
                What::Unread => self
                    .tally
                    .unread
                    .add(|| place(&self.files, file, found.line)),
                What::Foreign => self
                    .tally
                    .foreign
                    .add(|| place(&self.files, file, found.line)),
                What::Elsewhere(what) => {
                    if self.json {
                        json::write_elsewhere(&mut self.out, what, at, self.language)?;
                    } else if self.follow {
                        live::write_elsewhere(&mut self.out, what, at, &self.zone)?;
                    }
                    self.tally.add_elsewhere(what, at);
                }
            }
        }
        if self.follow {
            self.out.flush()?;
        }
        Ok(())
    }

    fn failure(&mut self, file: usize, mut failure: Failure, at: Option<When>) -> io::Result<()> {
        let finding = find::find(&mut failure, at, &mut self.sources);
        if self.json {
            let how = json::How {
                language: self.language,
                reveal: self.reveal,
                zone: &self.zone,
                asked: self.asked(),
            };
            json::write(&mut self.out, &failure, &finding, at, &how)?;
            self.tally.failures += 1;
            return Ok(());
        }
        if self.follow {
            let fix = self.fix(&failure, &finding);
            live::write(&mut self.out, &failure, &finding, &fix, (at, &self.zone))?;
        }
        let node = failure.node.map(|node| format!("node {node}"));
        let name = || {
            self.files
                .get(file)
                .filter(|_| self.files.len() > 1)
                .cloned()
        };
        let place = node.or_else(name);
        self.tally.add(&failure, finding, at, (place, self.reveal));
        Ok(())
    }

    fn fix(&self, failure: &Failure, finding: &Finding) -> String {
        match finding {
            Finding::Candidates(candidates, ranking) => {
                fix::of_candidates(candidates, *ranking, failure.device_flag, self.language)
            }
            decided => {
                let (cause, _) = decided.decided(&self.zone, self.asked(), self.language);
                fix::of(&cause, failure.device_flag, self.language)
            }
        }
    }

    fn is_within(&mut self, at: Option<When>) -> bool {
        if self.period.is_all() {
            return true;
        }
        self.tally.untimed += u64::from(at.is_none());
        at.is_some_and(|at| self.period.contains(at))
    }

    fn asked(&self) -> Option<When> {
        self.sources.ask.as_ref().and_then(|ask| ask.first_asked())
    }

    pub fn report(&mut self, extent: Extent) -> io::Result<()> {
        if !self.json {
            let ask = self.sources.ask.as_ref();
            let report = Report {
                tally: &self.tally,
                extent,
                language: self.language,
                zone: &self.zone,
                style: Style::of_stdout(),
                asked: self.asked(),
                unasked: ask.map_or((0, None), |ask| (ask.unasked, ask.stopped.clone())),
            };
            table::write(&mut self.out, &report)?;
        }
        self.out.flush()
    }

    /// What a table would have said, beside the objects.
    pub fn warn(&self) {
        let (tally, language) = (&self.tally, self.language);
        if tally.unread.count > 0 {
            let unread = text::unread(tally.unread.count, &tally.unread.first, language);
            eprintln!("doctor: {unread}");
        }
        let ask = self.sources.ask.as_ref();
        if let Some(ask) = ask.filter(|ask| ask.unasked > 0 || ask.stopped.is_some()) {
            let unasked = text::unasked(ask.unasked, ask.stopped.as_deref(), language);
            eprintln!("doctor: {unasked}");
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
