//! The example `doctor`, run as users run it: logs in, causes out.

#[path = "example_doctor/run.rs"]
mod run;

#[path = "example_doctor/bounds.rs"]
mod bounds;
#[path = "example_doctor/events.rs"]
mod events;
#[path = "example_doctor/own.rs"]
mod own;
#[path = "example_doctor/parse.rs"]
mod parse;
#[path = "example_doctor/secrets.rs"]
mod secrets;
#[path = "example_doctor/store.rs"]
mod store;
#[path = "example_doctor/table.rs"]
mod table;
#[path = "example_doctor/upstream.rs"]
mod upstream;
