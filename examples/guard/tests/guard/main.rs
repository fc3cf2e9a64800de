//! The guard as a process, with the real gateway, or a stand-in for WuKongIM, behind it.
#![cfg(unix)]

mod at_start;
mod bodies;
mod client_address;
mod clients;
mod counting;
mod data_path;
mod environment;
mod forwarding;
mod health;
mod impersonation;
mod learning;
mod lifetime;
mod lost_answers;
mod model;
mod observe;
mod observe_report;
mod past_the_guard;
mod relay;
mod restart;
mod setup;
mod subprotocols;
mod turned_away;
mod websocket;
