//! The first bytes of a connection, in any portions: `fuzz/src/acceptor.rs` says what has to hold.
//!
//! ```sh
//! mkdir -p fuzz/corpus/acceptor
//! cargo fuzz run --sanitizer none acceptor fuzz/corpus/acceptor fuzz/seeds/acceptor \
//!     -- -max_total_time=60 -max_len=2048 -dict=fuzz/acceptor.dict -timeout=5
//! ```
#![no_main]

include!("../src/acceptor.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| acceptor(data));
