//! The command line, and what of it is refused.

use std::net::{Ipv6Addr, SocketAddr};
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

/// Stands in front of a WuKongIM server: learns tokens as they are registered, verifies clients, and
/// forwards their bytes unchanged. 放在 WuKongIM 服务器前面：学习注册的 token，校验客户端，原样转发字节。
///
/// Point clients and the business server to the guard, and let nobody else reach the server itself. Begin
/// with --mode observe: every client is forwarded, whatever the server then makes of it, and GET
/// /guard/report says which ones would be rejected, why, and what to do about it.
///
/// 请让客户端和业务服务端都连接 guard，并禁止其他程序访问服务器本身。先用 --mode observe：所有连接都转发给服务器（服务器自己仍可能拒绝），GET /guard/report 会列出哪些连接会被拒绝、原因以及处理办法。
#[derive(clap::Parser)]
#[command(version, subcommand_negates_reqs = true)]
pub struct Options {
    /// The address for the business server's requests, which are forwarded to --upstream-http.
    /// 业务服务端请求的地址；请求转发到 --upstream-http。
    #[arg(long, env = "HTTP_ADDRESS", default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// The address for native SDKs. 供原生 SDK 连接的地址。
    #[arg(long, env = "TCP_ADDRESS", default_value = "127.0.0.1:5100")]
    pub tcp: SocketAddr,

    /// The address for JavaScript SDKs and EasySDKs. 供 JavaScript SDK 和 EasySDK 连接的地址。
    #[arg(long, env = "WS_ADDRESS", default_value = "127.0.0.1:5200")]
    pub ws: SocketAddr,

    #[command(flatten)]
    pub upstream: Option<UpstreamOptions>,

    /// What happens to a client that is not verified. 如何处理未通过校验的客户端。
    #[arg(long, env = "MODE", value_enum, default_value = "enforce")]
    pub mode: Mode,

    /// Where the learned tokens are kept, as digests: `memory`, learned again at each start; `redb:FILE`,
    /// for one guard; `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, shared by several (addresses separated
    /// by commas are the nodes of a cluster; also `redis+sentinel://…/NAME`, and `rediss…` with TLS).
    /// 学到的 token 的存放位置，只存摘要：`memory` 每次启动重新学习；`redb:FILE` 供一个 guard 使用；`redis://…` 由多个 guard 共享（以逗号分隔的多个地址是一个集群的节点；也支持 `redis+sentinel://…/NAME`，以及使用 TLS 的 `rediss…`）。
    #[arg(long, env = "STORE", hide_env_values = true, default_value = "memory")]
    pub store: String,

    /// The server's manager token, if it has one: to ask it for what is registered, and for
    /// GET /guard/report. 服务器的管理 token（如果设置了）：用于查询已注册的内容，以及 GET /guard/report。
    #[arg(long, env = "MANAGER_TOKEN", hide_env_values = true, value_parser = manager_token)]
    pub manager_token: Option<Token>,

    /// Seconds between two comparisons with what the server has registered. With 0, the server's tokens are
    /// not read, not even at the start: only what is registered through the guard is known.
    /// 每隔这么多秒与服务器已注册的内容比对一次。0 表示不读取服务器的 token，启动时也不读取：只知道通过 guard 注册的内容。
    #[arg(long, env = "COMPARE_INTERVAL", default_value = "300", value_parser = interval)]
    pub compare_interval: Interval,

    /// Seconds within which the server must accept a connection and answer its CONNECT; otherwise the
    /// client is closed without an answer. 服务器必须在这么多秒内接受连接并应答 CONNECT；否则直接关闭客户端的连接，没有应答。
    #[arg(long, env = "UPSTREAM_TIMEOUT", default_value = "3", value_parser = timeout)]
    pub upstream_timeout: Duration,

    /// Tells the server each client's address: over TCP in a PROXY protocol header (version 2), over
    /// WebSocket in the headers X-Forwarded-For, X-Real-IP and X-Real-Port, instead of the client's own.
    /// 把客户端地址告诉服务器：TCP 用 PROXY protocol 头（第 2 版），WebSocket 用 X-Forwarded-For、X-Real-IP、X-Real-Port 请求头，并替换客户端自己发来的。
    #[arg(long, env = "SEND_PROXY")]
    pub send_proxy: bool,

    /// The networks of load balancers that send a PROXY protocol header (version 1 or 2) before the
    /// client's bytes, separated by commas: 10.0.0.0/8,::1. On the client ports, connections from these
    /// networks must have a header, and others must not.
    /// 会在客户端的字节之前发送 PROXY protocol 头（第 1 或第 2 版）的负载均衡器所在的网络，以逗号分隔。在客户端端口上，来自这些网络的连接必须带有该头，其他连接不得带有。
    #[arg(long, env = "PROXY_PROTOCOL", value_name = "TRUSTED_NETWORKS", default_value = "", hide_default_value = true, value_parser = trusted_networks)]
    pub proxy_protocol: TrustedNetworks,

