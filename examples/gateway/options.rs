//! The command line, and the combinations of it that are refused.

use std::net::SocketAddr;
use std::time::Duration;

use wukongim_auth::Token;

/// A WuKongIM gateway: registers tokens over HTTP, verifies clients over TCP and WebSocket.
#[derive(clap::Parser)]
pub struct Options {
    /// Where the business server registers tokens
    #[arg(long, default_value = "127.0.0.1:5001")]
    pub http: SocketAddr,

    /// Where native SDKs connect
    #[arg(long, default_value = "127.0.0.1:5100")]
    pub tcp: SocketAddr,

    /// Where JavaScript SDKs connect
    #[arg(long, default_value = "127.0.0.1:5200")]
    pub ws: SocketAddr,

    /// This node's id, told to clients
    #[arg(long, default_value_t = 1)]
    pub node_id: u64,

    /// What the business server must send in the header `token`
    #[arg(long, env = "MANAGER_TOKEN", hide_env_values = true, value_parser = manager_token)]
    pub manager_token: Option<Token>,

    /// Where tokens are kept: `memory`; `faulty:FILE` is a memory whose look-ups fail while FILE
    /// exists, to see what clients then do
    #[arg(long, default_value = "memory")]
    pub store: String,

    /// Seconds in which a connection must have sent its CONNECT
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub connect_timeout: Duration,

    /// Seconds after which a token ends; without it tokens do not end by themselves
    #[arg(long, value_parser = seconds)]
    pub token_lifetime: Option<Duration>,

    /// Connections that may be waiting for their verdict at the same time
    #[arg(long, default_value_t = 1024)]
    pub max_unauthenticated: usize,
}

impl Options {
    /// Whoever reaches the HTTP port can make himself any user: it is for this machine only, or
    /// for those who know the manager token.
    pub fn check(&self) -> Result<(), String> {
        if self.manager_token.is_none() && !self.http.ip().is_loopback() {
            return Err(format!(
                "--http {} can be reached from other machines: set --manager-token",
                self.http
            ));
        }
        Ok(())
    }
}

fn manager_token(text: &str) -> Result<Token, String> {
    if text.trim().is_empty() {
        return Err("must not be blank".into());
    }
    Ok(Token::new(text))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
