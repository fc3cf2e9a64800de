//! The doctor, run as users run it: logs in, causes out.

mod run;

mod ask;
mod binary;
mod bounds;
mod events;
mod exit_codes;
mod live;
mod memory;
mod own;
mod parse;
mod period;
mod possibly;
mod problems;
mod progress;
mod secrets;
mod store;
mod table;
mod times;
mod uids;
mod unread;
mod upstream;
mod verdicts;
mod wrapped;
