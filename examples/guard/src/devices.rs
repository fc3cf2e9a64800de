//! `GET /cluster/devices` as WuKongIM v2 answers it: the tokens that are registered, with their
//! users.

use serde::Deserialize;
use serde_json::Value;
use wukongim_auth::{DeviceFlag, Token};

/// A page of rows, newest first.
pub struct Page {
    pub rows: Vec<Row>,
    pub has_more: bool,
    /// How many rows there are in all, as far as upstream says.
    pub total: u64,
    /// Rows that cannot be read, such as one with a device flag that is not a byte.
    pub odd: u64,
    /// In nanoseconds, of the last row: where the next page begins.
    pub last_created_at: Option<i64>,
}

/// What upstream has for one device of a user.
pub struct Row {
    pub uid: String,
    pub device_flag: u8,
    pub device_level: u8,
    pub held: Held,
}

pub enum Held {
    Token(Token),
    /// `device_quit` leaves an empty token.
    Cleared,
    /// A server that shows fingerprints, such as the crate's own gateway: nothing can be learned
    /// from it.
    Hidden,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    total: u64,
    #[serde(default)]
    more: i64,
    data: Option<Vec<Value>>,
}

/// A row with missing members is odd: without its token, it would pass for a cleared one.
#[derive(Deserialize)]
struct AnswerRow {
    uid: String,
    token: String,
    device_flag: u8,
    #[serde(default)]
    device_level: u8,
}

impl Page {
    /// `None` if it is not a list of devices. A row that cannot be read is left out, and counted.
    pub fn read(body: &[u8]) -> Option<Self> {
        let answer: Answer = serde_json::from_slice(body).ok()?;
        let data = answer.data.unwrap_or_default();
        let created = |row: &Value| row.get("created_at").and_then(Value::as_i64);
        let last_created_at = data.iter().rev().find_map(created);
        let (has_more, all) = (answer.more == 1 && !data.is_empty(), data.len());
        let rows = data.into_iter().map(serde_json::from_value::<AnswerRow>);
        let rows: Vec<Row> = rows.flatten().map(Row::from).collect();
        Some(Page {
            has_more,
            total: answer.total,
            odd: (all - rows.len()) as u64,
            last_created_at,
            rows,
        })
    }
}

impl Row {
    /// A row that upstream should have.
    pub fn new(uid: &str, device_flag: DeviceFlag, held: Held) -> Self {
        Row {
            uid: uid.to_owned(),
            device_flag: device_flag.into(),
            device_level: 0,
            held,
        }
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
        assert_eq!(page.last_created_at, Some(17_000_000_000_000_000));
        assert_eq!(page.rows[1].device_flag, 99);
    }

    #[test]
    fn an_odd_row_costs_no_other() {
        let body = br#"{"more":1,"data":[
            {"uid":"alice","token":"a","device_flag":1,"created_at":30},
            {"uid":"bob","token":"b","device_flag":300,"created_at":29},
            {"uid":1,"token":"b","device_flag":0,"created_at":28},
            {"uid":"dave","device_flag":0,"created_at":27},
            {"uid":"erin","token":"e"},
            null, [], 7,
            {"uid":"frank","token":null,"device_flag":0,"created_at":26},
            {"uid":"grace","token":"g","device_flag":255,"device_level":0,"created_at":25},
            {"uid":"heidi","token":"h","device_flag":-1,"created_at":24}]}"#;
        let page = Page::read(body).unwrap();
        let uids: Vec<_> = page.rows.iter().map(|row| row.uid.as_str()).collect();
        assert_eq!((uids, page.odd), (vec!["alice", "grace"], 9));
        assert_eq!(page.last_created_at, Some(24), "the odd one's counts");
        let odd_only = Page::read(br#"{"more":1,"data":[{"created_at":3}]}"#).unwrap();
        assert!(odd_only.has_more && odd_only.rows.is_empty());
    }

    #[test]
    fn what_is_no_page_is_none() {
        for body in ["", "[]", "null", "{\"data\":{}}", "<html>"] {
            assert!(Page::read(body.as_bytes()).is_none(), "{body}");
        }
        let empty = Page::read(br#"{"total":0,"more":1,"data":null}"#).unwrap();
        assert!(
            empty.rows.is_empty() && !empty.has_more,
            "no row, no next page"
        );
    }
}
