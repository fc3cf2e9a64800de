//! The command line, and the combinations of it that are refused.

use std::net::SocketAddr;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use tracing::level_filters::LevelFilter;
use wukongim_auth::{DeviceFlag, DeviceFlags, Token};

/// Beyond these a number is a slip of the pen, and far beyond them no clock can count it.
const MAX_CONNECT_TIMEOUT: f64 = 3600.0;
const MAX_TOKEN_LIFETIME: f64 = 100.0 * 365.0 * 24.0 * 3600.0;
const MAX_UNAUTHENTICATED: u64 = 1_000_000;
const MAX_SESSIONS: u64 = 1_000_000;

/// A WuKongIM gateway: registers tokens over HTTP, verifies clients over TCP and WebSocket.
#[derive(clap::Parser)]
pub struct Options {
    /// Where the business server registers tokens
    #[arg(long, default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// Where native SDKs connect
    #[arg(long, default_value = "127.0.0.1:5100")]
    pub tcp: SocketAddr,

    /// Where JavaScript SDKs connect
    #[arg(long, default_value = "127.0.0.1:5200")]
    pub ws: SocketAddr,

    /// This node's id, told to clients
    #[arg(long, default_value_t = 1)]
    pub node_id: u64,

    /// What the business server must send in the header `token`
    #[arg(long, env = "MANAGER_TOKEN", hide_env_values = true, value_parser = manager_token)]
    pub manager_token: Option<Token>,

    /// Where tokens are kept: `memory`; `redis://HOST:PORT`, shared by all gateways on it (several
    /// addresses with commas between are the nodes of a cluster); `faulty:FILE` is a memory whose
    /// lookups fail while FILE exists, to see what clients then do
    #[arg(long, env = "STORE", hide_env_values = true, default_value = "memory")]
    pub store: String,

    /// The least that is logged: error, warn, info, debug or trace
    #[arg(long, default_value = "info")]
    pub log_level: LevelFilter,

    /// Seconds in which a connection must have sent its CONNECT
    #[arg(long, default_value = "5", value_parser = connect_timeout)]
    pub connect_timeout: Duration,

    /// Seconds after which a token ends; without it tokens do not end by themselves
    #[arg(long, value_parser = token_lifetime)]
    pub token_lifetime: Option<Duration>,

    /// Connections that may be waiting for their verdict at the same time
    #[arg(long, default_value_t = 1024, value_parser = unauthenticated())]
    pub max_unauthenticated: usize,

    /// Sessions that one user may have under one device flag; one more, and the oldest is kicked
    #[arg(long, default_value_t = 100, value_parser = max_sessions())]
    pub max_sessions: usize,

    /// The device flags that clients may use, with commas between: 0 APP, 1 WEB, 2 PC, and numbers of
    /// your own. Tokens are registered for these alone
    #[arg(long, default_value = "0,1,2", value_parser = device_flags)]
    pub device_flags: DeviceFlags,

    /// Agrees no session keys, to see what they cost: SDKs of the binary protocol need them
    #[arg(long)]
    pub no_keys: bool,
}

impl Options {
    /// Whoever reaches the HTTP port can make himself any user: it is for this machine only, or
    /// for those who know the manager token.
    pub fn check(&self) -> Result<(), String> {
        if self.manager_token.is_none() && !self.http.ip().is_loopback() {
            return Err(format!(
                "--http {} can be reached from other machines: set --manager-token",
                self.http
            ));
        }
        Ok(())
    }
}

fn manager_token(text: &str) -> Result<Token, String> {
    if text.trim().is_empty() {
        return Err("must not be blank".into());
    }
    Ok(Token::new(text))
}

fn connect_timeout(text: &str) -> Result<Duration, String> {
    seconds(text, MAX_CONNECT_TIMEOUT)
}

fn token_lifetime(text: &str) -> Result<Duration, String> {
    seconds(text, MAX_TOKEN_LIFETIME)
}

fn device_flags(text: &str) -> Result<DeviceFlags, String> {
    text.split(',')
        .map(|number| number.trim().parse::<u8>().map(DeviceFlag::from))
        .collect::<Result<_, _>>()
        .map_err(|_| "must be numbers from 0 to 255 with commas between".into())
}

/// None at all would let nobody in.
fn unauthenticated() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_UNAUTHENTICATED)
}

/// None at all would end every session at once.
fn max_sessions() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_SESSIONS)
}

fn seconds(text: &str, max: f64) -> Result<Duration, String> {
    match text.parse() {
        // A millisecond is the least that makes sense; this way round, NaN is refused.
        Ok(seconds) if (0.001..=max).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("not a number of seconds from 0.001 to {max}")),
    }
}
