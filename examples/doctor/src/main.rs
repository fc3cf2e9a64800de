//! `cargo run -p wukongim-doctor -- examples/doctor/sample.log`
//!
//! Reads server logs with `token verify fail` in them and says why: which cause, how often, since
//! when, for whom, and what to do about it. Knows the lines of WuKongIM v1 and v2, and those of a
//! server with this crate, as text or JSON. Where a log alone cannot tell, it says what is left and
//! why in that order; `--store` and `--ask` let it decide. What is not about the token at all stands apart.
//!
//! Files or stdin, of any size, compressed or not. Memory does not grow with them. `--store` is a
//! dump of the same time as the log, `--ask` a running server. Tokens are shown as fingerprints,
//! unless `--reveal` is given.

mod ask;
mod check;
mod doctor;
mod enclosing;
mod finding;
mod fix;
mod heavy_hitters;
mod histogram;
mod input;
mod interrupt;
mod json;
mod line;
mod live;
mod merge;
mod options;
mod show;
mod source;
mod store_dump;
mod style;
mod table;
mod tally;
mod text;
mod zone;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aho_corasick::AhoCorasick;
use clap::Parser;
use encoding_rs::GBK;
use indicatif::{ProgressBar, ProgressStyle};

use ask::{Ask, Login, Server};
use doctor::Doctor;
use finding::Sources;
use interrupt::Interrupt;
use merge::Merge;
use options::Options;
use source::Source;
use store_dump::StoreDump;
use tally::Tally;
use zone::Zone;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Who reads the output has seen enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doctor: {error}");
            match error.kind() {
                ErrorKind::InvalidInput => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Whether everything was read and nothing is wrong. What could not be read is told after the rest.
fn run(options: &Options) -> io::Result<bool> {
    if let Some(uid) = &options.uid {
        let ask = ask(options)?.ok_or_else(|| usage("--uid", "needs --ask"))?;
        return check::run(options, uid, ask, &mut io::stdout().lock());
    }
    let stdin = [PathBuf::from("-")];
    let files = if options.files.is_empty() {
        &stdin
    } else {
        &*options.files
    };
    let mut doctor = doctor(options, files)?;
    let progress = progress(files);
    let interrupt = Interrupt::listen();
    let mut failed = Vec::new();
    let mut logs = Merge::new(words()?);
    for (index, path) in files.iter().enumerate() {
        let on = |raw| Box::new(progress.wrap_read(raw)) as Box<_>;
        match input::open(path, &interrupt, on) {
            Ok(input) => logs.add(index, Source::new(input)),
            Err(error) => failed.push(named(path, &error)),
        }
    }
    let nothing_opened = failed.len() == files.len();
    while let Some((index, found)) = logs.next() {
        match found {
            Ok(found) => doctor.read(index, found)?,
            Err(error) => failed.push(named(
                files.get(index).map_or(Path::new("-"), |p| p),
                &error,
            )),
        }
    }
    progress.finish_and_clear();
    // "No failed check found" is for logs that were read.
    if !nothing_opened && (failed.is_empty() || logs.extent().lines > 0) {
        doctor.report(logs.extent())?;
    }
    for error in &failed {
        eprintln!("doctor: {error}");
    }
    if options.json {
        warn(&doctor);
    }
    Ok(failed.is_empty() && doctor.tally.is_clear())
}

/// What a table would have said, beside the objects.
fn warn<W>(doctor: &Doctor<W>) {
    let (tally, language) = (&doctor.tally, doctor.language);
    if tally.unread.count > 0 {
        eprintln!(
            "doctor: {}",
            text::unread(tally.unread.count, &tally.unread.first, language)
        );
    }
    let ask = doctor
        .sources
        .ask
        .as_ref()
        .filter(|ask| ask.unasked > 0 || ask.stopped.is_some());
    if let Some(ask) = ask {
        eprintln!(
            "doctor: {}",
            text::unasked(ask.unasked, ask.stopped.as_deref(), language)
        );
    }
}

fn doctor(
    options: &Options,
    files: &[PathBuf],
) -> io::Result<Doctor<BufWriter<io::StdoutLock<'static>>>> {
    let zone = match &options.tz {
        Some(name) => Zone::parse(name).map_err(|why| usage("--tz", &why))?,
        None => Zone::default(),
    };
    let time = |name: &str, text: &Option<String>| {
        let parse = |text: &String| zone.parse_time(text).map_err(|why| usage(name, &why));
        text.as_ref().map(parse).transpose()
    };
    let (since, until) = (
        time("--since", &options.since)?,
        time("--until", &options.until)?,
    );
    let store = match &options.store {
        Some(path) => {
            let read = File::open(path).and_then(|file| StoreDump::read(BufReader::new(file)));
            Some(read.map_err(|error| named(path, &error))?)
        }
        None => None,
    };
    Ok(Doctor {
        out: BufWriter::new(io::stdout().lock()),
        json: options.json,
        follow: options.follow,
        reveal: options.reveal,
        language: options.lang.into(),
        since,
        until,
        sources: Sources {
            store,
            ask: ask(options)?,
            manager_token: options.manager_token.clone(),
        },
        files: files.iter().map(|path| name(path)).collect(),
        zone,
        tally: Tally::default(),
    })
}

fn ask(options: &Options) -> io::Result<Option<Ask>> {
    let Some(address) = &options.ask else {
        return Ok(None);
    };
    let is_http = ["http://", "https://"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    if !is_http {
        return Err(usage(
            "--ask",
            "wants an address such as http://127.0.0.1:5001",
        ));
    }
    let login = match options.login.as_deref().map(|login| login.split_once(':')) {
        Some(Some((username, password))) => Some(Login {
            username: username.to_owned(),
            password: password.to_owned(),
        }),
        Some(None) => return Err(usage("--login", "wants USER:PASSWORD")),
        None => None,
    };
    let server = Server::new(address, options.manager_token.clone(), login.as_ref());
    let server = server.map_err(|error| io::Error::other(error.text))?;
    Ok(Some(Ask::new(server, options.ask_limit)))
}

/// What `grep --color` writes before a match, which may be a part of a word.
const GREP: &str = "\u{1b}[01;31m\u{1b}[K";

/// The words that lines of interest have, as they stand in UTF-8 and in GBK.
fn words() -> io::Result<AhoCorasick> {
    let utf_8 = line::needles().map(|word| word.as_bytes().to_vec());
    let gbk = line::needles().map(|word| GBK.encode(word).0.into_owned());
    let mut words: Vec<_> = utf_8.chain(gbk).collect();
    words.push(GREP.as_bytes().to_vec());
    words.sort_unstable();
    words.dedup();
    AhoCorasick::new(words).map_err(io::Error::other)
}

fn usage(option: &str, why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("{option}: {why}"))
}

/// A file's name may hold what terminals obey.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", name(path)))
}

fn name(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// Bytes and speed on stderr, only where that is a terminal; the share where the size is known.
fn progress(files: &[PathBuf]) -> ProgressBar {
    let sizes = files
        .iter()
        .map(|path| path.metadata().ok().filter(|meta| meta.is_file()));
    match sizes.map(|meta| Some(meta?.len())).sum::<Option<u64>>() {
        Some(total) => ProgressBar::new(total).with_style(style(
            "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}",
        )),
        None => ProgressBar::new_spinner()
            .with_style(style("{spinner} {bytes} {binary_bytes_per_sec} {elapsed}")),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
