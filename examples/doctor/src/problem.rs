//! Problems with options, files and servers, reported in the chosen language.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

use wukongim_auth::diagnosis::Language;

use crate::print::text;

#[derive(Debug)]
pub enum Problem {
    /// An option with an invalid value.
    Usage(&'static str, Wanted),
    /// A file, by a name that may be printed.
    File(String, io::Error),
    Zip,
    Utf32,
    /// A line of a store's dump; only its position is reported, not its content.
    DumpLine(usize),
    /// What the server at this address answered instead.
    Server(String, Answer),
}

/// What an option's value should be.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    Address,
    Account,
    Zone,
    Time,
    Earlier,
}

#[derive(Debug)]
pub enum Answer {
    Status(u16),
    NotAllowed(u16),
    Garbage,
    /// These paths do not exist.
    Missing(&'static str),
    MorePages(usize),
    None(ureq::Error),
}

impl Problem {
    pub fn told(&self, language: Language) -> String {
        match self {
            Problem::Usage(option, wanted) => {
                text::named(option, text::wanted(*wanted).of(language), language)
            }
            Problem::File(name, error) => text::named(name, &told(error, language), language),
            Problem::Zip => text::ZIP.of(language).to_owned(),
            Problem::Utf32 => text::UTF_32.of(language).to_owned(),
            Problem::DumpLine(number) => text::dump_line(*number, language),
            Problem::Server(address, answer) => text::answer(address, answer, language),
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Problem::Usage(..) => ErrorKind::InvalidInput,
            Problem::Zip | Problem::Utf32 | Problem::DumpLine(_) => ErrorKind::InvalidData,
            Problem::File(..) | Problem::Server(..) => ErrorKind::Other,
        }
    }
}

/// One of these, or an error of the system.
pub fn told(error: &io::Error, language: Language) -> String {
    let problem = error.get_ref().and_then(|inner| inner.downcast_ref());
    problem.map_or_else(
        || text::system(error, language),
        |problem: &Problem| problem.told(language),
    )
}

impl From<Problem> for io::Error {
    fn from(problem: Problem) -> Self {
        io::Error::new(problem.kind(), problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(Language::English))
    }
}

impl Error for Problem {}
