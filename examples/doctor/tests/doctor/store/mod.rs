//! `--store` decides what the log alone cannot.

mod cases;
mod decides;
mod dump;
