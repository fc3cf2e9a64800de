//! Changes of what is registered: `fuzz/src/records.rs` says what has to hold.
//!
//! ```sh
//! mkdir -p fuzz/corpus/records
//! cargo fuzz run --sanitizer none records fuzz/corpus/records fuzz/seeds/records \
//!     -- -max_total_time=60 -max_len=2048 -timeout=5
//! ```
#![no_main]

include!("../src/records.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| records(data));
