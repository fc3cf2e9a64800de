//! The parts of the soak. A user does one thing after another and therefore knows at any time which of
//! its sessions have to stand; many users do so at once.

mod arrival;
mod clock;
pub mod connection;
pub mod flood;
pub mod ledger;
pub mod memory;
pub mod nodes;
pub mod outages;
pub mod random;
pub mod session;
mod tokens;
pub mod user;
