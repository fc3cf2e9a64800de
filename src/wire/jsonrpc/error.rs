//! What can be wrong with a JSON-RPC connect request.

/// What a peer sent that is no connect request (PROTOCOL §6). Too few bytes are no error.
///
/// ```
/// use wukongim_auth::frame::FrameError;
/// use wukongim_auth::{Acceptor, JsonRpcError};
///
/// let error = Acceptor::new().push(b"[{}]").unwrap_err();
/// assert_eq!(error, FrameError::JsonRpc(JsonRpcError::Batch));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonRpcError {
    /// A list of requests; upstream knows no batches.
    #[error("a batch of JSON-RPC requests is not supported")]
    Batch,
    /// The id is too long to be sent back.
    #[error("the JSON-RPC id has {len} bytes, at most {max} are accepted")]
    IdTooLong {
        /// Bytes that it has.
        len: usize,
        /// Bytes that are accepted.
        max: usize,
    },
    /// Not JSON, or not of a connect request's shape: a member of the wrong type, one that is
    /// given twice, one that is missing.
    #[error("the JSON-RPC request is malformed at line {line} column {column}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 where the fault is that the line before ended.
        column: usize,
    },
    /// The first request is another than `connect`.
    #[error("the first JSON-RPC request is not connect")]
    NotConnect,
    /// Objects and lists nested too deep.
    #[error("the JSON-RPC request is nested deeper than {max} levels")]
    TooDeep {
        /// Levels that are accepted.
        max: usize,
    },
    /// The request is larger than the host accepts.
    #[error("the JSON-RPC request has more than {max} bytes")]
    TooLarge {
        /// Bytes that are accepted.
        max: usize,
    },
    /// More members than a request can need, counted by the commas between them.
    #[error("the JSON-RPC request has more than {max} members")]
    TooManyMembers {
        /// Members that are accepted.
        max: usize,
    },
    /// `jsonrpc` is another version than 2.0.
    #[error("the JSON-RPC version is not 2.0")]
    Version,
}
