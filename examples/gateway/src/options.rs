//! The command line, and the combinations of it that are refused.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::builder::RangedU64ValueParser;
use wukongim_auth::{DeviceFlags, Token};
use wukongim_serving::log::LogOptions;
use wukongim_serving::option_values::{device_flags, manager_token, seconds, trusted_networks};
use wukongim_serving::subprotocol;
use wukongim_serving::trusted_networks::TrustedNetworks;

/// Beyond these a number is a slip of the pen, and far beyond them no clock can count it.
const MAX_CONNECT_TIMEOUT: f64 = 3600.0;
const MAX_DRAIN: f64 = 3600.0;
const MAX_RECHECK: f64 = 24.0 * 3600.0;
const MAX_TOKEN_LIFETIME: f64 = 100.0 * 365.0 * 24.0 * 3600.0;
/// The least that makes sense of what must not be nothing.
const LEAST: f64 = 0.001;
const MAX_UNAUTHENTICATED: u64 = 1_000_000;
const MAX_SESSIONS: u64 = 1_000_000;

/// A WuKongIM gateway: registers tokens over HTTP, verifies clients over TCP and WebSocket.
#[derive(clap::Parser)]
#[command(version)]
pub struct Options {
    /// The address where the business server registers tokens
    #[arg(long, env = "HTTP_ADDRESS", default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// The address for native SDKs
    #[arg(long, env = "TCP_ADDRESS", default_value = "127.0.0.1:5100")]
    pub tcp: SocketAddr,

    /// The address for JavaScript SDKs and EasySDKs
    #[arg(long, env = "WS_ADDRESS", default_value = "127.0.0.1:5200")]
    pub ws: SocketAddr,

    /// This node's id, which clients receive
    #[arg(long, env = "NODE_ID", default_value_t = 1)]
    pub node_id: u64,

    /// The token that the business server must send in the header `token`. Without it, --http must be a
    /// loopback address
    #[arg(long, env = "MANAGER_TOKEN", hide_env_values = true, value_parser = manager_token)]
    pub manager_token: Option<Token>,

    /// Host names under which the manager port may be called besides `localhost` and IP addresses,
    /// separated by commas; a proxy that terminates TLS may be in front of these. Without a manager
    /// token, requests for any other host are rejected
    #[arg(
        long = "allowed-host",
        env = "ALLOWED_HOSTS",
        value_name = "NAMES",
        value_delimiter = ','
    )]
    pub allowed_hosts: Vec<String>,

    /// Where tokens are kept: `memory`; `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, shared by all
    /// gateways that use it (addresses separated by commas are the nodes of a cluster);
    /// `redis+sentinel://…HOST[:PORT],…/NAME[/DB]` for the primary that the sentinels know as NAME;
    /// `rediss://…` and `rediss+sentinel://…` for TLS. Percent-encode everything but letters and digits
    /// in USER and PASSWORD. `faulty:FILE` keeps tokens in memory and fails every lookup while FILE
    /// exists, to show how clients react
    #[arg(long, env = "STORE", hide_env_values = true, default_value = "memory")]
    pub store: String,

    #[command(flatten)]
    pub log: LogOptions,

    /// Seconds within which a connection must send its CONNECT
    #[arg(long, env = "CONNECT_TIMEOUT", default_value = "5", value_parser = connect_timeout)]
    pub connect_timeout: Duration,

    /// Seconds after which a token expires; without this option, tokens do not expire
    #[arg(long, env = "TOKEN_LIFETIME", value_parser = token_lifetime)]
    pub token_lifetime: Option<Duration>,

    /// Seconds between two checks of every session against its record, which find revocations that
    /// this gateway was not notified of
    #[arg(long, env = "RECHECK", default_value = "15", value_parser = recheck)]
    pub recheck: Duration,

    /// The most connections that may be waiting for their verdict at the same time. If there are more,
    /// the addresses with most of them lose connections first
    #[arg(long, env = "MAX_UNAUTHENTICATED", default_value_t = 1024, value_parser = unauthenticated())]
    pub max_unauthenticated: usize,

    /// The most sessions that a user may have under one device flag; one more kicks the oldest
    #[arg(long, env = "MAX_SESSIONS", default_value_t = 100, value_parser = max_sessions())]
    pub max_sessions: usize,

    /// The device flags that clients may use, separated by commas: 0 APP, 1 WEB, 2 PC, and numbers of
    /// your own. Tokens can be registered only for these
    #[arg(long, env = "DEVICE_FLAGS", default_value = "0,1,2", value_parser = device_flags)]
    pub device_flags: DeviceFlags,

    /// The networks of load balancers that send a PROXY protocol header (version 1 or 2) before the
    /// client's bytes, separated by commas: 10.0.0.0/8,::1. On the client ports, connections from these
    /// networks must have a header, and others must not
    #[arg(long, env = "PROXY_PROTOCOL", value_name = "TRUSTED_NETWORKS", default_value = "", hide_default_value = true, value_parser = trusted_networks)]
    pub proxy_protocol: TrustedNetworks,

    /// WebSocket subprotocols, separated by commas; the first one that the client offers is chosen. By
    /// default, none is chosen
    #[arg(
        long = "ws-protocol",
        env = "WS_PROTOCOLS",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = subprotocol::name
    )]
    pub ws_protocols: Vec<HeaderValue>,

    /// Seconds that open sessions have to close when the gateway stops
    #[arg(long, env = "DRAIN", default_value = "3", value_parser = drain)]
    pub drain: Duration,

    /// Disables session keys, to measure what they cost. SDKs of the binary protocol need them
    #[arg(long, env = "NO_KEYS")]
    pub no_keys: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Other tasks, with the same options.
#[derive(Clone, Copy, clap::Subcommand)]
pub enum Command {
    /// Checks whether a gateway at `--http` is healthy, for a container's health check
    Health,
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

fn connect_timeout(text: &str) -> Result<Duration, String> {
    seconds(text, LEAST, MAX_CONNECT_TIMEOUT)
}

fn token_lifetime(text: &str) -> Result<Duration, String> {
    seconds(text, LEAST, MAX_TOKEN_LIFETIME)
}

/// None at all cuts them off.
fn drain(text: &str) -> Result<Duration, String> {
    seconds(text, 0.0, MAX_DRAIN)
}

fn recheck(text: &str) -> Result<Duration, String> {
    seconds(text, LEAST, MAX_RECHECK)
}

/// None at all would let nobody in.
fn unauthenticated() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_UNAUTHENTICATED)
}

/// None at all would end every session at once.
fn max_sessions() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_SESSIONS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_option_can_be_set_by_the_environment() {
        let command = Options::command();
        let without = command
            .get_arguments()
            .filter(|option| option.get_env().is_none());
        let names: Vec<_> = without.map(|option| option.get_id().as_str()).collect();
        assert_eq!(names, [""; 0]);
        assert!(command.get_version().is_some());
    }
}
