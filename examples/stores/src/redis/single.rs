//! The connection to one Redis, which all queries share. It is opened on first use. If it is lost,
//! stays silent, or leads to a Redis that has become a replica, it is replaced by a new one, to the
//! primary that is found then.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, RedisError, RedisResult, ServerErrorKind, Value, cmd};

use super::connection::PATIENCE;
use super::primary::Primary;

/// Queries that may wait to be written: as many as clients connect at once.
const QUEUE: usize = 4096;

/// One attempt to connect, shared by all callers that wait for it. If it fails, the next caller
/// starts another.
type Connecting = Shared<BoxFuture<'static, RedisResult<MultiplexedConnection>>>;

#[derive(Clone)]
pub struct Single {
    primary: Arc<Primary>,
    current: Arc<Mutex<Connecting>>,
    repeats: bool,
}

impl Single {
    pub fn new(primary: Arc<Primary>) -> Self {
        let current = Arc::new(Mutex::new(connecting(&primary)));
        Single {
            primary,
            current,
            repeats: true,
        }
    }

    /// For commands that must not run twice: if the connection is lost, they are not sent again.
    /// Other commands are: Redis closes idle connections (`timeout`), as load balancers do, and the
    /// next caller should not fail because of that.
    pub fn without_repeating(mut self) -> Self {
        self.repeats = false;
        self
    }

    pub async fn command(&self, command: &Cmd) -> RedisResult<Value> {
        match self.attempt(command).await {
            // A replica has not executed the command.
            Err(error) if is_read_only(&error) => self.attempt(command).await,
            Err(error) if self.repeats && error.is_connection_dropped() => {
                self.attempt(command).await
            }
            outcome => outcome,
        }
    }

    async fn attempt(&self, command: &Cmd) -> RedisResult<Value> {
        let connecting = self.lock().clone();
        let outcome = match connecting.clone().await {
            Ok(connection) => ask(connection, command).await,
            Err(error) => Err(error),
        };
        // The client returns what Redis refuses as a value.
        let outcome = match outcome {
            Ok(Value::ServerError(error)) => Err(error.into()),
            outcome => outcome,
        };
        if outcome.as_ref().is_err_and(is_lost) {
            self.replace(&connecting);
        }
        outcome
    }

    /// Among all callers that find the connection lost, the first one replaces it.
    fn replace(&self, lost: &Connecting) {
        let mut current = self.lock();
        if current.ptr_eq(lost) {
            *current = connecting(&self.primary);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connecting> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing happens until a caller waits for it; from then on, it continues whether they wait or
/// not.
fn connecting(primary: &Arc<Primary>) -> Connecting {
    let primary = primary.clone();
    let connecting = async move {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(QUEUE);
        let connect = async move {
            let client = primary.client().await?;
            client
                .get_multiplexed_async_connection_with_config(&config)
                .await
        };
        tokio::spawn(connect)
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
    };
    connecting.boxed().shared()
}

/// If the client accepts a command at the very moment in which the connection ends, it keeps the
/// command, and the answer times out. A connection that has ended accepts no further command, and
/// reports that immediately.
async fn ask(mut connection: MultiplexedConnection, command: &Cmd) -> RedisResult<Value> {
    let outcome = connection.send_packed_command(command).await;
    if !outcome.as_ref().is_err_and(RedisError::is_timeout) {
        return outcome;
    }
    let ping = cmd("PING");
    match connection.send_packed_command(&ping).now_or_never() {
        Some(Err(has_ended)) => Err(has_ended),
        _ => outcome,
    }
}

/// Whether the connection is of no use any more. If it is open but silent for as long as an answer
/// may take, it is not kept until the kernel gives it up, which may never happen.
fn is_lost(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error() || is_read_only(error)
}

/// Redis 6 says this in the message of the script that failed.
fn is_read_only(error: &RedisError) -> bool {
    error.kind() == ServerErrorKind::ReadOnly.into()
        || error
            .detail()
            .is_some_and(|words| words.contains("READONLY"))
}
