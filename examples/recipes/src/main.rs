//! `cargo run -p wukongim-recipes -- axum` (or `tokio`, `threads`) — serves one of the handlers of
//! `docs/recipes.md` on 127.0.0.1:5200, with the user `alice` and the token `s3cret` for APP and WEB.
//! The other recipes are run by this example's tests.

#![allow(
    dead_code,
    reason = "the recipes without a server are run by the tests alone"
)]

mod axum_websocket;
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
use std::sync::Arc;

use axum::Router;
use axum::routing::any;
use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Ready, Token, TokenRecord};

const ADDRESS: &str = "127.0.0.1:5200";

#[tokio::main]
async fn main() -> io::Result<()> {
    let store = MemoryStore::new();
    for flag in [DeviceFlag::App, DeviceFlag::Web] {
        let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
        store.insert("alice", flag, record);
    }
    let recipe = std::env::args().nth(1);
    println!("listening {ADDRESS}");
    match recipe.as_deref() {
        Some("threads") => threads::serve(&std::net::TcpListener::bind(ADDRESS)?, &Arc::new(store)),
        Some("tokio") => {
            let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
            tokio_tcp::serve(listener, Arc::new(Ready(store))).await
        }
        None | Some("axum") => {
            let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
            let connect = any(axum_websocket::connect::<Ready<MemoryStore>>);
            let router = Router::new().route("/", connect);
            axum::serve(listener, router.with_state(Arc::new(Ready(store)))).await
        }
        Some(other) => Err(io::Error::other(format!(
            "no recipe with a server is named {other}: axum, tokio, threads"
        ))),
    }
}
