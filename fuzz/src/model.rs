// What a record is, and how it changes, by the design's words: texts and numbers, compared with
// `==`, and nothing else of the crate's. Beside it, the same changes made by the crate.

use std::time::Duration;

use serde_json::{Map, Value, json};
use wukongim_auth::compare::{Secret, TokenDigest};
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord};

/// Few, and close to each other, so that they meet.
const TIMES: [i64; 9] = [1000, 0, 900, 999, 1001, 1100, i64::MAX, i64::MIN, -1];
const SPANS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(1),
    Duration::from_millis(100),
    Duration::from_nanos(999_999),
    Duration::MAX,
];
const LEVELS: [DeviceLevel; 2] = [DeviceLevel::Slave, DeviceLevel::Master];

/// Beginnings of one another among them, and what looks altered as it is.
const TOKENS: [&str; 20] = [
    "5f1d3cb0a7e94f0c8f6f1f0b6c1d2e3f",
    "",
    "t",
    "5f1d3cb0a7e94f0",
    "5f1d3cb0a7e94f0c",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbee",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefd",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdead",
    "5F1D3CB0-A7E9-4F0C-8F6F-1F0B6C1D2E3F",
    "a%41/b+c==",
    "\"quoted\"",
    "Bearer inside",
    "äöüäöüäöüäöü€🙂",
    "\u{feff}",
    "x\0",
    " ",
    "undefined",
    "<token>",
    "your-token",
];

/// A token, perhaps after something happened to it, perhaps more than once.
fn token_text(input: &mut Input<'_>, among: &[&str]) -> String {
    let mut text = input.pick(among).to_owned();
    for _ in 0..input.pick(&[0, 0, 1, 1, 2, 3]) {
        let (how, len) = (input.byte(), input.byte().into());
        text = altered_text(&text, how, len);
    }
    text
}

const ALTERATIONS: u8 = 29;

/// `len` counts where the end is cut off.
fn altered_text(text: &str, how: u8, len: usize) -> String {
    let escaped = |is_plain: fn(u8) -> bool| -> String {
        let digit = |digit: u8| char::from(b"0123456789abcdef"[usize::from(digit)]);
        let mut escaped = String::with_capacity(3 * text.len());
        for byte in text.bytes() {
            match is_plain(byte) {
                true => escaped.push(char::from(byte)),
                false => escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]),
            }
        }
        escaped
    };
    match how % ALTERATIONS {
        0 => ["\u{feff}", text].concat(),
        1 => [" ", text].concat(),
        2 => [text, "\r\n"].concat(),
        3 => ["\u{3000}", text, "\t"].concat(),
        4 => ["\"", text, "\""].concat(),
        5 => ["'", text, "'"].concat(),
        6 => ["`", text, "`"].concat(),
        7 => ["\"", text, "'"].concat(),
        8 => ["Bearer ", text].concat(),
        9 => ["bEARER  ", text].concat(),
        10 => escaped(|byte| byte.is_ascii_alphanumeric()),
        11 => escaped(|_| false).to_uppercase(),
        12 => text.to_uppercase(),
        13 => text.to_lowercase(),
        14 => text.replace('d', "D"),
        15 => String::from_utf8_lossy(&text.as_bytes()[..len % (text.len() + 1)])
            .replace('\u{fffd}', ""),
        16 => [text, "x"].concat(),
        17 => ["%", text].concat(),
        18 => [text, "\0"].concat(),
        19 => ["\u{200b}", text].concat(),
        20 => ["Optional(\"", text, "\")"].concat(),
        21 => ["{\"token\": \"", text, "\"}"].concat(),
        22 => ["[\"", text, "\"]"].concat(),
        23 => ["access_token=", text].concat(),
        24 => ["Token ", text].concat(),
        25 => [text, text].concat(),
        26 => base64(text.as_bytes()),
        27 => {
            let chunks: Vec<_> = text.as_bytes().chunks(1 + len % 8).collect();
            String::from_utf8_lossy(&chunks.join(&b'-')).replace('\u{fffd}', "")
        }
        _ => ["${", text, "}"].concat(),
    }
}

