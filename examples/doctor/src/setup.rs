//! Turns the user's options into what the doctor needs.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, StdoutLock};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use crate::ask::{Ask, Login, Server};
use crate::doctor::Doctor;
use crate::find::Sources;
use crate::options::Options;
use crate::period::Period;
use crate::print::text;
use crate::problem::{Problem, Wanted};
use crate::store::StoreDump;
use crate::tally::Tally;
use crate::verdicts::Verdicts;
use crate::zone::Zone;

type Stdout = BufWriter<StdoutLock<'static>>;

pub fn doctor(
    options: &Options,
    files: &[PathBuf],
    progress: &ProgressBar,
) -> io::Result<Doctor<Stdout>> {
    let zone = match &options.tz {
        Some(name) => Zone::parse(name).ok_or(Problem::Usage("--tz", Wanted::Zone))?,
        None => Zone::default(),
    };
    Ok(Doctor {
        out: BufWriter::new(io::stdout().lock()),
        json: options.json,
        follow: options.follow,
        reveal: options.reveal,
        language: options.lang.into(),
        period: period(options, &zone)?,
        sources: sources(options, progress)?,
        files: files.iter().map(|path| name(path)).collect(),
        zone,
        verdicts: Verdicts::default(),
        tally: Tally::default(),
    })
}

fn period(options: &Options, zone: &Zone) -> io::Result<Period> {
    let time = |name, text: &Option<String>| {
        let parse = |text: &String| {
            zone.parse_time(text)
                .ok_or(Problem::Usage(name, Wanted::Time))
        };
        text.as_ref().map(parse).transpose()
    };
    let period = Period {
        since: time("--since", &options.since)?,
        until: time("--until", &options.until)?,
    };
    match period.is_empty() {
        // "Nothing found" would be said of any log.
        true => Err(Problem::Usage("--since", Wanted::Earlier).into()),
        false => Ok(period),
    }
}

fn sources(options: &Options, progress: &ProgressBar) -> io::Result<Sources> {
    let read = |path: &PathBuf| {
        let read = File::open(path).and_then(|file| StoreDump::read(BufReader::new(file)));
        read.map_err(|error| named(path, error))
    };
    let ask = match &options.ask {
        Some(_) => Some(ask(options, progress.clone())?),
        None => None,
    };
    Ok(Sources {
        store: options.store.as_ref().map(read).transpose()?,
        ask,
        manager_token: options.manager_token.clone(),
    })
}

fn ask(options: &Options, progress: ProgressBar) -> io::Result<Ask> {
    let (limit, language) = (options.ask_limit, options.lang.into());
    let tell = move |asked| progress.set_message(text::asking(asked, limit, language));
    Ok(Ask::new(server(options)?, limit, Box::new(tell)))
}

/// The server to ask.
pub fn server(options: &Options) -> io::Result<Server> {
    let address = options.ask.as_deref().unwrap_or_default();
    if !["http://", "https://"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
    {
        return Err(Problem::Usage("--ask", Wanted::Address).into());
    }
    let login = options.login.as_deref().map(login).transpose()?;
    let server = Server::new(address, options.manager_token.clone(), login.as_ref());
    server.map_err(|error| error.problem.into())
}

fn login(text: &str) -> Result<Login, Problem> {
    let (username, password) = text
        .split_once(':')
        .ok_or(Problem::Usage("--login", Wanted::Account))?;
    Ok(Login {
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

/// A file's name may contain control characters, which a terminal would obey.
pub fn named(path: &Path, error: io::Error) -> Problem {
    Problem::File(name(path), error)
}

fn name(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}
