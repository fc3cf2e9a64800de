//! The JSON-RPC 2.0 handshake of the EasySDKs (PROTOCOL §6).

mod error;
mod request;
mod response;
mod scanner;

pub use error::JsonRpcError;
pub(crate) use request::JsonConnect;
pub use response::disconnect_notification;
pub(crate) use response::{Accepted, json_refusal, json_success};
pub(crate) use scanner::Scanner;
