//! Bytes from a peer: `fuzz/src/frame_decode.rs` says what has to hold.
//!
//! ```sh
//! mkdir -p fuzz/corpus/frame_decode
//! cargo fuzz run --sanitizer none frame_decode fuzz/corpus/frame_decode fuzz/seeds/frame_decode \
//!     -- -max_total_time=60 -max_len=2048 -dict=fuzz/frame_decode.dict -timeout=5
//! ```
#![no_main]

include!("../src/frame_decode.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| frame_decode(data));
