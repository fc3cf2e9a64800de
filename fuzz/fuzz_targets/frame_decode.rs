//! Bytes from a peer: `fuzz/bodies/frame_decode.rs` says what has to hold.
#![no_main]

include!("../bodies/frame_decode.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| frame_decode(data));
