//! The library as it is, but for the locks of `MemoryStore`, which are loom's: see `build.rs`.
#![allow(warnings, reason = "the library's own build looks at it")]

include!(env!("LIBRARY"));
