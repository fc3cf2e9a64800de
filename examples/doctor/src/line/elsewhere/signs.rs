//! The words of such failures, all of them searched for in one pass.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::Elsewhere;

/// A line of this kind contains both texts, in any order.
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

/// How a WebSocket ends if nothing is wrong.
const ORDINARY_CLOSES: [&str; 3] = ["ws closed: 1000", "ws closed: 1001", "ws closed: 1005"];

/// How gin colours its 401 on a terminal, up to what every escape of a control sequence has.
const COLOURED: &str = "43m 401 ";

pub fn needles() -> impl Iterator<Item = &'static str> {
    SIGNS.iter().map(|(needle, ..)| *needle).chain([COLOURED])
}

/// The failure that a message and its error report.
pub struct Said {
    pub what: Option<Elsewhere>,
    pub is_ordinary_close: bool,
}

pub fn of(message: &str, error: &str) -> Said {
    let texts = &*TEXTS;
    let seen = texts.seen(message) | texts.seen(error);
    let has_all = |(these, _): &&(u64, Elsewhere)| seen & these == *these;
    Said {
        what: texts.signs.iter().find(has_all).map(|(_, what)| *what),
        is_ordinary_close: seen & texts.ordinary_closes != 0,
    }
}

/// A bit for each text.
struct Texts {
    automaton: AhoCorasick,
    /// The texts of a sign, in their order.
    signs: Vec<(u64, Elsewhere)>,
    ordinary_closes: u64,
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let mut texts: Vec<&str> = Vec::new();
    let mut bit = |text: &'static str| match texts.iter().position(|known| *known == text) {
        // Every line contains it.
        _ if text.is_empty() => 0,
        Some(known) => 1_u64 << known,
        None => {
            texts.push(text);
            1_u64 << (texts.len() - 1)
        }
    };
    let signs = SIGNS.map(|(first, second, what)| (bit(first) | bit(second), what));
    let ordinary_closes = ORDINARY_CLOSES.map(&mut bit).into_iter().sum();
    Texts {
        automaton: AhoCorasick::new(texts).expect("a few short texts"),
        signs: signs.into(),
        ordinary_closes,
    }
});

impl Texts {
    /// Which of them a text contains.
    fn seen(&self, text: &str) -> u64 {
        // They overlap: one may begin as another one does.
        let found = self.automaton.find_overlapping_iter(text);
        found.fold(0, |seen, text| seen | (1_u64 << text.pattern().as_usize()))
    }
}
