//! A connect request in either protocol.

use crate::credentials::Credentials;
use crate::device::DeviceFlag;
use crate::handshake::delimit::Delimited;
use crate::handshake::other_protocol::in_place_of_connect;
use crate::handshake::protocol::Protocol;
use crate::handshake::request_error::RequestError;
#[cfg(feature = "jsonrpc")]
use crate::wire::JsonConnect;
use crate::wire::frame::{Connect, FrameError};

/// A decoded connect request.
#[derive(Clone, Debug)]
pub(crate) enum Request<'a> {
    Wkproto(Connect<'a>),
    #[cfg(feature = "jsonrpc")]
    JsonRpc(JsonConnect<'a>),
}

impl<'a> Request<'a> {
    #[inline(always)]
    pub(crate) fn decode(request: Delimited<'a>, bytes: &[u8]) -> Result<Self, RequestError> {
        let Delimited { protocol, body } = request;
        Ok(match protocol {
            Protocol::Wkproto => Request::Wkproto(
                Connect::decode(body).map_err(|error| not_a_connect(bytes, body, error))?,
            ),
            #[cfg(feature = "jsonrpc")]
            Protocol::JsonRpc => Request::JsonRpc(JsonConnect::decode(body)?),
        })
    }
}

/// Some other protocols begin with bytes that look like a CONNECT's; names them if the CONNECT is
/// unreadable.
#[cold]
fn not_a_connect(bytes: &[u8], body: &[u8], error: FrameError) -> RequestError {
    in_place_of_connect(bytes.first(), body).map_or(error.into(), RequestError::OtherProtocol)
}

impl Request<'_> {
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        match self {
            Request::Wkproto(connect) => {
                Credentials::new(connect.uid, connect.device_flag, connect.token)
                    .with_device_id(connect.device_id)
            }
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => {
                let (uid, device_flag) = self.peer();
                let credentials = Credentials::new(uid, device_flag, request.token())
                    .with_device_id(&request.device_id);
                match request.device_flag {
                    Some(_) => credentials,
                    None => credentials.with_device_flag_missing(),
                }
            }
        }
    }

    /// The user and the device flag to verify. A JSON-RPC client that sent no device flag is
    /// treated as APP.
    pub(crate) fn peer(&self) -> (&str, DeviceFlag) {
        match self {
            Request::Wkproto(connect) => (connect.uid, connect.device_flag),
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => {
                let device_flag = request.device_flag.unwrap_or(DeviceFlag::App);
                (&request.uid, device_flag)
            }
        }
    }

    pub(crate) const fn protocol(&self) -> Protocol {
        match self {
            Request::Wkproto(_) => Protocol::Wkproto,
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(_) => Protocol::JsonRpc,
        }
    }

    /// The version that the client speaks.
    pub(crate) const fn version(&self) -> u8 {
        match self {
            Request::Wkproto(connect) => connect.version,
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => request.version,
        }
    }

    pub(crate) const fn client_timestamp(&self) -> i64 {
        match self {
            Request::Wkproto(connect) => connect.client_timestamp,
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => request.client_timestamp,
        }
    }

    /// The client's public key for session keys, empty if it sent none. `None` for JSON-RPC, which
    /// has no keys.
    #[cfg(feature = "session")]
    pub(crate) const fn client_key(&self) -> Option<&str> {
        match self {
            Request::Wkproto(connect) => Some(connect.client_key),
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(_) => None,
        }
    }
}
