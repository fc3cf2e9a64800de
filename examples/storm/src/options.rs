//! The command line, and its bounds.

use std::net::SocketAddr;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;
use wukongim_auth::session::Protocol;

/// Connects many clients to a gateway on this machine, and tells how it bore that.
#[derive(clap::Parser)]
pub struct Options {
    /// Where tokens are registered
    #[arg(long, default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// Where clients connect: the gateway's TCP address, or with --ws its WebSocket one
    #[arg(long, default_value = "127.0.0.1:5100")]
    pub to: SocketAddr,

    /// Over WebSocket
    #[arg(long)]
    pub ws: bool,

    /// `binary` has session keys, as the binary SDKs do; `json-rpc` has none, as the EasySDKs do
    #[arg(long, value_enum, default_value = "binary")]
    pub protocol: Spoken,

    /// Handshakes
    #[arg(long, default_value = "10000", value_parser = up_to(100_000))]
    pub count: u64,

    /// Connections at the same time
    #[arg(long, default_value = "500", value_parser = up_to(8_000))]
    pub at_once: u64,

    /// Handshakes begun a second; without it, as fast as they go
    #[arg(long, value_parser = up_to(1_000_000))]
    pub rate: Option<u64>,

    /// Users that the clients are
    #[arg(long, default_value = "10000", value_parser = up_to(100_000))]
    pub users: u64,

    /// Of a hundred clients, how many have a wrong token
    #[arg(long, default_value_t = 0, value_parser = RangedU64ValueParser::<u64>::new().range(0..=100))]
    pub wrong: u64,

    /// The users are registered already
    #[arg(long)]
    pub registered: bool,

    /// Comes again where there was no answer, as SDKs do, until there is one
    #[arg(long)]
    pub retry: bool,

    /// Seconds after which no handshake begins any more
    #[arg(long, default_value = "120", value_parser = seconds)]
    pub within: Duration,

    /// The report as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Which protocol clients speak.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spoken {
    Binary,
    JsonRpc,
}

impl From<Spoken> for Protocol {
    fn from(spoken: Spoken) -> Self {
        match spoken {
            Spoken::Binary => Protocol::Wkproto,
            Spoken::JsonRpc => Protocol::JsonRpc,
        }
    }
}

impl Options {
    /// Only this machine, and no more than it lets us open.
    pub fn check(&self) -> Result<(), String> {
        for address in [self.http, self.to] {
            if !address.ip().is_loopback() {
                return Err(format!(
                    "{address} is not on this machine: a storm is for loopback only"
                ));
            }
        }
        match open_files() {
            Some(limit) if limit < self.at_once + 64 => Err(format!(
                "{} connections at once, and {limit} files may be open: raise it with ulimit -n",
                self.at_once
            )),
            _ => Ok(()),
        }
    }
}

/// How many this process may have, where the system tells.
fn open_files() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn up_to(max: u64) -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=max)
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=600) => Ok(Duration::from_secs(seconds)),
        _ => Err("not a number of seconds from 1 to 600".into()),
    }
}
