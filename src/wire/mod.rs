//! The wire formats: frames of the binary protocol, and the JSON-RPC form of the handshake.

pub mod frame;
#[cfg(feature = "jsonrpc")]
mod jsonrpc;
mod reason_code;
mod utf8;

#[cfg(feature = "jsonrpc")]
pub(crate) use jsonrpc::{Accepted, JsonConnect, Scanner, json_refusal, json_success};
#[cfg(feature = "jsonrpc")]
pub use jsonrpc::{JsonRpcError, disconnect_notification};
pub(crate) use reason_code::ReasonCode;
