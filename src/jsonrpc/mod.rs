//! The JSON-RPC 2.0 handshake of the EasySDKs (PROTOCOL §6).

mod error;
mod reply;
mod request;
mod scanner;

pub use error::JsonRpcError;
pub use reply::disconnect_notification;
pub(crate) use reply::{Accepted, refusal, success};
pub(crate) use request::ConnectRequest;
pub(crate) use scanner::Scanner;
