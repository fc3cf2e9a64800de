//! What decoding gives, in the words of the golden rows.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A row's result. `need_more` and `error` have a kind only.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub kind: String,
    pub consumed: usize,
    pub frame_type: Option<u8>,
    pub flags: Option<BTreeMap<String, bool>>,
    pub connect: Option<ConnectFields>,
    pub connack: Option<ConnackFields>,
    pub disconnect: Option<DisconnectFields>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectFields {
    pub version: u8,
    pub device_flag: u8,
    pub device_id_hex: String,
    pub uid_hex: String,
    pub token_hex: String,
    pub client_timestamp: i64,
    pub client_key_hex: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnackFields {
    pub server_version: u8,
    pub time_diff: i64,
    pub reason_code: u8,
    pub server_key_hex: String,
    pub salt_hex: String,
    pub node_id: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisconnectFields {
    pub reason_code: u8,
    pub reason_hex: String,
}

impl Outcome {
    pub fn of_kind(kind: &str) -> Self {
        Outcome {
            kind: kind.into(),
            ..Outcome::default()
        }
    }

    /// The strings of the body, named as the crate's errors name them.
    pub fn strings(&self) -> Vec<(&'static str, &str)> {
        let mut strings = Vec::new();
        if let Some(connect) = &self.connect {
            strings.extend([
                ("device_id", connect.device_id_hex.as_str()),
                ("uid", &connect.uid_hex),
                ("token", &connect.token_hex),
                ("client_key", &connect.client_key_hex),
            ]);
        }
        if let Some(connack) = &self.connack {
            strings.push(("server_key", &connack.server_key_hex));
            strings.push(("salt", &connack.salt_hex));
        }
        if let Some(disconnect) = &self.disconnect {
            strings.push(("reason_text", &disconnect.reason_hex));
        }
        strings
    }

    /// The strings that are not UTF-8.
    pub fn not_utf8(&self) -> Vec<&'static str> {
        self.strings()
            .into_iter()
            .filter(|(_, hex)| String::from_utf8(hex::decode(hex).unwrap()).is_err())
            .map(|(field, _)| field)
            .collect()
    }
}

/// The flags of a first byte by name; bit 0 has two of them in a CONNACK (PROTOCOL §1).
pub fn flag_names(first: u8) -> BTreeMap<String, bool> {
    let server_version = if first >> 4 == 2 { 1 } else { 0 };
    [
        ("no_persist", 1),
        ("has_server_version", server_version),
        ("red_dot", 2),
        ("sync_once", 4),
        ("dup", 8),
    ]
    .into_iter()
    .filter(|(_, bit)| first & bit != 0)
    .map(|(name, _)| (name.to_owned(), true))
    .collect()
}
