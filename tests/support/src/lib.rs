//! What the tests of several packages need. What only one needs stands beside its tests.
#![allow(clippy::new_without_default, reason = "tests say what they make")]

#[cfg(feature = "client")]
pub mod client;
pub mod common;
pub mod gateway_process;
pub mod golden;
pub mod page;
pub mod program;
#[cfg(feature = "redis")]
pub mod redis_server;
