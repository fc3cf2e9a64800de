//! Decoding of the forms in which people share captures.

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};

use crate::dump;

/// The bytes of a capture, and the form in which they were given.
#[derive(Debug)]
pub struct Capture {
    pub bytes: Vec<u8>,
    pub form: Form,
}

#[derive(Debug)]
pub enum Form {
    /// Hex, with the session's version if it was given before the bytes.
    Hex {
        session_version: Option<u8>,
    },
    /// As `xxd`, `hexdump -C`, `od` and Wireshark show them.
    Dump,
    Base64,
    /// Raw bytes. If they are text, also the reason why they are not hex.
    Raw {
        not_hex: Option<String>,
    },
}

impl Capture {
    /// Bytes that are not text are used unchanged. Text is read as hex if possible, then as base64.
    /// Otherwise the captured data is itself text: JSON-RPC or an HTTP request.
    pub fn read(input: &[u8]) -> Self {
        let Some(text) = as_text(input) else {
            return Capture::raw(input, None);
        };
        if let Some(bytes) = dump::read(text) {
            return Capture {
                bytes,
                form: Form::Dump,
            };
        }
        match from_hex(text) {
            Ok((bytes, session_version)) => Capture {
                bytes,
                form: Form::Hex { session_version },
            },
            Err(not_hex) => match from_base64(text) {
                Some(bytes) => Capture {
                    bytes,
                    form: Form::Base64,
                },
                None => Capture::raw(without_line_end(text).as_bytes(), Some(not_hex)),
            },
        }
    }

    fn raw(input: &[u8], not_hex: Option<String>) -> Self {
        Capture {
            bytes: input.to_vec(),
            form: Form::Raw { not_hex },
        }
    }
}

/// A frame begins with a control character, so no frame is mistaken for text.
fn as_text(input: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(input).ok()?;
    // Some editors write a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_text = |c: char| !c.is_control() || c.is_ascii_whitespace();
    text.chars().all(is_text).then_some(text)
}

/// A line end after a JSON message was added by an editor. An HTTP message ends in its own line
/// end.
fn without_line_end(text: &str) -> &str {
    match text.starts_with('{') {
        true => text.trim_end(),
        false => text,
    }
}

/// Returns the bytes, and the session's version if a single digit precedes them.
fn from_hex(text: &str) -> Result<(Vec<u8>, Option<u8>), String> {
    let text = text.replace("\\x", " 0x");
    let is_between = |c: char| c.is_ascii_whitespace() || matches!(c, ':' | ',' | ';' | '-');
    let mut words = text.split(is_between).filter(|word| !word.is_empty());
    let mut words = words.by_ref().peekable();
    let session_version = words
        .next_if(|word| word.len() == 1)
        .map(|digit| digit.parse().map_err(|_| not_hex(digit)))
        .transpose()?;
    let mut bytes = Vec::new();
    for word in words {
        bytes.extend(hex_word(word).ok_or_else(|| not_hex(word))?);
    }
    match bytes.is_empty() {
        true => Err("there is none".into()),
        false => Ok((bytes, session_version)),
    }
}

/// `0x4` is a byte, as C writes it.
fn hex_word(word: &str) -> Option<Vec<u8>> {
    match word.strip_prefix("0x").or(word.strip_prefix("0X")) {
        Some(digit) if digit.len() == 1 => hex::decode(format!("0{digit}")).ok(),
        Some(digits) => hex::decode(digits).ok(),
        None => hex::decode(word).ok(),
    }
}

fn not_hex(word: &str) -> String {
    let start: String = word.chars().take(16).collect();
    format!("{start:?} is not a whole number of bytes in hex")
}

/// Line breaks are allowed, spaces are not: otherwise almost any sentence would be base64.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let joined: String = text.trim().lines().map(str::trim).collect();
    [
        Base64::decode_vec,
        Base64Unpadded::decode_vec,
        Base64Url::decode_vec,
        Base64UrlUnpadded::decode_vec,
    ]
    .into_iter()
    .find_map(|decode| decode(&joined).ok())
    .filter(|bytes| !bytes.is_empty())
}
