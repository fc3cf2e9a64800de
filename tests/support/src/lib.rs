//! What the tests of several packages need. What only one needs stands beside its tests.
#![allow(clippy::new_without_default, reason = "tests say what they make")]

#[cfg(feature = "client")]
pub mod client;
pub mod common;
pub mod forwarder;
pub mod gateway_process;
pub mod golden;
pub mod help;
pub mod page;
pub mod program;
pub mod records;
#[cfg(feature = "redis")]
pub mod redis_server;
pub mod scripted_store;
pub mod server_process;
pub mod stand_in;
pub mod wire;
pub mod written;
