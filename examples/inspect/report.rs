//! The report for people.

use std::fmt::Write;

use wukongim_auth::diagnosis::Transport;
use wukongim_auth::frame::{Connect, Frame, Packet, Parsed};
use wukongim_auth::session::Protocol;
use wukongim_auth::{Credentials, DeviceFlag, Handshake, RequestError};

use crate::capture::{Capture, Form};
use crate::options::Options;
use crate::suspicions;
use crate::websocket;

/// The number of characters of a string that are shown.
const MAX_SHOWN: usize = 64;

/// The session versions that are tried if the capture does not name one. They differ in whether a
/// CONNACK has a node id.
const SESSION_VERSIONS: [u8; 2] = [4, 3];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    Clean,
    Suspicious,
}

/// Describes the capture, and whether it is in order.
pub fn of_capture(input: &[u8], options: &Options) -> (String, Finding) {
    let capture = Capture::read(input);
    let mut out = String::new();
    say(&mut out, &source(&capture));
    let (bytes, transport) = match websocket::unwrap(&capture.bytes) {
        None => (capture.bytes.clone(), None),
        Some(Err(problem)) => {
            say(&mut out, &format!("suspicious:\n  - {problem}"));
            return (out, Finding::Suspicious);
        }
        Some(Ok(unwrapped)) => {
            say(&mut out, &wrapping(&unwrapped));
            (unwrapped.payload, Some(Transport::WebSocket))
        }
    };
    let finding = match Handshake::read_with_json_rpc(&bytes, options.limits) {
        Ok((handshake, rest)) => {
            let request = bytes.strip_suffix(rest).unwrap_or_default();
            connect(&mut out, request, &handshake, transport, options);
            frames(&mut out, rest, &[handshake.session_version()], options);
            let credentials = with_transport(handshake.credentials(), transport);
            list(
                &mut out,
                &suspicions::of_connect(request, &handshake, &credentials),
            )
        }
        Err(error) => {
            let said = match capture.form {
                Form::Hex { session_version } => session_version,
                _ => None,
            };
            let versions = said.map_or(SESSION_VERSIONS.to_vec(), |version| vec![version]);
            let is_text = matches!(capture.form, Form::Raw { not_hex: Some(_) });
            if !is_text && !matches!(error, RequestError::OtherProtocol(_)) {
                frames(&mut out, &bytes, &versions, options);
            }
            list(
                &mut out,
                &no_connect(error, &capture.form, capture.bytes.is_empty()),
            )
        }
    };
    (out, finding)
}

