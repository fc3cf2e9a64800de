//! A user's devices, as servers answer them.

use serde::Deserialize;
use serde_json::Value;
use wukongim_auth::compare::PresentedToken;
use wukongim_auth::{DeviceFlag, DeviceFlags, Timestamp};

use crate::line::fingerprint::{are_of_one, is_fingerprint};

#[derive(Debug, Default)]
pub struct Devices(pub Vec<Device>);

#[derive(Debug)]
pub struct Device {
    pub flag: DeviceFlag,
    pub held: Held,
    pub updated: Option<Timestamp>,
}

/// What the server says about a flag's token.
#[derive(Debug, PartialEq)]
pub enum Held {
    Token(String),
    /// `len=32 sha256=1f0a9c3e`: enough to tell whether it is the one presented.
    Fingerprint(String),
    Cleared,
    /// A token is registered, but not shown: v3.
    Hidden,
}

/// A page of v2's answer.
pub struct Page {
    pub devices: Vec<Device>,
    pub has_more: bool,
    /// The time of the last row, in nanoseconds: the next page begins after it.
    pub last: Option<i64>,
}

#[derive(Deserialize)]
struct Rows {
    #[serde(default)]
    more: i64,
    /// Null if there are none, but never missing.
    #[serde(deserialize_with = "Option::deserialize")]
    data: Option<Vec<Row>>,
}

#[derive(Deserialize)]
struct Row {
    uid: String,
    #[serde(default)]
    token: String,
    device_flag: u8,
    #[serde(default)]
    created_at: Option<i64>,
    #[serde(default)]
    updated_at: Option<i64>,
}

impl Page {
    /// Rows of other users only are not an answer, and neither is an object without rows.
    pub fn read(body: &str, uid: &str) -> Option<Self> {
        let rows: Rows = serde_json::from_str(body).ok()?;
        let data = rows.data.unwrap_or_default();
        let last = data.last().and_then(|row| row.created_at);
        let has_rows = !data.is_empty();
        let own = data.into_iter().filter(|row| row.uid == uid);
        let devices: Vec<_> = own.map(Row::device).collect();
        if has_rows && devices.is_empty() {
            return None;
        }
        Some(Page {
            devices,
            has_more: rows.more != 0,
            last,
        })
    }
}

impl Row {
    fn device(self) -> Device {
        let held = match self.token {
            token if token.is_empty() => Held::Cleared,
            token if is_fingerprint(&token) => Held::Fingerprint(token),
            token => Held::Token(token),
        };
        let nanos = self.updated_at.or(self.created_at);
        Device {
            flag: self.device_flag.into(),
            held,
            updated: nanos.map(|nanos| Timestamp::from_millis(nanos / 1_000_000)),
        }
    }
}

impl Devices {
    /// v3: the flags that have a token, by name.
    pub fn of_v3(body: &str) -> Option<Self> {
        let answer: Value = serde_json::from_str(body).ok()?;
        // Some servers wrap their answers.
        let devices = answer
            .get("devices")
            .or_else(|| answer.get("data")?.get("devices"))?;
        let device = |value: &Value| {
            let flag = value.get("device_flag")?;
            let flag = match flag.as_u64() {
                Some(number) => DeviceFlag::from(u8::try_from(number).ok()?),
                None => named(flag.as_str()?)?,
            };
            let held = match value.get("token_set")?.as_bool()? {
                true => Held::Hidden,
                false => Held::Cleared,
            };
            Some(Device {
                flag,
                held,
                updated: None,
            })
        };
        let devices = devices
            .as_array()?
            .iter()
            .map(device)
            .collect::<Option<_>>()?;
        Some(Devices(devices))
    }

    pub fn under(&self, flag: DeviceFlag) -> Option<&Device> {
        self.0.iter().find(|device| device.flag == flag)
    }

    /// The flags under which a token is registered.
    pub fn live(&self) -> DeviceFlags {
        self.flags(|held| *held != Held::Cleared)
    }

    pub fn flags(&self, is_it: impl Fn(&Held) -> bool) -> DeviceFlags {
        let devices = self.0.iter().filter(|device| is_it(&device.held));
        devices.map(|device| device.flag).collect()
    }

    /// Whether tokens can be compared with the server's answer.
    pub fn is_comparable(&self) -> bool {
        self.0.iter().all(|device| device.held != Held::Hidden)
    }
}

impl Held {
    /// Whether this is the token that a log shows, in plaintext or as a fingerprint.
    pub fn is(&self, token: &str) -> bool {
        match self {
            Held::Token(own) => own == token || are_of_one(&fingerprint(own), token),
            Held::Fingerprint(own) => {
                are_of_one(own, &fingerprint(token)) || are_of_one(own, token)
            }
            Held::Cleared | Held::Hidden => false,
        }
    }
}

fn fingerprint(token: &str) -> String {
    PresentedToken::new(token).to_string()
}

fn named(name: &str) -> Option<DeviceFlag> {
    let name = name.to_ascii_uppercase();
    let mut named = DeviceFlags::CLIENTS.with(DeviceFlag::System).iter();
    let numbered = || name.parse::<u8>().ok().map(DeviceFlag::from);
    named
        .find(|flag| flag.to_string() == name)
        .or_else(numbered)
}
