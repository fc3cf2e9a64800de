//! CONNACK, server to client: the client is accepted or refused.

use core::fmt;

use bytes::BufMut;

use super::error::{EncodeError, FrameError};
use super::first_byte::{Flags, FrameType};
use super::header;
use super::reader::Reader;
use super::writer::{put_string, string_len};
use crate::escape::Quoted;
use crate::wire::reason_code::ReasonCode;

/// The first session version whose CONNACK ends with the node's id.
const NODE_ID_SINCE: u8 = 4;

/// A CONNACK, the server's answer to CONNECT (PROTOCOL §3).
///
/// On the wire: `[server_version u8, if flag bit 0] · time_diff i64 · reason u8 · server_key str ·
/// salt str · [node_id u64, if the session's version is 4 or more]`.
///
/// ```
/// use wukongim_auth::frame::ReasonCode;
/// use wukongim_auth::frame::Connack;
///
/// // To a client of version 3, which knows neither server version nor node id.
/// let mut bytes = Vec::new();
/// Connack::new(ReasonCode::AuthFail).encode(3, &mut bytes)?;
/// assert_eq!(bytes, b"\x20\x0d\0\0\0\0\0\0\0\0\x02\0\0\0\0");
/// # Ok::<(), wukongim_auth::frame::EncodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connack<'a> {
    /// The session's version: the smaller of the client's and the server's. It must not be sent to
    /// clients below version 4, which do not know this field.
    pub server_version: Option<u8>,
    /// The server's clock minus the client's timestamp, in milliseconds.
    pub time_diff: i64,
    /// Success, or the reason for the refusal.
    pub reason: ReasonCode,
    /// Base64 of the server's 32-byte X25519 public key. Empty if there are no session keys.
    pub server_key: &'a str,
    /// The initialisation vector of the session's cipher, 16 ASCII characters.
    pub salt: &'a str,
    /// The server's node id. Below session version 4 it is not on the wire and is read as 0.
    pub node_id: u64,
}

impl<'a> Connack<'a> {
    /// Creates a CONNACK with only a reason. Set the other fields on the result.
    #[must_use]
    pub const fn new(reason: ReasonCode) -> Self {
        Connack {
            server_version: None,
            time_diff: 0,
            reason,
            server_key: "",
            salt: "",
            node_id: 0,
        }
    }

    /// Reads a CONNACK's body. Bytes after the last field are ignored.
    ///
    /// # Errors
    /// [`FrameError`], which names the field that is truncated, too long, or not UTF-8.
    pub fn decode(flags: Flags, body: &'a [u8], session_version: u8) -> Result<Self, FrameError> {
        let mut reader = Reader::new(body);
        // Bit 0 is "no persist" in other frames; in a CONNACK it announces the server version.
        let has_server_version = flags.no_persist();
        Ok(Connack {
            server_version: match has_server_version {
                true => Some(reader.u8("server_version")?),
                false => None,
            },
            time_diff: reader.i64("time_diff")?,
            reason: ReasonCode::from(reader.u8("reason_code")?),
            server_key: reader.str("server_key")?,
            salt: reader.str("salt")?,
            node_id: match session_version >= NODE_ID_SINCE {
                true => reader.u64("node_id")?,
                false => 0,
            },
        })
    }

    pub(super) fn body_len(&self, session_version: u8) -> Result<usize, EncodeError> {
        let optional = [
            usize::from(self.server_version.is_some()),
            if session_version >= NODE_ID_SINCE {
                8
            } else {
                0
            },
            string_len("server_key", self.server_key)?,
            string_len("salt", self.salt)?,
        ];
        Ok(optional.into_iter().fold(8 + 1, usize::saturating_add))
    }

    /// Writes the whole frame, or nothing. Its only flag says whether there is a server version.
    ///
    /// # Errors
    /// [`EncodeError`] if a string is too long for its length field, or if `out` has too little
    /// room.
    #[inline]
    pub fn encode(&self, session_version: u8, out: &mut impl BufMut) -> Result<(), EncodeError> {
        match self.without_strings(session_version) {
            Some(bytes) => header::put(&bytes, out),
            None => self.encode_any(session_version, out),
        }
    }

    /// Out of line, so that the short form, which is put in place, is short.
    #[inline(never)]
    fn encode_any(&self, session_version: u8, out: &mut impl BufMut) -> Result<(), EncodeError> {
        let flags = Flags::from_bits(self.server_version.is_some().into());
        header::begin(
            FrameType::Connack,
            flags,
            self.body_len(session_version)?,
            out,
        )?;
        if let Some(version) = self.server_version {
            out.put_u8(version);
        }
        out.put_i64(self.time_diff);
        out.put_u8(self.reason.wire());
        put_string(out, self.server_key);
        put_string(out, self.salt);
        if session_version >= NODE_ID_SINCE {
            out.put_u64(self.node_id);
        }
        Ok(())
    }

    /// Returns the whole frame if it has both optional numbers and no strings.
    ///
    /// All refusals of current clients, and all successes without session keys, have this form. Its
    /// size is fixed, so it is built as an array and written once: 20 instructions, against 173
    /// field by field.
    #[inline(always)]
    fn without_strings(&self, session_version: u8) -> Option<[u8; 24]> {
        let (Some(version), "", "", NODE_ID_SINCE..) = (
            self.server_version,
            self.server_key,
            self.salt,
            session_version,
        ) else {
            return None;
        };
        let [t0, t1, t2, t3, t4, t5, t6, t7] = self.time_diff.to_be_bytes();
        let [n0, n1, n2, n3, n4, n5, n6, n7] = self.node_id.to_be_bytes();
        let first = FrameType::Connack.wire() << 4 | 1;
        let reason = self.reason.wire();
        Some([
            first, 22, version, t0, t1, t2, t3, t4, t5, t6, t7, reason, // no key, no salt:
            0, 0, 0, 0, n0, n1, n2, n3, n4, n5, n6, n7,
        ])
    }
}

impl fmt::Debug for Connack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connack")
            .field("server_version", &self.server_version)
            .field("time_diff", &self.time_diff)
            .field("reason", &self.reason)
            .field("server_key", &Quoted(self.server_key))
            .field("salt", &Quoted(self.salt))
            .field("node_id", &self.node_id)
            .finish()
    }
}
