//! The command line.

use wukongim_auth::frame::Limits;

pub const USAGE: &str = "usage: inspect [--reveal] [--max-frame N] [FILE]\n       inspect --json [--max-frame N]\n       inspect --help";

pub const HELP: &str = "\
Reads captured bytes of a WuKongIM connection and reports what is suspicious in them.

usage: inspect [--reveal] [--max-frame N] [FILE]
       inspect --json [--max-frame N]

The capture is read from FILE, or from standard input without one (or if FILE is -). It may be
  - hex, with or without spaces, 0x, colons, commas, dashes and line breaks
  - a hex dump of xxd, hexdump -C, od -tx1 or Wireshark
  - base64, standard or URL-safe, with line breaks
  - raw bytes, or JSON-RPC as text
and it may begin with the HTTP request that opens a WebSocket, and with WebSocket frames.

  --reveal        prints the token; without it, its length and the start of its SHA-256
  --max-frame N   rejects frame bodies of more than N bytes (at most 1048576, the default)
  --json          for programs: reads lines of VERSION HEX, writes one line of JSON for each,
                  with strings in hex, including the token
  --help          prints this

Exit codes: 0 if the capture begins with a CONNECT and nothing in it is suspicious (with --json:
always), 1 if something is, or if no CONNECT can be read, 2 if the arguments are wrong or the
capture cannot be opened.
";

/// The task to do.
#[derive(Debug)]
pub enum Command {
    Help,
    /// One line of JSON for each line of input.
    Machine(Limits),
    /// A report on one capture.
    Report(Options),
}

/// Options for reading and showing one capture.
#[derive(Debug)]
pub struct Options {
    pub limits: Limits,
    pub reveal: bool,
    pub file: Option<String>,
}

impl Command {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut limits, mut reveal, mut json, mut file) = (Limits::UPSTREAM, false, false, None);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--help" | "-h" => return Ok(Command::Help),
                "--json" => json = true,
                "--reveal" => reveal = true,
                "--max-frame" => limits = max_frame(args.next())?,
                option if option.starts_with('-') && option != "-" => {
                    return Err(format!("unknown argument {option:?}"));
                }
                _ if file.is_some() => return Err(format!("a second file: {arg:?}")),
                _ => file = Some(arg),
            }
        }
        match (json, file) {
            (false, file) => Ok(Command::Report(Options {
                limits,
                reveal,
                file,
            })),
            (true, None) if !reveal => Ok(Command::Machine(limits)),
            (true, None) => Err("--json prints all strings; --reveal is not for it".into()),
            (true, Some(_)) => Err("--json reads standard input, not a file".into()),
        }
    }
}

fn max_frame(value: Option<String>) -> Result<Limits, String> {
    let value = value.ok_or("--max-frame needs a number")?;
    let bytes = value
        .parse()
        .map_err(|_| format!("--max-frame {value:?} is not a number of bytes"))?;
    let limits = Limits::UPSTREAM.with_max_body(bytes);
    match limits.max_body() {
        max if max == bytes => Ok(limits),
        max => Err(format!("--max-frame {bytes} is more than {max}")),
    }
}
