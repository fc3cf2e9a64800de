//! The programs of docs/recipes/, each by clients over loopback or by what it returns.
#![allow(
    clippy::duplicate_mod,
    reason = "each is a program of its own, with the file that answers PING beside it"
)]

#[path = "../examples/errors.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod errors;
#[path = "../examples/hyper_websocket.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod hyper_websocket;
#[path = "../examples/local_set.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod local_set;
#[path = "../examples/migration_phases.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod migration_phases;
#[cfg(target_os = "linux")]
#[path = "../examples/monoio_tcp.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod monoio_tcp;
#[path = "../examples/provisioning.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod provisioning;
#[path = "../examples/proxy.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod proxy;

#[path = "programs/answer_first.rs"]
mod answer_first;
#[path = "programs/client.rs"]
mod client;
#[path = "programs/errors.rs"]
mod errors_tests;
#[path = "programs/migration.rs"]
mod migration_tests;
#[path = "programs/patient_store.rs"]
mod patient_store;
#[path = "programs/provisioning.rs"]
mod provisioning_tests;
#[path = "programs/proxy.rs"]
mod proxy_tests;
#[path = "programs/servers.rs"]
mod servers;
