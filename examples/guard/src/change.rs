//! What a request to change tokens asks for. Upstream is written in Go, whose JSON decoder takes
//! `UID` for `uid`, takes the last of two members of one name, and ignores everything after the
//! object. Such a body means one thing to upstream and another to the next reader, so a body is
//! accepted only if it has one meaning.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest};
use wukongim_auth::{DeviceFlag, DeviceFlags, Token};

use crate::folded::folded;

/// The endpoints that the guard learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Token,
    DeviceQuit,
}

/// A body with one meaning.
pub enum Change {
    /// The token may be one that no client can present.
    Issue {
        uid: String,
        device_flag: DeviceFlag,
        token: Token,
        request: IssueTokenRequest,
    },
    Quit {
        flags: DeviceFlags,
        request: DeviceQuitRequest,
    },
}

/// Why a body has more than one meaning, or none. Names members, never their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    #[error("the body is not a JSON object")]
    NoObject,
    #[error("the body has more behind its JSON object")]
    Behind,
    #[error("a member is spelled otherwise than {0}")]
    Spelling(&'static str),
    #[error("{0} is given twice")]
    Twice(&'static str),
    #[error("{0} should be {1}")]
    Kind(&'static str, &'static str),
}

/// A body, and the user that upstream takes it to be about.
pub struct Body {
    pub uid: Option<String>,
    pub change: Result<Change, Unclear>,
}

const BYTE: &str = "a whole number from 0 to 255";
const FLAG: &str = "-1 or a whole number from 0 to 255";

impl Endpoint {
    pub fn path(self) -> &'static str {
        match self {
            Endpoint::Token => "/user/token",
            Endpoint::DeviceQuit => "/user/device_quit",
        }
    }

    /// The members that upstream reads.
    fn members(self) -> &'static [&'static str] {
        match self {
            Endpoint::Token => &["uid", "device_flag", "token", "device_level"],
            Endpoint::DeviceQuit => &["uid", "device_flag"],
        }
    }
}

impl Body {
    pub fn read(endpoint: Endpoint, body: &[u8]) -> Self {
        let mut json = serde_json::Deserializer::from_slice(body);
        let Ok(members) = json.deserialize_map(Reader(endpoint.members())) else {
            return Body {
                uid: None,
                change: Err(Unclear::NoObject),
            };
        };
        let change = match json.end() {
            Ok(()) => members.change(endpoint),
            Err(_) => Err(Unclear::Behind),
        };
        Body {
            uid: members.uid(),
            change,
        }
    }
}

