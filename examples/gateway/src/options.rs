//! The command line, and the combinations of options that are rejected.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::builder::RangedU64ValueParser;
use wukongim_auth::{DeviceFlags, Token};
use wukongim_serving::log::LogOptions;
use wukongim_serving::option_values::{device_flags, manager_token, seconds, trusted_networks};
use wukongim_serving::subprotocol;
use wukongim_serving::trusted_networks::TrustedNetworks;

/// A larger number is a typing mistake, and far larger ones exceed any clock.
const MAX_CONNECT_TIMEOUT: f64 = 3600.0;
const MAX_DRAIN: f64 = 3600.0;
const MAX_RECHECK: f64 = 24.0 * 3600.0;
const MAX_TOKEN_LIFETIME: f64 = 100.0 * 365.0 * 24.0 * 3600.0;
/// The minimum for values that must not be zero.
const LEAST: f64 = 0.001;
const MAX_UNAUTHENTICATED: u64 = 1_000_000;
const MAX_SESSIONS: u64 = 1_000_000;

/// A WuKongIM gateway: registers tokens over HTTP, verifies clients over TCP and WebSocket.
/// WuKongIM 网关：通过 HTTP 注册 token，校验经 TCP 和 WebSocket 连接的客户端。
#[derive(clap::Parser)]
#[command(version)]
pub struct Options {
    /// The address where the business server registers tokens. 业务服务端注册 token 的地址。
    #[arg(long, env = "HTTP_ADDRESS", default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// The address for native SDKs. 供原生 SDK 连接的地址。
    #[arg(long, env = "TCP_ADDRESS", default_value = "127.0.0.1:5100")]
    pub tcp: SocketAddr,

    /// The address for JavaScript SDKs and EasySDKs. 供 JavaScript SDK 和 EasySDK 连接的地址。
    #[arg(long, env = "WS_ADDRESS", default_value = "127.0.0.1:5200")]
    pub ws: SocketAddr,

    /// This node's id, which clients receive. 告知客户端的节点 id。
    #[arg(long, env = "NODE_ID", default_value_t = 1)]
    pub node_id: u64,

    /// The token that the business server must send in the header `token`. Without it, --http must be a
    /// loopback address. 业务服务端必须在 `token` 头中携带的 token；不设置时，--http 只能是本机回环地址。
    #[arg(long, env = "MANAGER_TOKEN", hide_env_values = true, value_parser = manager_token)]
    pub manager_token: Option<Token>,

    /// Host names under which the manager port may be called besides `localhost` and IP addresses,
    /// separated by commas; a proxy that terminates TLS may be in front of these. Without a manager
    /// token, requests for any other host are rejected.
    /// 除 `localhost` 和 IP 地址之外，管理端口允许使用的主机名，以逗号分隔；它们前面可以有终结 TLS 的代理。未设置管理 token 时，拒绝对其他主机名的请求。
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
    /// exists, to show how clients react.
    /// token 的存放位置：`memory` 为内存；`redis://…` 由使用它的所有网关共享（以逗号分隔的多个地址是一个集群的节点）；`redis+sentinel://…/NAME` 为 Sentinel 以 NAME 监控的主节点；`rediss://…` 和 `rediss+sentinel://…` 使用 TLS。USER 和 PASSWORD 中，字母和数字以外的字符都要做百分号编码。`faulty:FILE` 把 token 放在内存里，只要 FILE 存在，所有查询都失败，用来观察客户端的反应。
    #[arg(long, env = "STORE", hide_env_values = true, default_value = "memory")]
    pub store: String,

    #[command(flatten)]
    pub log: LogOptions,

    /// Seconds within which a connection must send its CONNECT. 连接必须在这么多秒内发来 CONNECT。
    #[arg(long, env = "CONNECT_TIMEOUT", default_value = "5", value_parser = connect_timeout)]
    pub connect_timeout: Duration,

    /// Seconds after which a token expires; without this option, tokens do not expire.
    /// token 的有效期（秒）；不设置则永不过期。
    #[arg(long, env = "TOKEN_LIFETIME", value_parser = token_lifetime)]
    pub token_lifetime: Option<Duration>,

    /// Seconds between two checks of every session against its record, which find revocations that
    /// this gateway was not notified of. 每隔这么多秒，用记录核对一次所有会话，以发现没有通知到本网关的撤销。
    #[arg(long, env = "RECHECK", default_value = "15", value_parser = recheck)]
    pub recheck: Duration,

