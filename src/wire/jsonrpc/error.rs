//! Errors of reading a JSON-RPC connect request.

/// Bytes from a peer that are not a connect request (PROTOCOL §6). Too few bytes are not an error.
///
/// ```
/// use wukongim_auth::session::JsonRpcError;
/// use wukongim_auth::{Acceptor, RequestError};
///
/// let error = Acceptor::new().with_json_rpc().push(b"[{}]").unwrap_err();
/// assert_eq!(error, RequestError::JsonRpc(JsonRpcError::Batch));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonRpcError {
    /// A batch of requests, which upstream does not support either.
    #[error("a batch of JSON-RPC requests is not supported")]
    Batch,
    /// The id is too long to be returned in a response.
    #[error("the JSON-RPC id has {len} bytes, at most {max} are accepted")]
    IdTooLong {
        /// Its length in bytes.
        len: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// The input is not JSON, or not a connect request: a member has the wrong type, is missing, or
    /// is given twice.
    #[error("the JSON-RPC request is malformed at line {line} column {column}")]
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1; 0 if the previous line ended too early.
        column: usize,
    },
    /// The first request is not `connect`.
    #[error("the first JSON-RPC request is not connect")]
    NotConnect,
    /// Objects and lists are nested too deeply.
    #[error("the JSON-RPC request is nested deeper than {max} levels")]
    TooDeep {
        /// The limit, in levels.
        max: usize,
    },
    /// The request is larger than your limit.
    #[error("the JSON-RPC request has more than {max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        max: usize,
    },
    /// There are more members than a connect request can need, counted by the commas between them.
    #[error("the JSON-RPC request has more than {max} members")]
    TooManyMembers {
        /// The limit, in members.
        max: usize,
    },
    /// The version in `jsonrpc` is not 2.0.
    #[error("the JSON-RPC version is not 2.0")]
    Version,
}

impl JsonRpcError {
    /// A stable label for metrics: the variant's name in snake_case, after `json_rpc_`.
    ///
    /// ```
    /// assert_eq!(wukongim_auth::session::JsonRpcError::Batch.label(), "json_rpc_batch");
    /// ```
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            JsonRpcError::Batch => "json_rpc_batch",
            JsonRpcError::IdTooLong { .. } => "json_rpc_id_too_long",
            JsonRpcError::Malformed { .. } => "json_rpc_malformed",
            JsonRpcError::NotConnect => "json_rpc_not_connect",
            JsonRpcError::TooDeep { .. } => "json_rpc_too_deep",
            JsonRpcError::TooLarge { .. } => "json_rpc_too_large",
            JsonRpcError::TooManyMembers { .. } => "json_rpc_too_many_members",
            JsonRpcError::Version => "json_rpc_version",
        }
    }
}
