//! This crate's own refusals: the doctor must name the same cause and fix.

mod lines;
mod others_text;
pub mod refusals;
pub mod same_cause;
mod uids;
