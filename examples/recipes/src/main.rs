//! `cargo run -p wukongim-recipes -- axum` (or `tokio`, `threads`) — serves one of the handlers of
//! `docs/recipes.md` on 127.0.0.1:5200, or on the address behind its name, with the user `alice` and the
//! token `s3cret` for APP and WEB.
//! The other recipes are run by this example's tests.

#![allow(
    dead_code,
    reason = "the recipes without a server are run by the tests alone"
)]

mod axum_websocket;
mod keep_alive;
mod many_users;
mod migration;
mod outcome;
mod policies;
mod redis_lookup;
mod threads;
mod tokens;
mod tokio_tcp;

#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod tests;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::routing::any;
use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Ready, Token, TokenRecord};

const ADDRESS: &str = "127.0.0.1:5200";

/// Below the 1,024 file descriptors that a process often may have.
const MAX_CONNECTIONS: usize = 1000;

#[tokio::main]
async fn main() -> io::Result<()> {
    let store = MemoryStore::new();
    for flag in [DeviceFlag::App, DeviceFlag::Web] {
        let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
        store.insert("alice", flag, record);
    }
    let mut arguments = std::env::args().skip(1);
    let recipe = arguments.next().unwrap_or_else(|| "axum".into());
    let listener = TcpListener::bind(arguments.next().as_deref().unwrap_or(ADDRESS))?;
    println!("listening {}", listener.local_addr()?);
    match &*recipe {
        "threads" => threads::serve(&listener, &Arc::new(store), MAX_CONNECTIONS),
        "tokio" => {
            let store = Arc::new(Ready(store));
            tokio_tcp::serve(of_tokio(listener)?, store, MAX_CONNECTIONS).await
        }
        "axum" => {
            let connect = any(axum_websocket::connect::<Ready<MemoryStore>>);
            let router = Router::new().route("/", connect);
            let router = router.with_state(Arc::new(Ready(store)));
            axum_websocket::serve(of_tokio(listener)?, router, MAX_CONNECTIONS).await
        }
        other => Err(io::Error::other(format!(
            "no recipe with a server is named {other}: axum, tokio, threads"
        ))),
    }
}

fn of_tokio(listener: TcpListener) -> io::Result<tokio::net::TcpListener> {
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}
