//! `cargo run -p wukongim-doctor -- examples/doctor/sample.log`
//!
//! Reads server logs that contain `token verify fail`, and says which cause, how often, since when, for
//! whom, and what to do about it. It knows the lines of WuKongIM v1, v2 and v3, and those of a server
//! with this crate, as text or JSON. If the log alone does not decide, it lists the remaining causes,
//! the most likely one first; `--store` (a dump from the time of the log) and `--ask` (a running server)
//! let it decide. Failures that are not about the token are reported separately.
//!
//! It reads files or stdin, compressed or not, in bounded memory. Tokens are shown as fingerprints,
//! unless `--reveal` is given.

mod ask;
mod check;
mod doctor;
mod find;
mod line;
mod options;
mod period;
mod print;
mod problem;
mod read;
mod scan;
mod setup;
mod show;
mod store;
mod tally;
mod usage;
mod verdicts;
mod zone;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;

use options::Options;
use problem::Problem;
use read::{Interrupt, Merge};
use scan::{Source, WINDOW, Words};
use setup::named;

fn main() -> ExitCode {
    let options = usage::parse();
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader of the output has closed the pipe, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doctor: {}", problem::told(&error, options.lang.into()));
            match error.kind() {
                ErrorKind::InvalidInput => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Whether everything was read and nothing is wrong.
fn run(options: &Options) -> io::Result<bool> {
    match &options.uid {
        Some(uid) => check::run(
            options,
            uid,
            setup::server(options)?,
            &mut io::stdout().lock(),
        ),
        None if options.files.is_empty() => read(options, &[PathBuf::from("-")]),
        None => read(options, &options.files),
    }
}

/// Reads these logs. What could not be read is reported after the rest.
fn read(options: &Options, files: &[PathBuf]) -> io::Result<bool> {
    let progress = read::progress(files);
    let mut doctor = setup::doctor(options, files, &progress)?;
    let mut failed = Vec::new();
    let mut logs = open(options, files, &progress, &mut failed);
    let nothing_opened = failed.len() == files.len();
    while let Some((index, found)) = logs.next() {
        match found {
            Ok(found) => doctor.read(index, found)?,
            Err(error) => failed.push(named(path(files, index), error)),
        }
    }
    for (index, line) in logs.binary() {
        doctor.binary(index, line);
    }
    progress.finish_and_clear();
    // "No failed check found" is only for logs that were read.
    if !nothing_opened && (failed.is_empty() || logs.extent().lines > 0) {
        doctor.report(logs.extent())?;
    }
    for error in &failed {
        eprintln!("doctor: {}", error.told(options.lang.into()));
    }
    if options.json {
        doctor.warn();
    }
    Ok(failed.is_empty() && doctor.tally.is_clear())
}

fn open(
    options: &Options,
    files: &[PathBuf],
    progress: &ProgressBar,
    failed: &mut Vec<Problem>,
) -> Merge {
    let interrupt = Interrupt::listen();
    let mut logs = Merge::new(Words::new());
    // Which of them cannot be placed, the scanner does not know.
    let numbers_all = options.since.is_some() || options.until.is_some();
    for (index, path) in files.iter().enumerate() {
        let on = |raw| Box::new(progress.wrap_read(raw)) as Box<_>;
        match read::open(path, &interrupt, on) {
            Ok(input) => logs.add(index, Source::new(input, WINDOW).numbering_all(numbers_all)),
            Err(error) => failed.push(named(path, error)),
        }
    }
    logs
}

fn path(files: &[PathBuf], index: usize) -> &Path {
    files.get(index).map_or(Path::new("-"), |path| path)
}
