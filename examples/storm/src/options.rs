//! The command line, and its bounds.

use std::net::SocketAddr;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;
use wukongim_auth::session::Protocol;

/// Connects many clients to a gateway on this machine, and reports how it coped.
/// 让大量客户端连接本机的网关，并报告结果。
#[derive(clap::Parser)]
pub struct Options {
    /// The address where tokens are registered. 注册 token 的地址。
    #[arg(long, default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// The address that clients connect to: the gateway's TCP address, or its WebSocket address with --ws.
    /// 客户端连接的地址：网关的 TCP 地址；使用 --ws 时为其 WebSocket 地址。
    #[arg(long, default_value = "127.0.0.1:5100")]
    pub to: SocketAddr,

    /// Connects over WebSocket. 使用 WebSocket 连接。
    #[arg(long)]
    pub ws: bool,

    /// The protocol: `binary` with session keys, like the binary SDKs, or `json-rpc` without, like the EasySDKs.
    /// 协议：`binary` 带会话密钥，与二进制 SDK 相同；`json-rpc` 不带，与 EasySDK 相同。
    #[arg(long, value_enum, default_value = "binary")]
    pub protocol: Spoken,

    /// The number of handshakes. 握手的次数。
    #[arg(long, default_value = "10000", value_parser = up_to(100_000))]
    pub count: u64,

    /// The most connections at the same time. 同时连接数的上限。
    #[arg(long, default_value = "500", value_parser = up_to(8_000))]
    pub at_once: u64,

    /// Handshakes started per second; by default, as many as possible. 每秒发起的握手数；默认尽可能多。
    #[arg(long, value_parser = up_to(1_000_000))]
    pub rate: Option<u64>,

    /// The number of different users. 不同用户的数量。
    #[arg(long, default_value = "10000", value_parser = up_to(100_000))]
    pub users: u64,

    /// The percentage of clients that present a wrong token. 使用错误 token 的客户端所占的百分比。
    #[arg(long, default_value_t = 0, value_parser = RangedU64ValueParser::<u64>::new().range(0..=100))]
    pub wrong: u64,

    /// Skips registration, because the users are already registered. 用户已经注册过，不再注册。
    #[arg(long)]
    pub registered: bool,

    /// Reconnects until there is an answer, as SDKs do. 像 SDK 那样不断重连，直到得到应答。
    #[arg(long)]
    pub retry: bool,

    /// Seconds after which no further handshake is started. 这么多秒之后不再发起新的握手。
    #[arg(long, default_value = "120", value_parser = seconds)]
    pub within: Duration,

    /// Prints the report as one line of JSON. 以一行 JSON 输出报告。
    #[arg(long)]
    pub json: bool,
}

/// The protocol of the clients.
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
    /// Only this machine, and only as many connections as it allows.
    pub fn check(&self) -> Result<(), String> {
        for address in [self.http, self.to] {
            if !address.ip().is_loopback() {
                return Err(format!(
                    "{address} is not on this machine: a storm is for loopback only / 不在本机：只能对本机回环地址使用"
                ));
            }
        }
        match open_files() {
            Some(limit) if limit < self.at_once + 64 => Err(format!(
                "{} connections at once, and {limit} files may be open: raise it with ulimit -n / 同时连接数超出可打开的文件数：请用 ulimit -n 调高",
                self.at_once
            )),
            _ => Ok(()),
        }
    }
}

/// How many files this process may open, if the system says.
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
        _ => Err("not a number of seconds from 1 to 600 / 须为 1 到 600 之间的秒数".into()),
    }
}