    /// The device flags that clients may use, separated by commas: 0 APP, 1 WEB, 2 PC, and numbers of
    /// your own. 允许客户端使用的设备标识，以逗号分隔：0 APP、1 WEB、2 PC，以及自定义的数字。
    #[arg(long, env = "DEVICE_FLAGS", default_value = "0,1,2", value_parser = device_flags)]
    pub device_flags: DeviceFlags,

    /// Seconds within which a connection must send its CONNECT. 连接必须在这么多秒内发来 CONNECT。
    #[arg(long, env = "CONNECT_TIMEOUT", default_value = "5", value_parser = timeout)]
    pub connect_timeout: Duration,

    /// The most connections that may be waiting for their verdict at the same time. If there are more,
    /// the addresses with most of them lose connections first.
    /// 同时等待校验结论的连接数上限；超出时，先关闭连接数最多的地址的连接。
    #[arg(long, env = "MAX_UNAUTHENTICATED", default_value_t = 1024, value_parser = connections())]
    pub max_unauthenticated: usize,

    /// The most connections that are forwarded at the same time; one more is closed without an answer.
    /// 同时转发的连接数上限；超出的直接关闭，没有应答。
    #[arg(long, env = "MAX_SESSIONS", default_value_t = 100_000, value_parser = connections())]
    pub max_sessions: usize,

    /// WebSocket subprotocols, separated by commas; the first one that the client offers is chosen, and
    /// only that one is offered to the server. By default, none is chosen.
    /// WebSocket 子协议，以逗号分隔；选定客户端提出的第一个，并且只向服务器提出这一个。默认不选。
    #[arg(
        long = "ws-protocol",
        env = "WS_PROTOCOLS",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = subprotocol::name
    )]
    pub ws_protocols: Vec<HeaderValue>,

    /// Seconds that open sessions have to close when the guard stops. guard 停止时，留给会话关闭的秒数。
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
    /// The server's API, as HOST:PORT. 服务器的 API，写作 HOST:PORT。
    #[arg(long, env = "UPSTREAM_HTTP", value_name = "HOST:PORT")]
    pub upstream_http: String,

    /// The server's port for native SDKs. 服务器供原生 SDK 连接的端口。
    #[arg(long, env = "UPSTREAM_TCP", value_name = "HOST:PORT", value_parser = host_and_port)]
    pub upstream_tcp: String,

    /// The server's port for WebSockets. 服务器的 WebSocket 端口。
    #[arg(long, env = "UPSTREAM_WS", value_name = "HOST:PORT", value_parser = host_and_port)]
    pub upstream_ws: String,
}

/// What else it can do, with the same options.
#[derive(Clone, Copy, clap::Subcommand)]
pub enum Command {
    /// Asks a running guard at `--http` whether it knows the server's tokens, for a container's health
    /// check. 向 `--http` 处的 guard 查询它是否已得知服务器的 token，用作容器的健康检查。
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

/// A name is looked up for each connection: what is no address by its form is said at the start.
fn host_and_port(text: &str) -> Result<String, String> {
    let (host, port) = text.rsplit_once(':').unwrap_or_default();
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_name = |host: &str| !host.is_empty() && !host.contains([':', '/', '[', ']', '@', ' ']);
    let is_host = match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_name(host),
    };
    match is_host && port.parse::<u16>().is_ok_and(|port| port > 0) {
        true => Ok(text.to_owned()),
        false => Err("must be HOST:PORT / 须写作 HOST:PORT".to_owned()),
    }
}

/// None at all would let nobody in.
fn connections() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use wukongim_test_support::help::untranslated;

    use super::*;

    #[test]
    fn the_help_is_in_both_languages() {
        let help = Options::command().render_long_help().to_string();
        assert_eq!(untranslated(&help), [""; 0]);
    }

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
    fn an_address_has_a_host_and_a_port() {
        for address in ["10.0.0.5:5100", "im.example:5100", "[::1]:5100"] {
            assert_eq!(host_and_port(address).as_deref(), Ok(address));
        }
        for address in [
            "",
            "im",
            "im:",
            ":5100",
            "im:0",
            "im:65536",
            "::1:5100",
            "ws://im:5200",
            "[]:5100",
            "[im]:5100",
            "[::1:5100",
            "user@im:5100",
            "i m:5100",
            " im:5100",
        ] {
            assert!(host_and_port(address).is_err(), "{address}");
        }
    }

    #[test]
    fn never_is_an_interval() {
        assert!(interval("0").unwrap().0.is_none());
        assert_eq!(interval("0.5").unwrap().0, Some(Duration::from_millis(500)));
        assert!(interval("-1").is_err() && interval("x").is_err());
    }
}
