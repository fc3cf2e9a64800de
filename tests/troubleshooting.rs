//! `docs/troubleshooting.md` and its Chinese twin: every output in them is what the crate prints,
//! every cause has its section, and every link of the documentation leads somewhere.
//!
//! Regenerate the outputs if they change on purpose:

#[path = "troubleshooting/doctor.rs"]
mod doctor;
#[path = "troubleshooting/links.rs"]
mod links;
#[path = "troubleshooting/outputs.rs"]
mod outputs;
#[path = "troubleshooting/sections.rs"]
mod sections;

use wukongim_test_support::page;
