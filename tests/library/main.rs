//! The library alone, in one crate: it is linked once, and `cargo test --test library` runs it all.
//! `tests/tracing.rs` stays apart: what tracing remembers of its callsites is one for the process.

use wukongim_test_support::{common, golden, records, scripted_store, wire};

mod absent_traits;
mod acceptor;
mod allocations;
mod answer;
mod api;
mod async_store;
mod compare;
mod conflict;
mod faulty_stores;
mod frame_properties;
mod frame_vectors;
mod frames;
mod history;
mod jsonrpc;
mod key_agreement;
mod lifecycle;
mod memory_store;
mod messages;
mod other_protocols;
mod provision;
mod redaction;
mod scenarios;
mod session_keys;
mod standing;
mod stored_record;
mod stores;
mod testkit;
mod token;
mod uniformity;
mod upstream_now;
mod wire_numbers;