/// The members that upstream recognises, in their order: which one it is, whether it is spelled
/// exactly so, and its value.
struct Members(Vec<(&'static str, bool, Value)>);

impl Members {
    fn change(&self, endpoint: Endpoint) -> Result<Change, Unclear> {
        let (uid, flag) = (self.text("uid")?, self.one("device_flag")?);
        match endpoint {
            Endpoint::Token => {
                let device_flag = byte("device_flag", flag)?;
                let device_level = byte("device_level", self.one("device_level")?)?;
                let token = self.text("token")?;
                // Upstream accepts any level, but only 1 makes a difference to it.
                let device_level = u8::from(device_level == 1);
                let request = serde_json::json!({
                    "uid": uid, "token": token,
                    "device_flag": device_flag, "device_level": device_level,
                });
                Ok(Change::Issue {
                    uid: uid.to_owned(),
                    device_flag: device_flag.into(),
                    token: Token::new(token),
                    request: serde_json::from_value(request).map_err(|_| Unclear::NoObject)?,
                })
            }
            Endpoint::DeviceQuit => {
                let (device_flag, flags) = match flag.map(Value::as_i64) {
                    // What it means to upstream, regardless of the flags that clients may use here.
                    Some(Some(-1)) => (-1, DeviceFlags::CLIENTS),
                    _ => match byte("device_flag", flag) {
                        Ok(flag) => (flag.into(), DeviceFlag::from(flag).into()),
                        Err(_) => return Err(Unclear::Kind("device_flag", FLAG)),
                    },
                };
                let request = serde_json::json!({"uid": uid, "device_flag": device_flag});
                let request = serde_json::from_value(request).map_err(|_| Unclear::NoObject)?;
                Ok(Change::Quit { flags, request })
            }
        }
    }

    /// The member's value, unless it is null, which counts as absent.
    fn one(&self, name: &'static str) -> Result<Option<&Value>, Unclear> {
        let mut all = self.0.iter().filter(|(known, ..)| *known == name);
        match (all.next(), all.next()) {
            (_, Some(_)) => Err(Unclear::Twice(name)),
            (Some((_, false, _)), _) => Err(Unclear::Spelling(name)),
            (Some((.., value)), None) => Ok(Some(value).filter(|value| !value.is_null())),
            (None, None) => Ok(None),
        }
    }

    fn text(&self, name: &'static str) -> Result<&str, Unclear> {
        let value = self.one(name)?.map(Value::as_str);
        value
            .unwrap_or(Some(""))
            .ok_or(Unclear::Kind(name, "a string"))
    }

    /// As upstream reads it: the last one that is not null.
    fn uid(&self) -> Option<String> {
        let uids = self.0.iter().filter(|(known, ..)| *known == "uid");
        let mut uids = uids.filter(|(.., value)| !value.is_null());
        let (.., last) = uids.next_back()?;
        last.as_str().map(str::to_owned)
    }
}

/// A number that upstream reads unchanged: it refuses others, or truncates them to a byte. It
/// accepts no fraction and no exponent.
fn byte(name: &'static str, value: Option<&Value>) -> Result<u8, Unclear> {
    let number = value.map_or(Some(0), Value::as_u64);
    let byte = number.and_then(|number| u8::try_from(number).ok());
    byte.ok_or(Unclear::Kind(name, BYTE))
}

struct Reader(&'static [&'static str]);

impl<'de> Visitor<'de> for Reader {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = access.next_key::<String>()? {
            let known = self.0.iter().find(|known| folded(known) == folded(&name));
            match known {
                Some(known) => members.push((*known, *known == name, access.next_value()?)),
                None => {
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unclear(endpoint: Endpoint, body: &[u8]) -> Option<Unclear> {
        Body::read(endpoint, body).change.err()
    }

    #[test]
    fn what_has_one_meaning_is_taken() {
        for (body, expected) in [
            (
                r#"{"uid":"alice","token":"t","device_flag":1,"device_level":1}"#,
                1,
            ),
            (
                "  {\"token\":\"t\",\"uid\":\"alice\",\"device_flag\":null}\r\n ",
                0,
            ),
            (
                r#"{"uid":"alice","token":"t","device_flag":255,"x":[{"UID":"b","UID":1e999}],"x":2}"#,
                255,
            ),
            (r#"{"uid":"alice","token":"t","device_level":7}"#, 0),
            (r#"{"\u0075id":"alice","token":""}"#, 0),
        ] {
            let Body { uid, change } = Body::read(Endpoint::Token, body.as_bytes());
            let Ok(Change::Issue { device_flag, .. }) = change else {
                panic!("{body}: {:?}", change.err());
            };
            assert_eq!(
                (uid.as_deref(), u8::from(device_flag)),
                (Some("alice"), expected),
                "{body}"
            );
        }
        for (body, expected) in [
            (r#"{"uid":"alice","device_flag":-1}"#, DeviceFlags::CLIENTS),
            (r#"{"uid":"alice"}"#, DeviceFlag::App.into()),
            (
                r#"{"uid":"alice","device_flag":254,"Token":1,"token":2}"#,
                DeviceFlag::from(254).into(),
            ),
        ] {
            let change = Body::read(Endpoint::DeviceQuit, body.as_bytes()).change;
            let Ok(Change::Quit { flags, request }) = change else {
                panic!("{body}");
            };
            assert_eq!(flags, expected, "{body}");
            let quit = request.into_flags(DeviceFlags::CLIENTS).unwrap();
            assert_eq!(quit, ("alice".to_owned(), expected), "{body}");
        }
    }

    #[test]
    fn what_go_reads_otherwise_is_not() {
        use Unclear::{Behind, Kind, NoObject, Spelling, Twice};
        for (body, expected) in [
            (r#"{"uid":"a","token":"t"} {}"#, Behind),
            ("{\"uid\":\"a\"}\0", Behind),
            (r#"{"UID":"a"}"#, Spelling("uid")),
            (r#"{"uid":"a","Token":"t"}"#, Spelling("token")),
            ("{\"uid\":\"a\",\"to\u{212a}en\":\"t\"}", Spelling("token")),
            (r#"{"Device_Flag":1}"#, Spelling("device_flag")),
            (r#"{"uid":"a","uid":"b"}"#, Twice("uid")),
            (r#"{"uid":"a","UID":null}"#, Twice("uid")),
            (r#"{"token":"a","token":"a"}"#, Twice("token")),
            (
                r#"{"device_level":0,"device_level":1}"#,
                Twice("device_level"),
            ),
            (r#"{"uid":1}"#, Kind("uid", "a string")),
            (r#"{"token":["t"]}"#, Kind("token", "a string")),
            (r#"{"device_flag":256}"#, Kind("device_flag", BYTE)),
            (r#"{"device_flag":-1}"#, Kind("device_flag", BYTE)),
            (r#"{"device_flag":1.0}"#, Kind("device_flag", BYTE)),
            (r#"{"device_flag":1e0}"#, Kind("device_flag", BYTE)),
            (r#"{"device_flag":-0}"#, Kind("device_flag", BYTE)),
            (r#"{"device_flag":"1"}"#, Kind("device_flag", BYTE)),
            (r#"{"device_level":256}"#, Kind("device_level", BYTE)),
            (
                r#"{"device_flag":18446744073709551616}"#,
                Kind("device_flag", BYTE),
            ),
            ("[]", NoObject),
            ("null", NoObject),
            ("", NoObject),
            ("{\"uid\":\"a\"", NoObject),
            ("\u{feff}{\"uid\":\"a\"}", NoObject),
            (r#"{"uid":"\ud800"}"#, NoObject),
            (r#"[{"uid":"a","token":"t"}]"#, NoObject),
        ] {
            let found = unclear(Endpoint::Token, body.as_bytes());
            assert_eq!(found, Some(expected), "{body}");
        }
        assert_eq!(
            unclear(Endpoint::Token, b"{\"uid\":\"\xff\"}"),
            Some(NoObject)
        );
        for flag in ["-2", "-256", "257", "0.0", "\"-1\""] {
            let body = format!(r#"{{"uid":"a","device_flag":{flag}}}"#);
            let found = unclear(Endpoint::DeviceQuit, body.as_bytes());
            assert_eq!(found, Some(Kind("device_flag", FLAG)), "{flag}");
        }
    }

    #[test]
    fn whom_upstream_takes_it_to_be_about_is_known_all_the_same() {
        let about = |body: &str| Body::read(Endpoint::DeviceQuit, body.as_bytes()).uid;
        for (body, expected) in [
            (r#"{"uid":"a","uid":"b"}"#, Some("b")),
            (r#"{"UID":"b","uid":"a"}"#, Some("a")),
            (r#"{"uid":"a","UID":null}"#, Some("a")),
            (r#"{"uid":"a"} more"#, Some("a")),
            (r#"{"uid":"a","UID":1}"#, None),
            ("[]", None),
            ("{}", None),
        ] {
            assert_eq!(about(body).as_deref(), expected, "{body}");
        }
    }
}
