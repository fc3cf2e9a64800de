//! Other protocols that reach a WuKongIM port, recognised by the beginning of their connections.

use core::fmt;

use crate::refusal::Fix;

/// A protocol other than WuKongIM's at the beginning of a connection.
///
/// ```
/// use wukongim_auth::session::OtherProtocol;
/// use wukongim_auth::{Acceptor, RequestError};
///
/// let error = Acceptor::new().push(b"GET /health HTTP/1.1\r\n").unwrap_err();
/// assert_eq!(error, RequestError::OtherProtocol(OtherProtocol::Http));
/// assert_eq!(error.label(), "other_protocol_http");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtherProtocol {
    /// HTTP/1 or HTTP/2, including the request that opens a WebSocket.
    Http,
    /// JSON-RPC, as the EasySDKs speak it, where only the binary protocol is read.
    JsonRpc,
    /// MQTT 3.1, 3.1.1 or 5.
    Mqtt,
    /// The PROXY protocol header that a proxy sends before the client's bytes, version 1 (text).
    ProxyV1,
    /// The PROXY protocol header, version 2 (binary).
    ProxyV2,
    /// SSH.
    Ssh,
    /// TLS.
    Tls,
    /// A WebSocket frame without the opening handshake.
    WebSocketFrame,
}

/// The result of examining the first bytes.
pub(crate) enum Opening {
    Known(OtherProtocol),
    /// More bytes are needed.
    Undecided,
    Unknown,
}

/// Known openings: plain text, and the start of the PROXY protocol's binary form. None of them
/// begins with the type of a CONNECT.
const OPENINGS: [(&[u8], OtherProtocol); 14] = [
    (b"GET ", OtherProtocol::Http),
    (b"HEAD ", OtherProtocol::Http),
    (b"POST ", OtherProtocol::Http),
    (b"PUT ", OtherProtocol::Http),
    (b"DELETE ", OtherProtocol::Http),
    (b"PATCH ", OtherProtocol::Http),
    (b"OPTIONS ", OtherProtocol::Http),
    (b"CONNECT ", OtherProtocol::Http),
    (b"TRACE ", OtherProtocol::Http),
    (b"PRI * HTTP/2.0", OtherProtocol::Http),
    (b"{", OtherProtocol::JsonRpc),
    (b"SSH-", OtherProtocol::Ssh),
    (b"PROXY ", OtherProtocol::ProxyV1),
    (b"\r\n\r\n\0\r\nQUIT\n", OtherProtocol::ProxyV2),
];

/// Recognises a protocol whose first byte is not that of a CONNECT.
pub(crate) fn opening(bytes: &[u8]) -> Opening {
    match bytes {
        // A client's text or binary frame: final, and masked.
        [0x81 | 0x82, 0x80..=0xff, ..] => return Opening::Known(OtherProtocol::WebSocketFrame),
        [0x81 | 0x82] => return Opening::Undecided,
        _ => {}
    }
    let known = OPENINGS
        .iter()
        .find(|(opening, _)| bytes.starts_with(opening));
    match known {
        Some((_, protocol)) => Opening::Known(*protocol),
        None if OPENINGS
            .iter()
            .any(|(opening, _)| opening.starts_with(bytes)) =>
        {
            Opening::Undecided
        }
        None => Opening::Unknown,
    }
}

/// Recognises a protocol that begins like a CONNECT but cannot be read as one, by its first byte
/// and its body.
pub(crate) fn in_place_of_connect(first: Option<&u8>, body: &[u8]) -> Option<OtherProtocol> {
    match body {
        // A TLS handshake record, version 3.x. It looks like a CONNECT with a body of three bytes.
        [0..=4, _, _] if first == Some(&0x16) => Some(OtherProtocol::Tls),
        [0, 4, b'M', b'Q', b'T', b'T', ..] | [0, 6, b'M', b'Q', b'I', b's', b'd', b'p', ..] => {
            Some(OtherProtocol::Mqtt)
        }
        _ => None,
    }
}

impl OtherProtocol {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            OtherProtocol::Http => "other_protocol_http",
            OtherProtocol::JsonRpc => "other_protocol_json_rpc",
            OtherProtocol::Mqtt => "other_protocol_mqtt",
            OtherProtocol::ProxyV1 => "other_protocol_proxy_v1",
            OtherProtocol::ProxyV2 => "other_protocol_proxy_v2",
            OtherProtocol::Ssh => "other_protocol_ssh",
            OtherProtocol::Tls => "other_protocol_tls",
            OtherProtocol::WebSocketFrame => "other_protocol_websocket_frame",
        }
    }

    pub(crate) const fn fix(self) -> Fix<'static> {
        Fix::text(match self {
            OtherProtocol::Http => [
                "Send HTTP requests and WebSocket clients to the ports that serve them; this port expects CONNECT immediately.",
                "请把 HTTP 请求和 WebSocket 客户端指向各自的端口；此端口要求连接后立即发送 CONNECT。",
            ],
            OtherProtocol::JsonRpc => [
                "Let the server read JSON-RPC too (the feature jsonrpc, and with_json_rpc or read_with_json_rpc), or use a binary SDK.",
                "请让服务端同时读取 JSON-RPC（启用 jsonrpc 特性，并调用 with_json_rpc 或 read_with_json_rpc），或者使用二进制协议的 SDK。",
            ],
            OtherProtocol::Mqtt => [
                "Use a WuKongIM SDK; this port does not serve MQTT clients.",
                "请使用 WuKongIM 的 SDK；此端口不支持 MQTT 客户端。",
            ],
            OtherProtocol::ProxyV1 | OtherProtocol::ProxyV2 => [
                "Disable the PROXY protocol in the load balancer (send-proxy, proxy_protocol on), or read its header before you pass on the bytes after it.",
                "请在负载均衡上关闭 PROXY protocol（send-proxy、proxy_protocol on），或者先读取该头部，再把后面的字节交给握手。",
            ],
            OtherProtocol::Ssh => [
                "Connect to the port of your SSH server; this port serves WuKongIM clients.",
                "请连接 SSH 服务器的端口；此端口用于 WuKongIM 客户端。",
            ],
            OtherProtocol::Tls => [
                "Terminate TLS before this port, or let the client connect to the port that serves TLS (tls://, wss://).",
                "请在此端口之前终结 TLS，或者让客户端连接提供 TLS 的端口（tls://、wss://）。",
            ],
            OtherProtocol::WebSocketFrame => [
                "Let the client open the WebSocket with an HTTP upgrade on the WebSocket port first; a proxy may have dropped that request.",
                "请让客户端先在 WebSocket 端口完成 HTTP 升级再发送数据帧；升级请求可能被代理吞掉了。",
            ],
        })
    }
}

impl fmt::Display for OtherProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            OtherProtocol::Http => "HTTP",
            OtherProtocol::JsonRpc => "JSON-RPC",
            OtherProtocol::Mqtt => "MQTT",
            OtherProtocol::ProxyV1 => "a PROXY protocol header (v1)",
            OtherProtocol::ProxyV2 => "a PROXY protocol header (v2)",
            OtherProtocol::Ssh => "SSH",
            OtherProtocol::Tls => "TLS",
            OtherProtocol::WebSocketFrame => "a WebSocket frame without its opening handshake",
        })
    }
}