fn say(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn list(out: &mut String, suspicions: &[String]) -> Finding {
    if suspicions.is_empty() {
        say(out, "nothing suspicious");
        return Finding::Clean;
    }
    say(out, "suspicious:");
    for suspicion in suspicions {
        say(out, &format!("  - {suspicion}"));
    }
    Finding::Suspicious
}

fn source(capture: &Capture) -> String {
    let form = match capture.form {
        Form::Hex { .. } => "hex",
        Form::Dump => "a hex dump",
        Form::Base64 => "base64",
        Form::Raw { .. } => "raw bytes",
    };
    format!("read as {form}: {}", bytes(capture.bytes.len()))
}

fn wrapping(unwrapped: &websocket::Unwrapped) -> String {
    let opening = match unwrapped.has_opening {
        true => "the opening of a WebSocket, and ",
        false => "",
    };
    let messages = match unwrapped.messages {
        1 => "1 WebSocket message".to_owned(),
        count => format!("{count} WebSocket messages"),
    };
    format!(
        "in it: {opening}{messages} with {}",
        bytes(unwrapped.payload.len())
    )
}

fn bytes(count: usize) -> String {
    match count {
        1 => "1 byte".into(),
        _ => format!("{count} bytes"),
    }
}

fn with_transport(credentials: Credentials<'_>, transport: Option<Transport>) -> Credentials<'_> {
    match transport {
        Some(transport) => credentials.with_transport(transport),
        None => credentials,
    }
}

/// Explains why there is no CONNECT, and what to do about it.
fn no_connect(error: RequestError, form: &Form, is_empty: bool) -> Vec<String> {
    if is_empty {
        return vec!["nothing was captured".into()];
    }
    let mut suspicions = vec![match error.fix() {
        Some(fix) => format!("{error}. Fix: {fix}"),
        None => error.to_string(),
    }];
    // Text with which no protocol begins was most likely meant to be hex.
    if let (
        Form::Raw { not_hex: Some(why) },
        RequestError::Frame(_) | RequestError::NotConnect { .. },
    ) = (form, error)
    {
        suspicions.push(format!("read as text; it is not hex either: {why}"));
    }
    suspicions
}

fn connect(
    out: &mut String,
    request: &[u8],
    handshake: &Handshake<'_>,
    transport: Option<Transport>,
    options: &Options,
) {
    let credentials = with_transport(handshake.credentials(), transport);
    let fields = binary(request, options);
    let title = match (handshake.protocol(), &fields) {
        (Protocol::JsonRpc, _) => "CONNECT as JSON-RPC".to_owned(),
        (_, Some(connect)) => format!("CONNECT of protocol version {}", connect.version),
        (_, None) => "CONNECT".to_owned(),
    };
    say(out, &format!("{title}, {}", bytes(request.len())));
    let token = match options.reveal {
        true => shown(credentials.token.expose_secret()),
        false => credentials.token.to_string(),
    };
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "  {name:<12} {value}");
    };
    row("uid", &shown(credentials.uid));
    row("device flag", &flag(credentials.device_flag));
    row("device id", &shown(credentials.device_id));
    row("token", &token);
    if let Some(connect) = fields {
        row("client time", &connect.client_timestamp.to_string());
        row("client key", &shown(connect.client_key));
    }
}

/// Name and number of a flag; a flag without a name is shown only as a number.
fn flag(device_flag: DeviceFlag) -> String {
    let (name, number) = (device_flag.to_string(), u8::from(device_flag).to_string());
    match name == number {
        true => number,
        false => format!("{name} ({number})"),
    }
}

/// The fields that only the binary protocol has.
fn binary<'a>(request: &'a [u8], options: &Options) -> Option<Connect<'a>> {
    match decode(request, &SESSION_VERSIONS, options) {
        Some(Parsed::Complete { value, .. }) => match value.packet {
            Packet::Connect(connect) => Some(connect),
            _ => None,
        },
        _ => None,
    }
}

/// Writes one line for each frame, as far as the frames can be read.
fn frames(out: &mut String, mut rest: &[u8], session_versions: &[u8], options: &Options) {
    while !rest.is_empty() {
        match decode(rest, session_versions, options) {
            Some(Parsed::Complete { value, rest: after }) => {
                let len = rest.len().saturating_sub(after.len());
                say(out, &format!("{}, {}", frame(&value), bytes(len)));
                rest = after;
            }
            Some(Parsed::Incomplete { .. }) => {
                say(out, &format!("the start of a frame, {}", bytes(rest.len())));
                return;
            }
            None => {
                say(out, &format!("no frame, {}", bytes(rest.len())));
                return;
            }
        }
    }
}

/// Reads a frame in the first of these versions that works.
fn decode<'a>(
    bytes: &'a [u8],
    session_versions: &[u8],
    options: &Options,
) -> Option<Parsed<'a, Frame<'a>>> {
    session_versions
        .iter()
        .find_map(|version| Frame::decode(bytes, *version, options.limits).ok())
}

fn frame(frame: &Frame<'_>) -> String {
    match &frame.packet {
        Packet::Connack(connack) => format!("CONNACK: {}", connack.reason),
        Packet::Disconnect(disconnect) => format!(
            "DISCONNECT: {} {}",
            disconnect.reason,
            shown(disconnect.reason_text)
        ),
        packet => packet.frame_type().to_string(),
    }
}

/// Escapes and truncates a text.
fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{:?}… ({} bytes)", &text[..end], text.len()),
        None => format!("{text:?}"),
    }
}
