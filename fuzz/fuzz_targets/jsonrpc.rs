//! A JSON-RPC request to connect: `fuzz/src/jsonrpc.rs` says what has to hold.
//!
//! ```sh
//! mkdir -p fuzz/corpus/jsonrpc
//! cargo fuzz run --sanitizer none jsonrpc fuzz/corpus/jsonrpc fuzz/seeds/jsonrpc \
//!     -- -max_total_time=60 -max_len=2048 -dict=fuzz/jsonrpc.dict -timeout=5
//! ```
#![no_main]

include!("../src/jsonrpc.rs");

libfuzzer_sys::fuzz_target!(|data: &[u8]| jsonrpc(data));
