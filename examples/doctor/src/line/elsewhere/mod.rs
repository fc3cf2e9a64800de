//! Failures that have nothing to do with a user's token. They are recognised only by upstream's own
//! words; lines that merely look similar are ignored. If only the words are upstream's, and neither
//! a tag nor a field shows who wrote them, another program may have written them.

mod signs;

use super::What;
use super::record::Record;
use super::upstream::{self, is_managers};

pub use signs::needles;

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
    /// A second login ended the first session, as intended.
    Kicked,
    /// The connection was idle for too long.
    Idle,
    /// The header that a proxy writes before the client's bytes was wrong or missing.
    ProxyProtocol,
    /// WuKongIM v3 could not decide about the client.
    GatewayAuth,
}

impl Elsewhere {
    /// Whether it also happens if nothing is wrong.
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

/// The failure that a record reports.
pub fn find(record: &Record<'_>) -> Option<What> {
    let error = record.text_of(&["error"]).unwrap_or_default();
    let said = signs::of(&record.message, error);
    if said.is_ordinary_close {
        return None;
    }
    let says = |text: &&str| record.message.contains(*text) || error.contains(*text);
    if is_managers(record) && upstream::NEEDLES.iter().any(says) {
        return Some(What::Elsewhere {
            what: Elsewhere::Manager,
            is_possible: false,
        });
    }
    let what = said.what?;
    Some(What::Elsewhere {
        what,
        is_possible: !is_ours(record, what),
    })
}

/// Whether WuKongIM or this crate wrote the line, and no other program.
fn is_ours(record: &Record<'_>, what: Elsewhere) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| record.has(name));
    upstream::has_tag(&record.message)
        || match what {
            // gin's line of upstream's own path.
            Elsewhere::Manager => record.message.contains("| 401 |"),
            // This crate's.
            Elsewhere::NoConnect => record.message.contains("the first frame is "),
            // v3 has fields in place of a tag.
            Elsewhere::GatewayAuth => has(&["failure", "listener", "protocol"]),
            _ => false,
        }
}
