//! The first bytes behind a load balancer: `fuzz/src/proxy_protocol.rs` says what has to hold.
//!
//! ```sh
//! mkdir -p fuzz/corpus/proxy_protocol
//! cargo fuzz run --sanitizer none proxy_protocol fuzz/corpus/proxy_protocol fuzz/seeds/proxy_protocol \
//!     -- -max_total_time=60 -max_len=600 -dict=fuzz/proxy_protocol.dict -timeout=5
//! ```
#![no_main]

include!("../src/proxy_protocol.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| proxy_protocol(data));
