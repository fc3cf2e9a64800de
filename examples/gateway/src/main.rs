//! `cargo run --release -p wukongim-gateway`
//!
//! A gateway that clients with unmodified WuKongIM SDKs connect to: the business server registers
//! tokens over HTTP, clients come in over TCP or WebSocket, are verified, and have their messages
//! echoed. It is meant to be copied: what a host adds around `wukongim-auth` is here once, a file
//! for each idea.
//!
//! ```text
//! curl -d '{"uid":"alice","token":"s3cret","device_flag":1}' http://127.0.0.1:5001/user/token
//! ```
//!
//! A connection that has not authenticated costs about 7 KiB while it is silent, 9 over WebSocket,
//! 16 in the midst of the longest request, and 37 over WebSocket where it makes the most of what it
//! may send. 1,024 of them may wait at the same time, for 5 seconds each (`--max-unauthenticated`,
//! `--connect-timeout`): 37 MiB in all, besides address space that a WebSocket frame's announced
//! length reserves and nothing fills. `cargo test --release --test gateway_preauth --
//! --nocapture` measures it again.
//!
//! | File | Holds |
//! |---|---|
//! | `options` | the command line |
//! | `gateway` | what all connections share |
//! | `listen` | accepting sockets, with a cap on those that have not authenticated; what is no gateway's
//! | | own in it, and more, is in `wukongim-serving` |
//! | `behind_proxy` | where clients come from by the word of a load balancer |
//! | `tcp`, `ws`, `transport` | the two kinds of socket, and what they have in common |
//! | `connection` | from the first byte to the answer to connect |
//! | `session`, `conversation` | from there to the end, in one of two protocols: |
//! | `wkproto` | the binary one, with `packets`, `messages` and `crypto` for SEND, SENDACK and RECV |
//! | `rpc`, `json_framing` | JSON-RPC, and where its messages end |
//! | `key_agreement` | what makes session keys |
//! | `sessions`, `expiry`, `cluster`, `store`, `deadline` | who is connected and what ends that, and where
//! | | tokens are kept: in `wukongim-serving`, for other servers too |
//! | `http` | `POST /user/token`, `POST /user/device_quit` |

mod behind_proxy;
mod connection;
mod conversation;
mod crypto;
mod devices;
mod gateway;
mod http;
mod json_framing;
mod key_agreement;
mod listen;
mod messages;
mod options;
mod packets;
mod rpc;
mod session;
mod tcp;
mod transport;
mod wkproto;
mod ws;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Parser;
use tokio::task::JoinSet;
use tracing::{error, info};
use wukongim_auth::BoxError;
use wukongim_serving::{cluster, deadline, expiry, sessions, store};
use wukongim_serving::{listener, shutdown};

use gateway::Gateway;
use options::{LogFormat, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    log(&options);
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// To stderr, for people or for machines.
fn log(options: &Options) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(options.log_level)
        .with_writer(io::stderr);
    match options.log_format {
        LogFormat::Text => subscriber.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => subscriber.json().init(),
    }
}

async fn run(options: Options) -> Result<(), BoxError> {
    options.check()?;
    let http = listener::bind(options.http)?;
    let tcp = listener::bind(options.tcp)?;
    let ws = listener::bind(options.ws)?;
    let ready = format!(
        "ready http={} tcp={} ws={}",
        http.local_addr()?,
        tcp.local_addr()?,
        ws.local_addr()?
    );
    let gateway = Arc::new(Gateway::open(options)?);
    let mut listeners = JoinSet::new();
    listeners.spawn(http::serve(gateway.clone(), http));
    listeners.spawn(listen::accept(gateway.clone(), tcp, tcp::serve));
    listeners.spawn(listen::accept(gateway.clone(), ws, ws::serve));
    expiry::start(&gateway);
    cluster::start(&gateway);
    let stop = shutdown::requested()?;
    writeln!(io::stdout(), "{ready}")?;

    stop.await;
    // First, so that nobody comes in behind those who are sent away.
    listeners.shutdown().await;
    gateway.stopping.store(true, Ordering::Relaxed);
    info!("closing {} sessions", gateway.sessions.len());
    gateway.sessions.close_all().await;
    Ok(())
}
