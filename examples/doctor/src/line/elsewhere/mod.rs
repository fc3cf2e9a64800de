//! Failures that have nothing to do with a user's token. Told by upstream's own words only: what
//! merely looks like one is left alone.

use super::record::Record;
use super::upstream::{NEEDLES, is_managers};

/// Where to look instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Elsewhere {
    /// The first bytes of a connection were no CONNECT.
    NoConnect,
    /// TCP, TLS or WebSocket broke.
    Transport,
    /// The manager's token, of the HTTP API or of the manager's own uid.
    Manager,
    /// The uid contains a character that upstream does not allow.
    IllegalUid,
    /// The user is banned.
    Banned,
    /// The token was right; the client's key for the encryption was not.
    ClientKey,
    /// The client was logged in, and then something failed.
    AfterLogin,
    /// A second login put an end to the first, as it is meant to.
    Kicked,
    /// The connection was idle for too long.
    Idle,
    /// What a proxy writes before the client's bytes was wrong or missing.
    ProxyProtocol,
    /// WuKongIM v3 could not decide about the client.
    GatewayAuth,
}

impl Elsewhere {
    /// Whether it happens where nothing is wrong.
    pub const fn is_ordinary(self) -> bool {
        matches!(self, Elsewhere::Kicked | Elsewhere::Idle)
    }

    /// A word for JSON.
    pub const fn label(self) -> &'static str {
        match self {
            Elsewhere::NoConnect => "no_connect",
            Elsewhere::Transport => "transport",
            Elsewhere::Manager => "manager",
            Elsewhere::IllegalUid => "illegal_uid",
            Elsewhere::Banned => "banned",
            Elsewhere::ClientKey => "client_key",
            Elsewhere::AfterLogin => "after_login",
            Elsewhere::Kicked => "kicked",
            Elsewhere::Idle => "idle",
            Elsewhere::ProxyProtocol => "proxy_protocol",
            Elsewhere::GatewayAuth => "gateway_auth",
        }
    }
}

/// Both texts stand in a line of this kind, the second somewhere behind or before the first.
const SIGNS: [(&str, &str, Elsewhere); 30] = [
    ("is not CONNECT, closing", "", Elsewhere::NoConnect),
    ("the first frame is ", ", not CONNECT", Elsewhere::NoConnect),
    ("Failed to decode first frame", "", Elsewhere::NoConnect),
    ("Decoded first frame is nil", "", Elsewhere::NoConnect),
    (
        "packet is nil,conn will be closed",
        "",
        Elsewhere::NoConnect,
    ),
    (
        "Failed to decode the message,conn",
        "",
        Elsewhere::NoConnect,
    ),
    ("请先进行连接", "", Elsewhere::NoConnect),
    ("manager token verify fail", "", Elsewhere::Manager),
    ("| 401 |", "\"/user/token\"", Elsewhere::Manager),
    ("| 401 |", "\"/user/token?", Elsewhere::Manager),
    ("| 401 |", "\"/user/device_quit\"", Elsewhere::Manager),
    ("| 401 |", "\"/user/device_quit?", Elsewhere::Manager),
    ("UID is illegal", "", Elsewhere::IllegalUid),
    ("device is ban", "", Elsewhere::Banned),
    ("user is ban", "", Elsewhere::Banned),
    ("get client aes key and iv err", "", Elsewhere::ClientKey),
    ("msgKey is illegal", "", Elsewhere::AfterLogin),
    ("Failed to decode payload", "", Elsewhere::AfterLogin),
    ("Failed to decrypt payload", "", Elsewhere::AfterLogin),
    ("decode payload err", "", Elsewhere::AfterLogin),
    (
        "Failed to decode subsequent frame",
        "",
        Elsewhere::AfterLogin,
    ),
    ("same master kicks each other", "", Elsewhere::Kicked),
    ("read client message error", "", Elsewhere::Transport),
    ("failed to read", "tls: ", Elsewhere::Transport),
    ("failed to read", "reset by peer", Elsewhere::Transport),
    ("failed to read", "ws closed: ", Elsewhere::Transport),
    ("TLS handshake error", "", Elsewhere::Transport),
    ("max idle time exceeded", "", Elsewhere::Idle),
    ("Failed to parse proxy proto", "", Elsewhere::ProxyProtocol),
    ("gateway auth failed", "", Elsewhere::GatewayAuth),
];

/// How a WebSocket ends when nothing is wrong.
const ORDINARY_CLOSES: [&str; 3] = ["ws closed: 1000", "ws closed: 1001", "ws closed: 1005"];

/// How gin colours its 401 on a terminal, up to what every escape of a control sequence has.
const COLOURED: &str = "43m 401 ";

pub fn needles() -> impl Iterator<Item = &'static str> {
    SIGNS.iter().map(|(needle, ..)| *needle).chain([COLOURED])
}

pub fn find(record: &Record<'_>) -> Option<Elsewhere> {
    let error = record.text_of(&["error"]).unwrap_or_default();
    let says = |text: &str| record.message.contains(text) || error.contains(text);
    if ORDINARY_CLOSES.into_iter().any(says) {
        return None;
    }
    if is_managers(record) && NEEDLES.iter().any(|needle| says(needle)) {
        return Some(Elsewhere::Manager);
    }
    SIGNS
        .iter()
        .find(|(first, second, _)| says(first) && says(second))
        .map(|(.., what)| *what)
}