    /// The most connections that may be waiting for their verdict at the same time. If there are more,
    /// the addresses with most of them lose connections first.
    /// 同时等待校验结论的连接数上限；超出时，先关闭连接数最多的地址的连接。
    #[arg(long, env = "MAX_UNAUTHENTICATED", default_value_t = 1024, value_parser = unauthenticated())]
    pub max_unauthenticated: usize,

    /// The most sessions that a user may have under one device flag; one more kicks the oldest.
    /// 一个用户在同一设备标识下的会话数上限；超出时，最早的会话被踢下线。
    #[arg(long, env = "MAX_SESSIONS", default_value_t = 100, value_parser = max_sessions())]
    pub max_sessions: usize,

    /// The device flags that clients may use, separated by commas: 0 APP, 1 WEB, 2 PC, and numbers of
    /// your own. Tokens can be registered only for these.
    /// 允许客户端使用的设备标识，以逗号分隔：0 APP、1 WEB、2 PC，以及自定义的数字。只能为这些设备标识注册 token。
    #[arg(long, env = "DEVICE_FLAGS", default_value = "0,1,2", value_parser = device_flags)]
    pub device_flags: DeviceFlags,

    /// The networks of load balancers that send a PROXY protocol header (version 1 or 2) before the
    /// client's bytes, separated by commas: 10.0.0.0/8,::1. On the client ports, connections from these
    /// networks must have a header, and others must not.
    /// 会在客户端的字节之前发送 PROXY protocol 头（第 1 或第 2 版）的负载均衡器所在的网络，以逗号分隔。在客户端端口上，来自这些网络的连接必须带有该头，其他连接不得带有。
    #[arg(long, env = "PROXY_PROTOCOL", value_name = "TRUSTED_NETWORKS", default_value = "", hide_default_value = true, value_parser = trusted_networks)]
    pub proxy_protocol: TrustedNetworks,

    /// WebSocket subprotocols, separated by commas; the first one that the client offers is chosen. By
    /// default, none is chosen. WebSocket 子协议，以逗号分隔；选定客户端提出的第一个。默认不选。
    #[arg(
        long = "ws-protocol",
        env = "WS_PROTOCOLS",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = subprotocol::name
    )]
    pub ws_protocols: Vec<HeaderValue>,

    /// Seconds that open sessions have to close when the gateway stops. 网关停止时，留给会话关闭的秒数。
    #[arg(long, env = "DRAIN", default_value = "3", value_parser = drain)]
    pub drain: Duration,

    /// Disables session keys, to measure what they cost. SDKs of the binary protocol need them.
    /// 不使用会话密钥，用于测量它的开销。二进制协议的 SDK 需要会话密钥。
    #[arg(long, env = "NO_KEYS")]
    pub no_keys: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Other tasks, with the same options.
#[derive(Clone, Copy, clap::Subcommand)]
pub enum Command {
    /// Checks whether a gateway at `--http` is healthy, for a container's health check. 检查 `--http` 处的网关是否正常，用作容器的健康检查。
    Health,
}

impl Options {
    /// Anyone who can reach the HTTP port can become any user. It is therefore for this machine only,
    /// or for those who know the manager token.
    pub fn check(&self) -> Result<(), String> {
        if self.manager_token.is_none() && !self.http.ip().is_loopback() {
            return Err(format!(
                "--http {0} can be reached from other machines: set --manager-token / --http {0} 可以从其他机器访问：请设置 --manager-token",
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

/// Zero would close all of them immediately.
fn drain(text: &str) -> Result<Duration, String> {
    seconds(text, 0.0, MAX_DRAIN)
}

fn recheck(text: &str) -> Result<Duration, String> {
    seconds(text, LEAST, MAX_RECHECK)
}

/// Zero would let no client in.
fn unauthenticated() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_UNAUTHENTICATED)
}

/// Zero would end every session immediately.
fn max_sessions() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_SESSIONS)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use wukongim_test_support::help::{is_chinese, untranslated};

    use super::*;

    #[test]
    fn the_help_is_in_both_languages() {
        let help = Options::command().render_long_help().to_string();
        assert_eq!(untranslated(&help), [""; 0]);
    }

    #[test]
    fn what_is_wrong_with_a_value_is_said_in_both_languages() {
        for wrong in [
            "--manager-token= ",
            "--manager-token= a",
            "--manager-token=ä",
            "--device-flags=256",
            "--proxy-protocol=host",
            "--ws-protocol=;",
            "--recheck=0",
        ] {
            let error = Options::try_parse_from(["gateway", wrong]).err().unwrap();
            assert!(is_chinese(&error.to_string()), "{error}");
        }
        let open = Options::try_parse_from(["gateway", "--http=0.0.0.0:5001"]).unwrap();
        assert!(is_chinese(&open.check().unwrap_err()));
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
}
