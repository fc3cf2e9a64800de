//! Records, credentials and a policy: `fuzz/src/verify.rs` says what has to hold.
//!
//! ```sh
//! mkdir -p fuzz/corpus/verify
//! cargo fuzz run --sanitizer none verify fuzz/corpus/verify fuzz/seeds/verify \
//!     -- -max_total_time=60 -max_len=2048 -timeout=5
//! ```
#![no_main]

include!("../src/verify.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| verify(data));
