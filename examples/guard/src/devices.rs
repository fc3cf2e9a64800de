//! `GET /cluster/devices` as WuKongIM v2 answers it: which token is registered for whom.

use serde::Deserialize;
use wukongim_auth::Token;

/// A page of rows, newest first.
pub struct Page {
    pub rows: Vec<Row>,
    pub has_more: bool,
    /// How many rows there are in all, as far as upstream says.
    pub total: u64,
}

/// What upstream has for one device of a user.
pub struct Row {
    pub uid: String,
    pub device_flag: u8,
    pub device_level: u8,
    pub held: Held,
    /// In nanoseconds.
    pub created_at: Option<i64>,
}

pub enum Held {
    Token(Token),
    /// `device_quit` leaves an empty token.
    Cleared,
    /// A server that shows fingerprints, as the crate's own gateway does: there is nothing to learn.
    Hidden,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    total: u64,
    #[serde(default)]
    more: i64,
    data: Option<Vec<AnswerRow>>,
}

#[derive(Deserialize)]
struct AnswerRow {
    uid: String,
    #[serde(default)]
    token: String,
    device_flag: u8,
    #[serde(default)]
    device_level: u8,
    #[serde(default)]
    created_at: Option<i64>,
}

impl Page {
    /// `None` if it is no list of devices.
    pub fn read(body: &[u8]) -> Option<Self> {
        let answer: Answer = serde_json::from_slice(body).ok()?;
        let rows = answer.data.unwrap_or_default();
        Some(Page {
            has_more: answer.more == 1 && !rows.is_empty(),
            total: answer.total,
            rows: rows.into_iter().map(Row::from).collect(),
        })
    }
}

impl From<AnswerRow> for Row {
    fn from(row: AnswerRow) -> Self {
        let held = match row.token.as_str() {
            "" => Held::Cleared,
            token if is_fingerprint(token) => Held::Hidden,
            token => Held::Token(Token::new(token)),
        };
        Row {
            uid: row.uid,
            device_flag: row.device_flag,
            device_level: row.device_level,
            held,
            created_at: row.created_at,
        }
    }
}

/// `len=32 sha256=1f0a9c3e`, or without the length.
fn is_fingerprint(token: &str) -> bool {
    let hex = match token.strip_prefix("len=") {
        Some(rest) => rest.split_once(" sha256=").map(|(_, hex)| hex),
        None => token.strip_prefix("sha256="),
    };
    hex.is_some_and(|hex| hex.len() == 8 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_upstream_writes_it() {
        let body = br#"{"total":3,"more":1,"data":[
            {"id":1,"uid":"alice","token":"s3cret","device_flag":1,"device_level":1,"created_at":17000000000000000},
            {"uid":"bob","token":"","device_flag":99},
            {"uid":"carol","token":"len=6 sha256=1ec1c26b","device_flag":0}]}"#;
        let page = Page::read(body).unwrap();
        assert!(page.has_more && page.total == 3);
        let held: Vec<_> = page
            .rows
            .iter()
            .map(|row| match &row.held {
                Held::Token(token) => token.expose_secret(),
                Held::Cleared => "cleared",
                Held::Hidden => "hidden",
            })
            .collect();
        assert_eq!(held, ["s3cret", "cleared", "hidden"]);
        assert_eq!(page.rows[0].created_at, Some(17_000_000_000_000_000));
        assert_eq!(page.rows[1].device_flag, 99);
    }

    #[test]
    fn what_is_no_page_is_none() {
        for body in [
            "",
            "[]",
            "null",
            "{\"data\":{}}",
            "{\"data\":[{\"uid\":1}]}",
            "<html>",
        ] {
            assert!(Page::read(body.as_bytes()).is_none(), "{body}");
        }
        let empty = Page::read(br#"{"total":0,"more":1,"data":null}"#).unwrap();
        assert!(
            empty.rows.is_empty() && !empty.has_more,
            "no row, no next page"
        );
    }
}
