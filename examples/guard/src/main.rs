//! `cargo run --release -p wukongim-guard -- --upstream-http … --upstream-tcp … --upstream-ws …`
//!
//! Stands in front of an existing, unchanged WuKongIM server: verifies every client before the
//! server sees the connection, explains each refusal in the log, and forwards the bytes of all
//! other clients unchanged. It learns tokens from the business server's own requests, which it
//! forwards, and compares what it knows with the server at regular intervals. See `docs/guard.md`.
//!
//! ```text
//!  business server ──► --http ──────► learn ──────────────────────────► upstream's API
//!                                       │ once upstream said 200
//!                                       ▼
//!                                     store ◄── compare ◄── GET /cluster/devices
//!                                       │
//!  client ──► --tcp, --ws ──► opening ──► connection ──► passage ──► upstream's ports
//!                             as far as   the verdict    the same bytes, both ways
//!                             CONNECT         └► refused: answered here, explained in the log
//! ```
//!
//! | File | Holds |
//! |---|---|
//! | `options` | the command line |
//! | `guard` | what all connections share |
//! | `opening`, `tcp`, `ws`, `ws_opening` | a client's first bytes, on the two kinds of socket |
//! | `upgrade`, `ws_frames` | WebSockets as far as the guard reads them: two requests, and the frames before CONNECT |
//! | `connection` | from the first byte to the verdict |
//! | `refusal`, `report` | rejected clients: the answer, the cause, and the table |
//! | `folded`, `first_answer` | what prevents a client from being somebody else to upstream |
//! | `passage`, `upstream`, `relay` | accepted clients: a connection to upstream, relayed in both directions |
//! | `api`, `forward` | the HTTP port, and the requests that are forwarded there |
//! | `endpoint`, `learn`, `change` | the two endpoints that the guard learns from, and what their bodies mean |
//! | `apply`, `order` | the changes of the store, and their order |
//! | `server`, `ask_error`, `progress` | questions to upstream's API, why one is not answered, and bodies in transit |
//! | `devices`, `pages`, `compare` | what upstream has, page by page, and the comparison with the store |
//! | `learned`, `doubts` | whether upstream's tokens are known, and what must be asked again |
//! | `counts`, `limits` | the guard's own metrics; the limits that its page states |
//!
//! Accepting, admission, sessions and the store come from `wukongim-serving`, as in the gateway.

mod api;
mod apply;
mod ask_error;
mod change;
mod compare;
mod connection;
mod counts;
mod devices;
mod doubts;
mod endpoint;
mod first_answer;
mod folded;
mod forward;
mod guard;
mod learn;
mod learned;
mod limits;
mod opening;
mod options;
mod order;
mod pages;
mod passage;
mod progress;
mod refusal;
mod relay;
mod report;
mod server;
mod tcp;
mod upgrade;
mod upstream;
mod ws;
mod ws_frames;
mod ws_opening;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing::{error, info};
use wukongim_auth::BoxError;
use wukongim_serving::refusal_log::RefusalLog;
use wukongim_serving::{
    cluster, command_line, drain, expiry, health_probe, listener, rejection, shutdown,
};

use guard::{Guard, Mode};
use options::{Command, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let options: Options = command_line::parse();
    let refusals = options.log.init(rejection::is_logged);
    let ended = match options.command {
        Some(Command::Health) => {
            health_probe::ask(options.http, "/guard/health").map_err(BoxError::from)
        }
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
    let guard = Arc::new(Guard::open(options)?);
    let stop = shutdown::requested()?;
    let mut listeners = JoinSet::new();
    listeners.spawn(api::serve(guard.clone(), http));
    tokio::spawn(compare::run(guard.clone()));
    tokio::spawn(refusals.clone().run());
    expiry::start(&guard);
    cluster::start(&guard);
    tokio::pin!(stop);
    serve(&guard, &mut listeners, tcp, ws);
    if guard.mode == Mode::Enforce {
        // Until then, clients are closed without an answer.
        tokio::select! {
            () = guard.learned.wait() => {}
            () = &mut stop => return Ok(()),
        }
    } else {
        info!(
            "observing: every client is let through; GET /guard/report says who would be rejected, and why"
        );
    }
    writeln!(io::stdout(), "{ready}")?;

    stop.await;
    // First, so that no new client is accepted after the others were told to leave.
    listeners.shutdown().await;
    drain::close_all(&guard.stop, &guard.sessions, within).await;
    // Nobody may be reading the output any more.
    let _ = write!(io::stdout(), "{}", guard.report);
    Ok(())
}

/// Accepts clients.
fn serve(guard: &Arc<Guard>, listeners: &mut JoinSet<()>, tcp: TcpListener, ws: TcpListener) {
    let shared = guard.clone();
    listeners.spawn(
        guard
            .arrivals
            .clone()
            .serve(tcp, "tcp", move |stream, arrival| {
                tcp::serve(shared.clone(), stream, arrival)
            }),
    );
    let shared = guard.clone();
    listeners.spawn(
        guard
            .arrivals
            .clone()
            .serve(ws, "ws", move |stream, arrival| {
                ws::serve(shared.clone(), stream, arrival)
            }),
    );
}
