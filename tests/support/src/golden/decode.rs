//! The rows of `decode.jsonl`.

use serde::Deserialize;

use super::outcome::Outcome;

const TEXT: &str = include_str!("../../../vectors/decode.jsonl");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecodeRow {
    pub id: String,
    #[serde(rename = "cat")]
    _category: String,
    /// The version of the session, which decides about a CONNACK's node id.
    pub version: u8,
    hex: Option<String>,
    hex_parts: Option<Vec<HexPart>>,
    result: DecodeResult,
}

/// Input too long to be spelt out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HexPart {
    hex: String,
    repeat: usize,
}

/// `flatten` and `deny_unknown_fields` exclude each other: the header's part is taken out first.
#[derive(Deserialize)]
#[serde(try_from = "serde_json::Map<String, serde_json::Value>")]
struct DecodeResult {
    outcome: Outcome,
    delimit: Delimit,
}

/// What the header alone says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delimit {
    pub kind: String,
    pub frame_type: Option<u8>,
    pub remaining_length: usize,
    pub header_len: usize,
    pub total: usize,
}

impl DecodeRow {
    pub fn all() -> Vec<DecodeRow> {
        super::rows(TEXT)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let part = |(hex, repeat): (&str, usize)| hex::decode(hex).unwrap().repeat(repeat);
        self.parts().map(part).collect::<Vec<_>>().concat()
    }

    /// The bytes as hex, and how often each part comes.
    pub fn parts(&self) -> impl Iterator<Item = (&str, usize)> {
        assert!(
            self.hex.is_some() != self.hex_parts.is_some(),
            "{}",
            self.id
        );
        let whole = self.hex.iter().map(|hex| (hex.as_str(), 1));
        let parts = self.hex_parts.iter().flatten();
        whole.chain(parts.map(|part| (part.hex.as_str(), part.repeat)))
    }

    /// What upstream makes of the bytes.
    pub fn upstream(&self) -> &Outcome {
        &self.result.outcome
    }

    pub fn delimit(&self) -> &Delimit {
        &self.result.delimit
    }
}

impl TryFrom<serde_json::Map<String, serde_json::Value>> for DecodeResult {
    type Error = serde_json::Error;

    fn try_from(
        mut members: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Self, Self::Error> {
        let delimit = members.remove("delimit").unwrap_or_default();
        Ok(DecodeResult {
            delimit: serde_json::from_value(delimit)?,
            outcome: serde_json::from_value(members.into())?,
        })
    }
}
