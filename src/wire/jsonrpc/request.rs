//! The connect request.

use alloc::borrow::Cow;
use core::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::error::JsonRpcError;
use crate::device::DeviceFlag;
use crate::escape::Quoted;
use crate::token::PresentedToken;
use crate::wire::utf8;

/// The longest id that is sent back.
const MAX_ID: usize = 1024;

/// The version of a client that does not name one: upstream's own when JSON-RPC came.
const DEFAULT_VERSION: u8 = 5;

/// `{"jsonrpc"?:"2.0","method":"connect","id":"…","params":{uid, token, deviceFlag?, deviceId?,
/// clientTimestamp?, clientKey?, version?}}` (PROTOCOL §6).
#[derive(Clone)]
pub(crate) struct JsonConnect<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) version: u8,
    /// `None` if the client sent none; it then counts as APP.
    pub(crate) device_flag: Option<DeviceFlag>,
    pub(crate) device_id: Cow<'a, str>,
    pub(crate) uid: Cow<'a, str>,
    pub(crate) client_timestamp: i64,
    token: Cow<'a, str>,
}

impl<'a> JsonConnect<'a> {
    /// Reads one request, as the scanner delimited it.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, JsonRpcError> {
        let text = utf8::text(bytes)
            .map_err(|error| malformed_behind(bytes.get(..error.valid_up_to())))?;
        let request: Request<'a> =
            serde_json::from_str(text).map_err(|error| JsonRpcError::Malformed {
                line: error.line(),
                column: error.column(),
            })?;
        if request.jsonrpc.is_some_and(|version| version.0 != "2.0") {
            return Err(JsonRpcError::Version);
        }
        if request.method.0 != "connect" {
            return Err(JsonRpcError::NotConnect);
        }
        let id = request.id.0;
        if id.len() > MAX_ID {
            return Err(JsonRpcError::IdTooLong {
                len: id.len(),
                max: MAX_ID,
            });
        }
        let params = request.params;
        Ok(JsonConnect {
            id,
            version: params.version.unwrap_or(DEFAULT_VERSION),
            device_flag: params.device_flag.map(DeviceFlag::from),
            device_id: params.device_id.0,
            uid: params.uid.0,
            client_timestamp: params.client_timestamp.unwrap_or_default(),
            token: params.token.0,
        })
    }

    pub(crate) fn token(&self) -> PresentedToken<'_> {
        PresentedToken::new(&self.token)
    }
}

impl fmt::Debug for JsonConnect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonConnect")
            .field("id", &Quoted(&self.id))
            .field("version", &self.version)
            .field("device_flag", &self.device_flag)
            .field("device_id", &Quoted(&self.device_id))
            .field("uid", &Quoted(&self.uid))
            .field("token", &self.token())
            .field("client_timestamp", &self.client_timestamp)
            .finish()
    }
}

/// Names the place of the byte behind those that are well.
fn malformed_behind(well: Option<&[u8]>) -> JsonRpcError {
    let lines = well.unwrap_or_default().split(|byte| *byte == b'\n');
    let (line, column) = lines.fold((0_usize, 0), |(line, _), text| {
        (line.saturating_add(1), text.len().saturating_add(1))
    });
    JsonRpcError::Malformed { line, column }
}

/// serde refuses a member that it knows and meets twice.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default, borrow, deserialize_with = "present")]
    jsonrpc: Option<Strict<'a>>,
    #[serde(borrow)]
    method: Strict<'a>,
    #[serde(borrow)]
    id: Strict<'a>,
    #[serde(borrow, deserialize_with = "object")]
    params: Params<'a>,
}

/// The Android EasySDK writes `device_flag` and `device_id`; upstream reads neither.
#[derive(Deserialize)]
struct Params<'a> {
    #[serde(default, borrow)]
    uid: Text<'a>,
    #[serde(default, borrow)]
    token: Text<'a>,
    #[serde(default, rename = "deviceFlag", alias = "device_flag")]
    device_flag: Option<u8>,
    #[serde(default, borrow, rename = "deviceId", alias = "device_id")]
    device_id: Text<'a>,
    #[serde(default, rename = "clientTimestamp")]
    client_timestamp: Option<i64>,
    /// There are no session keys over JSON-RPC; a wrong type is refused all the same.
    #[serde(default, borrow, rename = "clientKey")]
    #[allow(dead_code, reason = "read for its type")]
    client_key: Text<'a>,
    #[serde(default)]
    version: Option<u8>,
}

/// A string, borrowed if it has no escapes.
struct Strict<'a>(Cow<'a, str>);

/// A string; null counts as empty.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Strict<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(CowVisitor).map(Strict)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<Strict<'de>>::deserialize(deserializer)?;
        Ok(Text(text.map(|text| text.0).unwrap_or_default()))
    }
}

/// A member that may be left out, and not be null.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Strict<'a>>, D::Error> {
    Strict::deserialize(deserializer).map(Some)
}

/// Named members only: derived code would take a list for a struct as well.
fn object<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Params<'a>, D::Error> {
    struct ObjectVisitor;

    impl<'de> Visitor<'de> for ObjectVisitor {
        type Value = Params<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
            Params::deserialize(MapAccessDeserializer::new(members))
        }
    }

    deserializer.deserialize_map(ObjectVisitor)
}

struct CowVisitor;

impl<'de> Visitor<'de> for CowVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.into()))
    }
}
