//! `cargo run -p wukongim-doctor -- examples/doctor/sample.log`
//!
//! Reads server logs with `token verify fail` in them and says why: which cause, how often, since
//! when, for whom, and what to do about it. Knows the lines of WuKongIM v1 and v2, and those of a
//! server with this crate, as text or JSON. Where a log alone cannot tell, it says what is left and
//! why in that order; `--store` lets it decide. What is not about the token at all stands apart.
//!
//! Files or stdin, of any size: `zcat log.gz | wukongim-doctor`. Memory does
//! not grow with them: a log of 1 GB with nearly all uids distinct was read with a maximum resident
//! set of 5 MB, the same as for 30 MB. `--store` is a dump of the same time as the log. Tokens are shown as fingerprints, unless `--reveal` is given.

mod encoding;
mod finding;
mod fix;
mod heavy_hitters;
mod histogram;
mod json;
mod line;
mod lines;
mod show;
mod store_dump;
mod table;
mod tally;
mod text;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aho_corasick::AhoCorasick;
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use wukongim_auth::diagnosis::Language;

use line::What;
use lines::Extent;
use store_dump::StoreDump;
use tally::Tally;

const BUFFER: usize = 1 << 20;

/// Says why clients were refused, from server logs. 从服务端日志分析客户端被拒绝的原因。
#[derive(Parser)]
struct Options {
    /// Logs to read; none, or `-`: stdin. 日志文件，缺省为标准输入。
    files: Vec<PathBuf>,
    /// One JSON object per failure in place of a table. 每次失败输出一个 JSON 对象。
    #[arg(long)]
    json: bool,
    /// The language of the report. 报告语言。
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    /// JSON lines of uid, device_flag and the stored record, dumped at the time of the log.
    /// 存储内容（JSON 行），须与日志同时导出。
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Shows tokens as they are: whoever reads them can connect. 显示 token 原文。
    #[arg(long)]
    reveal: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    En,
    Zh,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Who reads the output has seen enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doctor: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything was read. What could not be is told after the rest.
fn run(options: &Options) -> io::Result<bool> {
    let store = match &options.store {
        Some(path) => Some(StoreDump::read(open(path)?).map_err(|error| named(path, &error))?),
        None => None,
    };
    let mut doctor = Doctor::new(options, store, BufWriter::new(io::stdout().lock()));
    let stdin = [PathBuf::from("-")];
    let files = if options.files.is_empty() {
        &stdin
    } else {
        &*options.files
    };
    let progress = progress(files);
    let mut extent = Extent::default();
    let mut failed = Vec::new();
    for path in files {
        let each = |line: &[u8], is_cut| doctor.read(line, is_cut);
        let on = |bytes| progress.set_position(bytes);
        let read = open(path).and_then(|input| {
            lines::for_each(input, &mut extent, each, on).map_err(|error| named(path, &error))
        });
        match read {
            // The reader of the output is gone, not a log.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(error),
            Err(error) => failed.push(error),
            Ok(()) => {}
        }
    }
    progress.finish_and_clear();
    // "No failed check found" is for logs that were read.
    if failed.len() < files.len() || extent.bytes > 0 {
        doctor.report(extent)?;
    }
    for error in &failed {
        eprintln!("doctor: {error}");
    }
    Ok(failed.is_empty())
}

struct Doctor<W> {
    out: W,
    json: bool,
    reveal: bool,
    language: Language,
    store: Option<StoreDump>,
    needles: AhoCorasick,
    tally: Tally,
}

impl<W: Write> Doctor<W> {
    fn new(options: &Options, store: Option<StoreDump>, out: W) -> Self {
        Doctor {
            out,
            json: options.json,
            reveal: options.reveal,
            language: match options.lang {
                Lang::En => Language::English,
                Lang::Zh => Language::Chinese,
            },
            store,
            needles: AhoCorasick::new(line::needles()).expect("a handful of words"),
            tally: Tally::default(),
        }
    }

    fn read(&mut self, line: &[u8], is_cut: bool) -> io::Result<()> {
        if !self.needles.is_match(line) {
            return Ok(());
        }
        let parse = if is_cut { line::parse_cut } else { line::parse };
        let Some(entry) = parse(&String::from_utf8_lossy(line)) else {
            return Ok(());
        };
        let (at, language) = (entry.at, self.language);
        match entry.what {
            What::Failure(failure) => {
                let finding = finding::find(&failure, at, self.store.as_ref());
                if self.json {
                    let how = (language, self.reveal);
                    json::write(&mut self.out, &failure, &finding, at, how)?;
                } else {
                    self.tally.add(&failure, finding, at, self.reveal);
                }
            }
            What::Elsewhere(what) if self.json => {
                json::write_elsewhere(&mut self.out, what, at, language)?;
            }
            What::Elsewhere(what) => self.tally.add_elsewhere(what, at),
        }
        Ok(())
    }

    fn report(&mut self, extent: Extent) -> io::Result<()> {
        if !self.json {
            table::write(&mut self.out, &self.tally, extent, self.language)?;
        }
        self.out.flush()
    }
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let readable = || -> io::Result<Box<dyn BufRead>> {
        let mut input: Box<dyn BufRead> = match path == Path::new("-") {
            true => Box::new(BufReader::with_capacity(BUFFER, io::stdin().lock())),
            false => Box::new(BufReader::with_capacity(BUFFER, File::open(path)?)),
        };
        match encoding::unreadable(input.fill_buf()?) {
            Some(why) => Err(io::Error::new(ErrorKind::InvalidData, why)),
            None => Ok(input),
        }
    };
    readable().map_err(|error| named(path, &error))
}

/// A file's name may hold what terminals obey.
fn named(path: &Path, error: &io::Error) -> io::Error {
    let path = path.to_string_lossy();
    io::Error::new(error.kind(), format!("{}: {error}", path.escape_debug()))
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
