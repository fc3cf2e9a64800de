//! The command line, and what of it is refused.

use std::net::SocketAddr;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use http::HeaderValue;
use wukongim_auth::{DeviceFlags, Token};
use wukongim_serving::log::LogOptions;
use wukongim_serving::option_values::{device_flags, manager_token, seconds, trusted_networks};
use wukongim_serving::subprotocol;
use wukongim_serving::trusted_networks::TrustedNetworks;

use crate::guard::Mode;

/// Beyond these a number is a slip of the pen.
const MAX_TIMEOUT: f64 = 3600.0;
/// The least that makes sense.
const LEAST: f64 = 0.001;
const MAX_INTERVAL: f64 = 7.0 * 24.0 * 3600.0;
const MAX_CONNECTIONS: u64 = 1_000_000;

/// Stands in front of a WuKongIM server: learns tokens as they are registered, verifies clients, and hands
/// on their very bytes.
///
/// Point clients and the business server to the guard, and let nobody else reach the server itself. Begin
/// with --mode observe: everybody is let through, and GET /guard/report says who would have been refused,
/// why, and what to do about it.
#[derive(clap::Parser)]
#[command(version, subcommand_negates_reqs = true)]
pub struct Options {
    /// Where the business server's requests come in; they are forwarded to --upstream-http
    #[arg(long, env = "HTTP_ADDRESS", default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// Where native SDKs connect
    #[arg(long, env = "TCP_ADDRESS", default_value = "127.0.0.1:5100")]
    pub tcp: SocketAddr,

    /// Where JavaScript SDKs and EasySDKs connect
    #[arg(long, env = "WS_ADDRESS", default_value = "127.0.0.1:5200")]
    pub ws: SocketAddr,

    #[command(flatten)]
    pub upstream: Option<UpstreamOptions>,

    /// What becomes of a client that is not verified
    #[arg(long, env = "MODE", value_enum, default_value = "enforce")]
    pub mode: Mode,

    /// Where what was learned is kept, as digests: `memory`, learned anew at each start; `redb:FILE`, for
    /// one guard; `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, shared by several (more addresses with
    /// commas between are the nodes of a cluster; also `redis+sentinel://…/NAME`, and `rediss…` with TLS)
    #[arg(long, env = "STORE", hide_env_values = true, default_value = "memory")]
    pub store: String,

    /// The server's manager token, if it has one: to ask it for what is registered, and for
    /// GET /guard/report
    #[arg(long, env = "MANAGER_TOKEN", hide_env_values = true, value_parser = manager_token)]
    pub manager_token: Option<Token>,

    /// Seconds between two comparisons with what the server has registered; 0 asks it never, not at the
    /// start either: then only what is registered through the guard is known
    #[arg(long, env = "COMPARE_INTERVAL", default_value = "300", value_parser = interval)]
    pub compare_interval: Interval,

    /// Seconds in which the server must take a connection
    #[arg(long, env = "UPSTREAM_TIMEOUT", default_value = "3", value_parser = timeout)]
    pub upstream_timeout: Duration,

    /// Tells the server each client's address: over TCP in a PROXY protocol header (version 2), over
    /// WebSocket in the headers X-Forwarded-For, X-Real-IP and X-Real-Port, instead of the client's own.
    /// 把客户端地址告诉服务器：TCP 用 PROXY protocol 头（第 2 版），WebSocket 用 X-Forwarded-For、X-Real-IP、X-Real-Port 请求头，并替换客户端自己发来的。
    #[arg(long, env = "SEND_PROXY")]
    pub send_proxy: bool,

    /// The networks of load balancers that put a PROXY protocol header (version 1 or 2) before each
    /// client's bytes, with commas between: 10.0.0.0/8,::1. Connections from there must have one, on
    /// the ports of clients; others must not
    #[arg(long, env = "PROXY_PROTOCOL", value_name = "TRUSTED_NETWORKS", default_value = "", hide_default_value = true, value_parser = trusted_networks)]
    pub proxy_protocol: TrustedNetworks,

