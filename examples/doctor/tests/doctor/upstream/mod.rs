//! Upstream's lines, each with what is to be made of it (PROTOCOL §8).

mod cases;
mod conn;
mod formats;
mod others;
mod times;
