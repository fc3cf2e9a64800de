//! The command line, and what of it is refused.

use std::net::SocketAddr;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use wukongim_auth::{DeviceFlag, DeviceFlags, Token};
use wukongim_serving::log::LogOptions;
use wukongim_serving::trusted_networks::TrustedNetworks;

use crate::guard::Mode;

/// Beyond these a number is a slip of the pen.
const MAX_TIMEOUT: f64 = 3600.0;
const MAX_INTERVAL: f64 = 7.0 * 24.0 * 3600.0;
const MAX_CONNECTIONS: u64 = 1_000_000;

/// Stands in front of a WuKongIM server: learns tokens as they are registered, verifies clients, and hands
/// on their very bytes.
///
/// Point clients and the business server to the guard, and let nobody else reach the server itself. Begin
/// with --mode observe: everybody is let through, and GET /guard/report says who would have been refused,
/// why, and what to do about it.
#[derive(clap::Parser)]
#[command(version)]
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

    /// The server's API, as HOST:PORT
    #[arg(long, env = "UPSTREAM_HTTP", value_name = "HOST:PORT")]
    pub upstream_http: String,

    /// The server's port for native SDKs
    #[arg(long, env = "UPSTREAM_TCP", value_name = "HOST:PORT")]
    pub upstream_tcp: String,

    /// The server's port for WebSockets
    #[arg(long, env = "UPSTREAM_WS", value_name = "HOST:PORT")]
    pub upstream_ws: String,

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

    /// Puts a PROXY protocol header (version 2) before each client's bytes, so that the server sees the
    /// client's address. The server must expect it
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

    /// Seconds in which sessions must close when the guard ends
    #[arg(long, env = "DRAIN", default_value = "3", value_parser = timeout)]
    pub drain: Duration,

    #[command(flatten)]
    pub log: LogOptions,
}

/// See `--compare-interval`.
#[derive(Clone, Copy, Debug)]
pub struct Interval(pub Option<Duration>);

fn manager_token(text: &str) -> Result<Token, String> {
    if text.trim().is_empty() {
        return Err("must not be blank".into());
    }
    // As a header carries it: anything else would never match. A file's last line end is the usual one.
    if text.trim() != text {
        return Err("must not begin or end with whitespace or a line end".into());
    }
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("must be printable ASCII, as the header that carries it".into());
    }
    Ok(Token::new(text))
}

fn timeout(text: &str) -> Result<Duration, String> {
    seconds(text, MAX_TIMEOUT)
}

fn interval(text: &str) -> Result<Interval, String> {
    match text {
        "0" => Ok(Interval(None)),
        text => seconds(text, MAX_INTERVAL).map(|every| Interval(Some(every))),
    }
}

fn device_flags(text: &str) -> Result<DeviceFlags, String> {
    text.split(',')
        .map(|number| number.trim().parse::<u8>().map(DeviceFlag::from))
        .collect::<Result<_, _>>()
        .map_err(|_| "must be numbers from 0 to 255 with commas between".into())
}

/// Nobody is trusted unless it is said.
fn trusted_networks(text: &str) -> Result<TrustedNetworks, String> {
    match text {
        "" => Ok(TrustedNetworks::default()),
        networks => networks.parse().map_err(|error| format!("{error}")),
    }
}

/// None at all would let nobody in.
fn connections() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_CONNECTIONS)
}

fn seconds(text: &str, max: f64) -> Result<Duration, String> {
    match text.parse() {
        // A millisecond is the least that makes sense; this way round, NaN is refused.
        Ok(seconds) if (0.001..=max).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("not a number of seconds from 0.001 to {max}")),
    }
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

    #[test]
    fn never_is_an_interval() {
        assert!(interval("0").unwrap().0.is_none());
        assert_eq!(interval("0.5").unwrap().0, Some(Duration::from_millis(500)));
        assert!(interval("-1").is_err() && interval("x").is_err());
    }
}