    /// The device flags that clients may use, with commas between: 0 APP, 1 WEB, 2 PC, and numbers of
    /// your own
    #[arg(long, env = "DEVICE_FLAGS", default_value = "0,1,2", value_parser = device_flags)]
    pub device_flags: DeviceFlags,

    /// Seconds in which a connection must have sent its CONNECT
    #[arg(long, env = "CONNECT_TIMEOUT", default_value = "5", value_parser = timeout)]
    pub connect_timeout: Duration,

    /// Connections that may be waiting for their verdict at the same time. If there are more, those
    /// go first whose address has most
    #[arg(long, env = "MAX_UNAUTHENTICATED", default_value_t = 1024, value_parser = connections())]
    pub max_unauthenticated: usize,

    /// Connections that may be handed on at the same time; one more is closed without an answer
    #[arg(long, env = "MAX_SESSIONS", default_value_t = 100_000, value_parser = connections())]
    pub max_sessions: usize,

    /// WebSocket subprotocols, with commas between, of which the first that a client offers is chosen,
    /// and the server offered that one alone; by default none is, whatever the client offers
    #[arg(
        long = "ws-protocol",
        env = "WS_PROTOCOLS",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = subprotocol::name
    )]
    pub ws_protocols: Vec<HeaderValue>,

    /// Seconds in which sessions must close when the guard ends
    #[arg(long, env = "DRAIN", default_value = "3", value_parser = timeout)]
    pub drain: Duration,

    #[command(flatten)]
    pub log: LogOptions,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Where the server is.
#[derive(clap::Args)]
pub struct UpstreamOptions {
    /// The server's API, as HOST:PORT
    #[arg(long, env = "UPSTREAM_HTTP", value_name = "HOST:PORT")]
    pub upstream_http: String,

    /// The server's port for native SDKs
    #[arg(long, env = "UPSTREAM_TCP", value_name = "HOST:PORT")]
    pub upstream_tcp: String,

    /// The server's port for WebSockets
    #[arg(long, env = "UPSTREAM_WS", value_name = "HOST:PORT")]
    pub upstream_ws: String,
}

/// What else it can do, with the same options.
#[derive(Clone, Copy, clap::Subcommand)]
pub enum Command {
    /// Asks a running guard at `--http` whether it knows the server's tokens, for a container's health
    /// check
    Health,
}

/// See `--compare-interval`.
#[derive(Clone, Copy, Debug)]
pub struct Interval(pub Option<Duration>);

fn timeout(text: &str) -> Result<Duration, String> {
    seconds(text, LEAST, MAX_TIMEOUT)
}

fn interval(text: &str) -> Result<Interval, String> {
    match text {
        "0" => Ok(Interval(None)),
        text => seconds(text, LEAST, MAX_INTERVAL).map(|every| Interval(Some(every))),
    }
}

/// None at all would let nobody in.
fn connections() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

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

    #[test]
    fn only_the_health_check_needs_no_server() {
        let parse = |arguments: &str| {
            let arguments = arguments.split_whitespace();
            Options::try_parse_from(["guard"].into_iter().chain(arguments))
        };
        let health = parse("--http 127.0.0.1:7 health").unwrap();
        assert!(matches!(health.command, Some(Command::Health)));
        let all = "--upstream-http a:1 --upstream-tcp a:2 --upstream-ws a:3";
        let options = parse(all).unwrap();
        assert!(options.command.is_none() && options.upstream.is_some());
        for missing in [
            "--upstream-http a:1 ",
            "--upstream-tcp a:2 ",
            "--upstream-ws a:3",
        ] {
            let error = parse(&all.replace(missing, "")).err().unwrap().to_string();
            let (name, _) = missing.split_once(' ').unwrap();
            assert!(error.contains(name), "{error}");
        }
        assert!(parse("").is_err());
    }

    #[test]
    fn never_is_an_interval() {
        assert!(interval("0").unwrap().0.is_none());
        assert_eq!(interval("0.5").unwrap().0, Some(Duration::from_millis(500)));
        assert!(interval("-1").is_err() && interval("x").is_err());
    }
}
