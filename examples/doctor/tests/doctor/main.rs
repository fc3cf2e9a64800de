//! The doctor, run as users run it: logs in, causes out.

mod run;

mod bounds;
mod events;
mod own;
mod parse;
mod secrets;
mod store;
mod table;
mod upstream;
