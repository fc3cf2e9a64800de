//! `--store` decides what the log alone cannot.

mod cases;
mod decides;
pub mod dump;
mod unproved;
