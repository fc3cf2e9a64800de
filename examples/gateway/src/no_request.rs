//! Why a connection's bytes are not a connect request.

use std::io::{self, ErrorKind};

use wukongim_auth::RequestError;
use wukongim_serving::refusal_kind;

/// What ended the connection, with a label for metrics.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum NoRequest {
    /// The bytes are something else.
    Request(#[from] RequestError),
    /// The socket was closed, or failed.
    Io(#[from] io::Error),
}

impl NoRequest {
    /// The crate's label, or one of [`refusal_kind`].
    pub fn kind(&self) -> &'static str {
        match self {
            NoRequest::Request(error) => error.label(),
            NoRequest::Io(error) => match error.kind() {
                ErrorKind::FileTooLarge => refusal_kind::TOO_LARGE,
                ErrorKind::InvalidData => refusal_kind::MALFORMED_WEBSOCKET,
                _ => refusal_kind::GONE,
            },
        }
    }
}
