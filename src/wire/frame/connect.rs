//! CONNECT, client to server: who the client claims to be.

use core::fmt;

use bytes::BufMut;

use super::error::{EncodeError, FrameError};
use super::first_byte::{Flags, FrameType};
use super::header;
use super::limits::Limits;
use super::reader::{MAX_STRING, Reader};
use super::writer::{put_string, string_len};
use crate::device::DeviceFlag;
use crate::escape::Quoted;
use crate::token::PresentedToken;

/// A CONNECT, the first frame of a client, the same in every version (PROTOCOL §2).
///
/// On the wire: `version u8 · device_flag u8 · device_id str · uid str · token str ·
/// client_timestamp i64 · client_key str`. A `str` is a big-endian u16 length followed by that many
/// bytes of UTF-8.
///
/// `Debug` shows only the token's fingerprint.
///
/// ```
/// use wukongim_auth::DeviceFlag;
/// use wukongim_auth::frame::{Connect, Flags};
///
/// let mut connect = Connect::new(4, "alice", DeviceFlag::Web, "s3cret");
/// connect.device_id = "a1b2W";
/// let mut bytes = Vec::new();
/// connect.encode(Flags::default(), &mut bytes)?;
///
/// let body = &bytes[2..];
/// assert_eq!(Connect::decode(body).unwrap().uid, "alice");
/// # Ok::<(), wukongim_auth::frame::EncodeError>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Connect<'a> {
    /// The client's protocol version: 1 to 6 so far. Any value is accepted.
    pub version: u8,
    /// The kind of device.
    pub device_flag: DeviceFlag,
    /// The device's own id.
    pub device_id: &'a str,
    /// The user.
    pub uid: &'a str,
    /// The token.
    pub token: PresentedToken<'a>,
    /// The client's clock, unchecked: milliseconds since the Unix epoch from most SDKs, seconds
    /// from the Go SDK, 0 from some.
    pub client_timestamp: i64,
    /// Base64 of the client's 32-byte X25519 public key, unchecked.
    pub client_key: &'a str,
}

impl<'a> Connect<'a> {
    /// Creates a CONNECT with the required fields. Set the others on the result.
    ///
    /// ```
    /// use wukongim_auth::DeviceFlag;
    /// use wukongim_auth::frame::{Connect, Flags};
    ///
    /// let mut bytes = Vec::new();
    /// let connect = Connect::new(4, "alice", DeviceFlag::App, "s3cret");
    /// connect.encode(Flags::default(), &mut bytes)?;
    /// assert_eq!(bytes[0] >> 4, 1);
    /// # Ok::<(), wukongim_auth::frame::EncodeError>(())
    /// ```
    #[must_use]
    pub fn new(
        version: u8,
        uid: &'a str,
        device_flag: DeviceFlag,
        token: impl Into<PresentedToken<'a>>,
    ) -> Self {
        let token = token.into();
        let (device_id, client_timestamp, client_key) = ("", 0, "");
        Connect {
            version,
            device_flag,
            device_id,
            uid,
            token,
            client_timestamp,
            client_key,
        }
    }

    /// Reads a CONNECT's body. Bytes after the last field are ignored, because that is how upstream
    /// adds fields.
    ///
    /// # Errors
    /// [`FrameError`], which names the field that is truncated, too long, or not UTF-8.
    #[inline(always)]
    pub fn decode(body: &'a [u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(body);
        let version = reader.u8("version")?;
        let device_flag = DeviceFlag::from(reader.u8("device_flag")?);
        let device_id = reader.str("device_id")?;
        let uid = reader.str("uid")?;
        let token = reader.str("token")?;
        let client_timestamp = reader.i64("client_timestamp")?;
        let client_key = reader.str("client_key")?;
        let token = PresentedToken::new(token);
        Ok(Connect {
            version,
            device_flag,
            device_id,
            uid,
            token,
            client_timestamp,
            client_key,
        })
    }

    pub(super) fn body_len(&self) -> Result<usize, EncodeError> {
        let strings = [
            string_len("device_id", self.device_id)?,
            string_len("uid", self.uid)?,
            string_len("token", self.token.expose_secret())?,
            string_len("client_key", self.client_key)?,
        ];
        Ok(strings.into_iter().fold(1 + 1 + 8, usize::saturating_add))
    }

    /// Writes the whole frame, or nothing.
    ///
    /// # Errors
    /// [`EncodeError`] if a string is too long for its length field, or if `out` has too little
    /// room.
    pub fn encode(&self, flags: Flags, out: &mut impl BufMut) -> Result<(), EncodeError> {
        header::begin(FrameType::Connect, flags, self.body_len()?, out)?;
        out.put_u8(self.version);
        out.put_u8(self.device_flag.wire());
        put_string(out, self.device_id);
        put_string(out, self.uid);
        put_string(out, self.token.expose_secret());
        out.put_i64(self.client_timestamp);
        put_string(out, self.client_key);
        Ok(())
    }
}

/// Length of a CONNECT's body without the content of its strings: version, flag, timestamp, and
/// four lengths.
const WITHOUT_STRINGS: usize = 1 + 1 + 8 + 4 * 2;

/// The longest string that fits into a CONNECT whose other strings have `others` bytes in total. A
/// JSON-RPC request needs more bytes for the same content.
pub(crate) const fn longest_string(limits: Limits, others: usize) -> usize {
    let room = limits.max_body().saturating_sub(WITHOUT_STRINGS);
    match room.saturating_sub(others) {
        room if room < MAX_STRING => room,
        _ => MAX_STRING,
    }
}

impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("device_flag", &self.device_flag)
            .field("device_id", &Quoted(self.device_id))
            .field("uid", &Quoted(self.uid))
            .field("token", &self.token)
            .field("client_timestamp", &self.client_timestamp)
            .field("client_key", &Quoted(self.client_key))
            .finish()
    }
}
