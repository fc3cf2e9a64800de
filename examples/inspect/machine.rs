//! `--json`: reads lines of `VERSION HEX`, and writes one line of JSON for each of them.
//!
//! VERSION is the session's version, the smaller of the client's and the server's, which decides
//! whether a CONNACK has a node id. HEX is the captured data, or `-` for nothing. The first frame
//! of each line is read, and `consumed` says where it ends. `kind` is `frame`, `need_more` or
//! `error`. A line that cannot be read yields an `error`, and reading continues with the next line.
//!
//! Strings are written in hex, exactly as on the wire, **including the token**: the output is as
//! secret as the capture.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use serde::Serialize;
use wukongim_auth::frame::{Connack, Connect, Disconnect, Frame, Limits, Packet, Parsed};

/// The maximum length of a line: four times the hex of the longest frame. Longer lines are an
/// error.
const MAX_LINE: usize = 8 << 20;

/// One line of JSON for each line of input.
pub fn inspect(input: &mut impl BufRead, out: &mut impl Write, limits: Limits) -> io::Result<()> {
    let mut line = Vec::new();
    while let Some(is_complete) = next_line(input, &mut line)? {
        let decoded = if is_complete {
            Decoded::of_line(&line, limits)
        } else {
            Decoded::error(format!("the line is longer than {MAX_LINE} bytes"))
        };
        serde_json::to_writer(&mut *out, &decoded)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Reads a line without its line end, and returns whether it is complete: of a line that is too
/// long, only the first part is kept. `None` at the end of the input.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let most = u64::try_from(MAX_LINE + 1).unwrap_or(u64::MAX);
    if input.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.ends_with(b"\n") {
        line.pop();
    } else if line.len() > MAX_LINE {
        input.skip_until(b'\n')?;
        return Ok(Some(false));
    }
    Ok(Some(true))
}

/// A line of output.
#[derive(Default, Serialize)]
struct Decoded {
    kind: &'static str,
    /// The length of the frame, header and body, in bytes.
    consumed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_type: Option<u8>,
    /// Only the flags that are set.
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<BTreeMap<&'static str, bool>>,
    #[serde(flatten)]
    body: Option<Body>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The bodies that are decoded.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    Connect {
        version: u8,
        device_flag: u8,
        device_id_hex: String,
        uid_hex: String,
        token_hex: String,
        client_timestamp: i64,
        client_key_hex: String,
    },
    Connack {
        /// 0 if it is not on the wire.
        server_version: u8,
        time_diff: i64,
        reason_code: u8,
        server_key_hex: String,
        salt_hex: String,
        /// 0 if it is not on the wire.
        node_id: u64,
    },
    Disconnect {
        reason_code: u8,
        reason_hex: String,
    },
}

impl Decoded {
    fn of_line(line: &[u8], limits: Limits) -> Self {
        match parse_line(line) {
            Ok((session_version, bytes)) => Decoded::of_bytes(&bytes, session_version, limits),
            Err(problem) => Decoded::error(problem),
        }
    }

    fn of_bytes(bytes: &[u8], session_version: u8, limits: Limits) -> Self {
        match Frame::decode(bytes, session_version, limits) {
            Ok(Parsed::Complete { value, rest }) => Decoded {
                consumed: bytes.len().saturating_sub(rest.len()),
                ..Decoded::frame(&value)
            },
            Ok(Parsed::Incomplete { .. }) => Decoded {
                kind: "need_more",
                ..Decoded::default()
            },
            Err(error) => Decoded::error(error.to_string()),
        }
    }

    fn frame(frame: &Frame<'_>) -> Self {
        Decoded {
            kind: "frame",
            frame_type: Some(frame.packet.frame_type().into()),
            flags: Some(flags(frame)),
            body: match &frame.packet {
                Packet::Connect(connect) => Some(connect.into()),
                Packet::Connack(connack) => Some(connack.into()),
                Packet::Disconnect(disconnect) => Some(disconnect.into()),
                _ => None,
            },
            ..Decoded::default()
        }
    }

    fn error(problem: String) -> Self {
        Decoded {
            kind: "error",
            error: Some(problem),
            ..Decoded::default()
        }
    }
}

fn parse_line(line: &[u8]) -> Result<(u8, Vec<u8>), String> {
    let line = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")?;
    let mut words = line.split_ascii_whitespace();
    let (Some(version), Some(hex), None) = (words.next(), words.next(), words.next()) else {
        return Err("the line is not VERSION HEX".into());
    };
    let version = version
        .parse()
        .map_err(|_| "VERSION is not a number from 0 to 255")?;
    let bytes = match hex {
        "-" => Vec::new(),
        hex => hex::decode(hex).map_err(|error| format!("HEX is not hex: {error}"))?,
    };
    Ok((version, bytes))
}

/// Bit 0 of a CONNACK is listed under two names: the one for all frames, and its meaning in a
/// CONNACK.
fn flags(frame: &Frame<'_>) -> BTreeMap<&'static str, bool> {
    let flags = frame.flags;
    let is_connack = matches!(frame.packet, Packet::Connack(_));
    let mut named = BTreeMap::from([
        ("dup", flags.dup()),
        ("has_server_version", is_connack && flags.no_persist()),
        ("no_persist", flags.no_persist()),
        ("red_dot", flags.red_dot()),
        ("sync_once", flags.sync_once()),
    ]);
    named.retain(|_, set| *set);
    named
}

impl From<&Connect<'_>> for Body {
    fn from(connect: &Connect<'_>) -> Self {
        Body::Connect {
            version: connect.version,
            device_flag: connect.device_flag.into(),
            device_id_hex: hex::encode(connect.device_id),
            uid_hex: hex::encode(connect.uid),
            token_hex: hex::encode(connect.token.expose_secret()),
            client_timestamp: connect.client_timestamp,
            client_key_hex: hex::encode(connect.client_key),
        }
    }
}

impl From<&Connack<'_>> for Body {
    fn from(connack: &Connack<'_>) -> Self {
        Body::Connack {
            server_version: connack.server_version.unwrap_or_default(),
            time_diff: connack.time_diff,
            reason_code: connack.reason.into(),
            server_key_hex: hex::encode(connack.server_key),
            salt_hex: hex::encode(connack.salt),
            node_id: connack.node_id,
        }
    }
}

impl From<&Disconnect<'_>> for Body {
    fn from(disconnect: &Disconnect<'_>) -> Self {
        Body::Disconnect {
            reason_code: disconnect.reason.into(),
            reason_hex: hex::encode(disconnect.reason_text),
        }
    }
}
