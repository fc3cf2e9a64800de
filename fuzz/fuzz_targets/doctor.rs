//! A line of a log: `fuzz/src/doctor.rs` says what has to hold.
//!
//! ```sh
//! mkdir -p fuzz/corpus/doctor
//! cargo fuzz run --sanitizer none doctor fuzz/corpus/doctor fuzz/seeds/doctor \
//!     -- -max_total_time=60 -max_len=2048 -dict=fuzz/doctor.dict -timeout=5
//! ```
#![no_main]

include!("../src/doctor.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| doctor(data));