/// With padding.
fn base64(bytes: &[u8]) -> String {
    let digit = |value: u32| match value & 63 {
        value @ 0..=25 => b'A' + value as u8,
        value @ 26..=51 => b'a' + value as u8 - 26,
        value @ 52..=61 => b'0' + value as u8 - 52,
        62 => b'+',
        _ => b'/',
    };
    let group = |three: &[u8]| {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let digits = [18, 12, 6, 0].map(|shift| char::from(digit(bits >> shift)));
        let kept = three.len() + 1;
        let padding = "=".repeat(4 - kept);
        digits.into_iter().take(kept).collect::<String>() + &padding
    };
    bytes.chunks(3).map(group).collect()
}

/// A secret as a store keeps it; the model remembers the text of a digest as well.
#[derive(Clone, Debug)]
struct Kept {
    text: String,
    is_digest: bool,
}

#[allow(dead_code, reason = "every body uses some of it")]
impl Kept {
    fn choose(input: &mut Input<'_>) -> Self {
        Kept {
            text: token_text(input, &TOKENS),
            is_digest: input.byte() % 4 == 3,
        }
    }

    fn secret(&self) -> Secret {
        match self.is_digest {
            true => TokenDigest::of(&self.text).into(),
            false => Token::new(&self.text).into(),
        }
    }

    fn is(&self, presented: &str) -> bool {
        !self.text.is_empty() && self.text == presented
    }

    fn write(&self, fields: &mut Map<String, Value>) {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.text.as_bytes());
        let hex: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        match self.is_digest {
            true => fields.insert("sha256".to_owned(), hex.into()),
            false => fields.insert("token".to_owned(), self.text.clone().into()),
        };
    }
}

#[derive(Clone, Debug)]
struct Model {
    current: Kept,
    level: DeviceLevel,
    expires: Option<i64>,
    superseded: Option<(Kept, i64)>,
    revoked: Option<i64>,
    /// How often, over all that was issued.
    revocations: u32,
}

#[allow(dead_code, reason = "every body uses some of it")]
impl Model {
    /// Current, and not yet at its end; an empty token is none.
    fn is_live(&self, now: i64, leeway: Duration) -> bool {
        self.revoked.is_none()
            && !self.current.text.is_empty()
            && self.expires.is_none_or(|end| later(end, leeway) >= now)
    }

    /// The superseded token, and until when it counts.
    fn overlap(&self) -> Option<(&Kept, i64)> {
        let (kept, until) = self.superseded.as_ref()?;
        Some((kept, (*until).min(self.expires.unwrap_or(i64::MAX))))
    }

    fn overlapping(&self, now: i64) -> Option<&Kept> {
        self.overlap()
            .filter(|(_, until)| now <= *until)
            .map(|(kept, _)| kept)
    }

    fn is_purgeable(&self, now: i64, retention: Duration) -> bool {
        match (self.revoked, self.expires) {
            (Some(ended), _) | (None, Some(ended)) => later(ended, retention) < now,
            (None, None) => false,
        }
    }

    /// As it is written down.
    fn stored(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("v".to_owned(), 1.into());
        self.current.write(&mut fields);
        let level = u8::from(self.level == DeviceLevel::Master);
        fields.insert("device_level".to_owned(), level.into());
        fields.extend(self.expires.map(|at| ("expires_at".to_owned(), at.into())));
        fields.extend(self.revoked.map(|at| ("revoked_at".to_owned(), at.into())));
        if self.revocations > 0 {
            fields.insert("revocations".to_owned(), self.revocations.into());
        }
        if let Some((kept, until)) = &self.superseded {
            let mut superseded = Map::new();
            kept.write(&mut superseded);
            superseded.insert("until".to_owned(), json!(until));
            fields.insert("superseded".to_owned(), superseded.into());
        }
        fields.into()
    }
}

fn later(time: i64, span: Duration) -> i64 {
    let sum = i128::from(time) + i128::try_from(span.as_millis()).unwrap();
    sum.min(i64::MAX.into()) as i64
}

