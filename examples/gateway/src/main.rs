//! `cargo run --release -p wukongim-gateway`
//!
//! A gateway that clients with unmodified WuKongIM SDKs connect to. The business server registers tokens
//! over HTTP; clients connect over TCP or WebSocket, are verified, and get their messages echoed. It is
//! meant to be copied: everything that a server adds around `wukongim-auth` is here once, one idea per
//! file.
//!
//! ```text
//! curl -d '{"uid":"alice","token":"s3cret","device_flag":1}' http://127.0.0.1:5001/user/token
//! ```
//!
//! An unauthenticated connection costs about 7 KiB while it is silent, 9 KiB over WebSocket, 16 KiB in
//! the middle of the longest request, and at most 37 KiB over WebSocket. 1,024 of them may wait at the
//! same time, for 5 seconds each (`--max-unauthenticated`, `--connect-timeout`): 37 MiB in all, not
//! counting address space that a WebSocket frame's announced length reserves but never fills.
//! `cargo test --release --test gateway_preauth -- --nocapture` measures it again.
//!
//! Refusals are sampled and summed up in the log, and counted in `GET /metrics`. Like `GET /health`, this
//! needs no manager token, because it contains no secret. `docs/labels-and-events.md` explains the
//! labels. `Dockerfile` and `compose.yaml` are beside `src`.
//!
//! | File | Holds |
//! |---|---|
//! | `options` | the command line |
//! | `gateway` | what all connections share |
//! | `tcp`, `ws`, `transport` | the two kinds of socket, and what they have in common |
//! | `no_websocket`, `subprotocol` | other requests to the WebSocket port; the choice of a subprotocol |
//! | `connection` | from the first byte to the answer |
//! | `no_request`, `refused` | connections that end without an answer: their labels for metrics and the log |
//! | `session`, `conversation` | from there to the end, in one of two protocols: |
//! | `wkproto` | the binary one, with `packets`, `messages` and `crypto` for SEND, SENDACK and RECV |
//! | `rpc`, `json_framing` | JSON-RPC, and where its messages end |
//! | `key_agreement` | the key agreement for session keys |
//! | `manager_port`, `http` | `POST /user/token`, `POST /user/device_quit` |
//! | `manager_page` | `GET /health`, `GET /metrics`, and the count of all requests |
//!
//! Parts that other servers can share are in `wukongim-serving`: accepting sockets, with a limit on
//! unauthenticated ones; sessions and what ends them; where tokens are kept.

mod connection;
mod conversation;
mod crypto;
mod devices;
mod gateway;
mod http;
mod json_framing;
mod key_agreement;
mod manager_page;
mod manager_port;
mod messages;
mod no_request;
mod no_websocket;
mod options;
mod packets;
mod refused;
mod rpc;
mod session;
mod subprotocol;
mod tcp;
mod transport;
mod wkproto;
mod ws;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::error;
use wukongim_auth::BoxError;
use wukongim_serving::refusal_log::RefusalLog;
use wukongim_serving::{cluster, deadline, drain, expiry, sessions, store};
use wukongim_serving::{command_line, health_probe, listener, rejection, shutdown};

use gateway::Gateway;
use options::{Command, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let options: Options = command_line::parse();
    let refusals = options.log.init(rejection::is_logged);
    let ended = match options.command {
        Some(Command::Health) => health_probe::ask(options.http, "/health").map_err(BoxError::from),
        None => run(options, &refusals).await,
    };
    refusals.sum_up();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options, refusals: &RefusalLog) -> Result<(), BoxError> {
    options.check()?;
    let within = options.drain;
    let http = listener::bind("--http", options.http)?;
    let tcp = listener::bind("--tcp", options.tcp)?;
    let ws = listener::bind("--ws", options.ws)?;
    let ready = format!(
        "ready http={} tcp={} ws={}",
        http.local_addr()?,
        tcp.local_addr()?,
        ws.local_addr()?
    );
    let gateway = Arc::new(Gateway::open(options)?);
    let mut listeners = JoinSet::new();
    listeners.spawn(manager_port::serve(gateway.clone(), http));
    let (arrivals, shared) = (gateway.arrivals.clone(), gateway.clone());
    listeners.spawn(arrivals.serve(tcp, "tcp", move |stream, arrival| {
        tcp::serve(shared.clone(), stream, arrival)
    }));
    let (arrivals, shared) = (gateway.arrivals.clone(), gateway.clone());
    listeners.spawn(arrivals.serve(ws, "ws", move |stream, arrival| {
        ws::serve(shared.clone(), stream, arrival)
    }));
    tokio::spawn(refusals.clone().run());
    expiry::start(&gateway);
    cluster::start(&gateway);
    let stop = shutdown::requested()?;
    writeln!(io::stdout(), "{ready}")?;

    stop.await;
    // First, so that no new client is accepted after the others were told to leave.
    listeners.shutdown().await;
    drain::close_all(&gateway.stop, &gateway.sessions, within).await;
    Ok(())
}
