//! The guard as a process, with the real gateway, or a stand-in for WuKongIM, behind it.
#![cfg(unix)]

mod at_start;
mod bodies;
mod client_address;
mod clients;
mod counting;
mod data_path;
mod early;
mod environment;
mod forwarding;
mod health;
mod http_refusals;
mod impersonation;
mod lasting_gateway;
mod learning;
mod lifetime;
mod log_lines;
mod lost_answers;
mod model;
mod observe;
mod observe_report;
mod page_limit;
mod past_the_guard;
mod relay;
mod restart;
mod setup;
mod shutdown;
mod start;
mod storm;
mod subprotocols;
mod turned_away;
mod websocket;

#[path = "../../src/limits.rs"]
mod limits;
