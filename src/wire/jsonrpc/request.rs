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

/// The longest id that is accepted, in bytes.
const MAX_ID: usize = 1024;

/// The version assumed for a client that sends none, or 0: the newest.
const LATEST_VERSION: u8 = 6;

/// `{"jsonrpc"?:"2.0","method":"connect","id":"…","params":{uid, token, deviceFlag?, deviceId?,
/// clientTimestamp?, clientKey?, version?}}`, the last five in snake_case too (PROTOCOL §6).
#[derive(Clone)]
pub(crate) struct JsonConnect<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) version: u8,
    /// `None` if the client sent none. It is then treated as APP.
    pub(crate) device_flag: Option<DeviceFlag>,
    pub(crate) device_id: Cow<'a, str>,
    pub(crate) uid: Cow<'a, str>,
    pub(crate) client_timestamp: i64,
    token: Cow<'a, str>,
}

impl<'a> JsonConnect<'a> {
    /// Reads one request that the scanner has delimited.
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
        // camelCase takes precedence; null counts as absent.
        let device_flag = params.device_flag.or(params.device_flag_snake);
        let device_id = params.device_id.or(params.device_id_snake);
        let client_timestamp = params.client_timestamp.or(params.client_timestamp_snake);
        Ok(JsonConnect {
            id,
            version: params
                .version
                .filter(|version| *version != 0)
                .unwrap_or(LATEST_VERSION),
            device_flag: device_flag.map(DeviceFlag::from),
            device_id: member_text(device_id),
            uid: member_text(params.uid),
            client_timestamp: client_timestamp.unwrap_or_default(),
            token: member_text(params.token),
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

/// Returns an error that points at the byte after the valid ones.
fn malformed_behind(well: Option<&[u8]>) -> JsonRpcError {
    let lines = well.unwrap_or_default().split(|byte| *byte == b'\n');
    let (line, column) = lines.fold((0_usize, 0), |(line, _), text| {
        (line.saturating_add(1), text.len().saturating_add(1))
    });
    JsonRpcError::Malformed { line, column }
}

/// The members of a request. serde rejects a known member that is given twice.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default, borrow, deserialize_with = "present")]
    jsonrpc: Option<Strict<'a>>,
    #[serde(borrow)]
    method: Strict<'a>,
    #[serde(borrow)]
    id: Strict<'a>,
    #[serde(borrow, deserialize_with = "object_or_null")]
    params: Params<'a>,
}

/// The members of `params`. The Android EasySDK writes only snake_case, the others camelCase.
#[derive(Default, Deserialize)]
struct Params<'a> {
    #[serde(default, borrow)]
    uid: Option<Strict<'a>>,
    #[serde(default, borrow)]
    token: Option<Strict<'a>>,
    #[serde(default, rename = "deviceFlag")]
    device_flag: Option<u8>,
    #[serde(default, rename = "device_flag")]
    device_flag_snake: Option<u8>,
    #[serde(default, borrow, rename = "deviceId")]
    device_id: Option<Strict<'a>>,
    #[serde(default, borrow, rename = "device_id")]
    device_id_snake: Option<Strict<'a>>,
    #[serde(default, rename = "clientTimestamp")]
    client_timestamp: Option<i64>,
    #[serde(default, rename = "client_timestamp")]
    client_timestamp_snake: Option<i64>,
    /// JSON-RPC has no session keys, but a wrong type is rejected as for any other member.
    #[serde(default, borrow, rename = "clientKey")]
    #[allow(dead_code, reason = "read for its type")]
    client_key: Option<Strict<'a>>,
    #[serde(default, borrow, rename = "client_key")]
    #[allow(dead_code, reason = "read for its type")]
    client_key_snake: Option<Strict<'a>>,
    #[serde(default)]
    version: Option<u8>,
}

/// A string, borrowed if it contains no escapes.
struct Strict<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Strict<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(CowVisitor).map(Strict)
    }
}

/// The text of a member, empty if the member is absent or null.
fn member_text(member: Option<Strict<'_>>) -> Cow<'_, str> {
    member.map(|text| text.0).unwrap_or_default()
}

/// Reads a member that may be absent but not null.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Strict<'a>>, D::Error> {
    Strict::deserialize(deserializer).map(Some)
}

/// Accepts only named members and null. Derived code would also accept a list for a struct. Null
/// stands for no members, as in upstream.
fn object_or_null<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Params<'a>, D::Error> {
    struct ObjectVisitor;

    impl<'de> Visitor<'de> for ObjectVisitor {
        type Value = Params<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object or null")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Params::default())
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
            Params::deserialize(MapAccessDeserializer::new(members))
        }
    }

    deserializer.deserialize_any(ObjectVisitor)
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
