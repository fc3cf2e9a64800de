//! What can go wrong. None of it says anything about a client, so all of it closes for retry.

use std::future::Future;
use std::time::Duration;

use redis::RedisError;
use tokio::time::timeout;
use wukongim_auth::provision::StoredRecordError;

/// How long one query may take, including the connection if it has to be opened first.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
    #[error("Redis did not answer in {ANSWER_WITHIN:?}")]
    Silent,
    #[error("the ACL user may not subscribe to {channel}")]
    MayNotSubscribe { channel: &'static str },
    #[error("the subscription has ended")]
    Unsubscribed,
    #[error("the record in field {field} of {key:?} cannot be read: {why}")]
    Unreadable { key: String, field: u8, why: Why },
    #[error("there is no token")]
    Absent,
    #[error("the token was revoked, issue a new one instead of rotating it")]
    Revoked,
}

#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// Without the library's own message, which may quote the record, and with it a token.
    #[error("it is not a record as JSON, at line {line} column {column}")]
    Json { line: usize, column: usize },
    #[error(transparent)]
    Record(#[from] StoredRecordError),
    #[error("it has {len} bytes, far more than any record")]
    TooLong { len: i64 },
    #[error("its version or its secret is not known")]
    Script,
}

/// The answer, if it arrives in time.
pub async fn in_time<T, E>(answer: impl Future<Output = Result<T, E>>) -> Result<T, Fault>
where
    Fault: From<E>,
{
    match timeout(ANSWER_WITHIN, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Fault::Silent),
    }
}

impl From<serde_json::Error> for Why {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Why::Json { line, column }
    }
}
