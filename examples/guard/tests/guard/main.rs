//! The guard as a process, with the real gateway, or a stand-in for WuKongIM, behind it.
#![cfg(unix)]

mod bodies;
mod counting;
mod data_path;
mod environment;
mod health;
mod impersonation;
mod learning;
mod lifetime;
mod model;
mod observe;
mod relay;
mod restart;
mod setup;
mod subprotocols;