/// One step in the life of what is registered for one (uid, device flag).
#[derive(Debug)]
enum Change {
    Issue(Kept, DeviceLevel, Option<i64>),
    Rotate(Kept, i64),
    Expire(Option<i64>),
    Revoke(i64),
    KeepDigestsOnly,
    WriteAndRead,
    Remove,
}

impl Change {
    fn choose(input: &mut Input<'_>) -> Self {
        let time = |input: &mut Input<'_>| input.chance().then(|| input.pick(&TIMES));
        match input.byte() % 9 {
            0 | 1 => Change::Issue(Kept::choose(input), input.pick(&LEVELS), time(input)),
            2 | 3 => Change::Rotate(Kept::choose(input), input.pick(&TIMES)),
            4 => Change::Expire(time(input)),
            5 => Change::Revoke(input.pick(&TIMES)),
            6 => Change::KeepDigestsOnly,
            7 => Change::WriteAndRead,
            _ => Change::Remove,
        }
    }

    fn of_model(&self, model: Option<Model>) -> Option<Model> {
        if let Change::Issue(secret, level, expires) = self {
            return Some(Model {
                current: secret.clone(),
                level: *level,
                expires: *expires,
                superseded: None,
                revoked: None,
                revocations: model.map_or(0, |before| before.revocations),
            });
        }
        let mut model = model?;
        match self {
            Change::Rotate(secret, ends) if model.revoked.is_none() => {
                let old = std::mem::replace(&mut model.current, secret.clone());
                model.superseded = Some((old, (*ends).min(model.expires.unwrap_or(i64::MAX))));
            }
            Change::Expire(at) => model.expires = *at,
            Change::Revoke(now) => {
                model.superseded = None;
                model.revocations += u32::from(model.revoked.is_none());
                model.revoked = Some(model.revoked.unwrap_or(*now));
            }
            Change::KeepDigestsOnly => {
                model.current.is_digest = true;
                if let Some((old, _)) = &mut model.superseded {
                    old.is_digest = true;
                }
            }
            Change::Remove => return None,
            Change::Rotate(..) | Change::WriteAndRead | Change::Issue(..) => {}
        }
        Some(model)
    }

    fn of_record(&self, record: Option<TokenRecord>) -> Option<TokenRecord> {
        let time = |millis: &i64| Timestamp::from_millis(*millis);
        if let Change::Issue(secret, level, expires) = self {
            let issued = TokenRecord::issue(secret.secret(), *level);
            let issued = issued.with_expiry(expires.as_ref().map(time));
            return Some(issued.replacing(record.as_ref()));
        }
        let record = record?;
        Some(match self {
            Change::Issue(..) => record,
            Change::Rotate(secret, ends) => rotated(record, secret, time(ends)),
            Change::Expire(at) => record.with_expiry(at.as_ref().map(time)),
            Change::Revoke(now) => record.revoke(time(now)),
            Change::KeepDigestsOnly => record.into_digest_only(),
            Change::WriteAndRead => read(&written(&record)).unwrap(),
            Change::Remove => return None,
        })
    }
}

/// A tombstone stays one.
fn rotated(record: TokenRecord, secret: &Kept, ends: Timestamp) -> TokenRecord {
    record
        .rotate(secret.secret(), ends)
        .unwrap_or_else(|error| {
            let revoked_at = error.revoked_at();
            let record = error.into_record();
            assert_eq!(record.revoked_at(), Some(revoked_at));
            record
        })
}

fn written(record: &TokenRecord) -> String {
    serde_json::to_string(&record.expose_for_storage()).unwrap()
}

fn read(text: &str) -> Result<TokenRecord, String> {
    let stored: StoredRecord = serde_json::from_str(text).map_err(|error| error.to_string())?;
    TokenRecord::try_from(stored).map_err(|error| error.to_string())
}

/// The flags that records are made for, two without a name among them.
const FLAGS: [u8; 6] = [0, 1, 2, 99, 4, 200];

/// The uids and flags that records are made for; one of them more often than all others.
fn pair(input: &mut Input<'_>) -> (&'static str, DeviceFlag) {
    let uid = input.pick(&["alice", "alice", "alice", "bob"]);
    (uid, input.pick(&FLAGS).into())
}
