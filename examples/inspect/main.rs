//! Reads captured bytes of a WuKongIM connection and reports what is suspicious in them.
//!
//! ```sh
//! echo '10 16 04 00 00 01 64 00 01 75 00 01 74 00 00 00 00 00 00 00 00 00 01 6b' |
//!     cargo run -q --example inspect
//! ```
//!
//! This shows the CONNECT in those bytes, and the findings of the library's own checks. The input
//! may be hex, base64 or raw bytes, with or without WebSocket frames, in the binary protocol or
//! JSON-RPC.
//!
//! | File | Holds |
//! |---|---|
//! | `options` | the command line |
//! | `capture` | decoding of hex, base64 and raw captures |
//! | `dump` | the hex dumps of `xxd`, `hexdump`, `od` and Wireshark |
//! | `websocket` | the content of WebSocket frames |
//! | `report` | the report for people |
//! | `suspicions` | actual and likely problems of a CONNECT |
//! | `machine` | `--json`: one line of JSON for each line of input |

mod capture;
mod dump;
mod machine;
mod options;
mod report;
mod suspicions;
mod websocket;

use std::fs;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use options::{Command, Options};
use report::Finding;

/// The maximum size of a capture, in bytes: several times what one connection sends before it is
/// verified, in hex.
const MAX_CAPTURE: u64 = 16 << 20;

/// The CONNECT contains nothing suspicious.
const CLEAN: u8 = 0;
/// The CONNECT contains something suspicious, or could not be read.
const SUSPICIOUS: u8 = 1;
/// The command line is wrong, or its file cannot be read.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let command = match Command::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(problem) => {
            eprintln!("{problem}\n{}", options::USAGE);
            return ExitCode::from(USAGE);
        }
    };
    let outcome = match &command {
        Command::Help => print(options::HELP).map(|()| CLEAN),
        Command::Machine(limits) => {
            machine::inspect(&mut io::stdin().lock(), &mut io::stdout().lock(), *limits)
                .map(|()| CLEAN)
        }
        Command::Report(options) => return report(options),
    };
    exit_code(outcome)
}

fn report(options: &Options) -> ExitCode {
    let input = match read(options.file.as_deref()) {
        Ok(input) => input,
        Err(error) => {
            let name = options.file.as_deref().unwrap_or("standard input");
            eprintln!("{name}: {error}");
            return ExitCode::from(USAGE);
        }
    };
    let (text, finding) = report::of_capture(&input, options);
    exit_code(print(&text).map(|()| match finding {
        Finding::Clean => CLEAN,
        Finding::Suspicious => SUSPICIOUS,
    }))
}

fn read(file: Option<&str>) -> io::Result<Vec<u8>> {
    let input: Box<dyn Read> = match file {
        None | Some("-") => Box::new(io::stdin().lock()),
        Some(name) => Box::new(fs::File::open(name)?),
    };
    let mut bytes = Vec::new();
    input.take(MAX_CAPTURE + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(len) if len <= MAX_CAPTURE => Ok(bytes),
        _ => Err(io::Error::other(format!(
            "longer than {MAX_CAPTURE} bytes; cut the capture to the start of one connection"
        ))),
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn exit_code(outcome: io::Result<u8>) -> ExitCode {
    match outcome {
        Ok(code) => ExitCode::from(code),
        // The reader of the output has closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
