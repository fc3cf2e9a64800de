//! The outcome of parsing bytes that may not be complete yet.

use core::num::NonZeroUsize;

/// The outcome of parsing: a complete value, or a request for more input.
///
/// There is no third outcome, so this enum is exhaustive; invalid input is a
/// [`FrameError`](super::FrameError).
///
/// ```
/// use wukongim_auth::frame::{Limits, Parsed, RawFrame};
///
/// match RawFrame::split_first(b"\x10\x20\x04", Limits::default())? {
///     Parsed::Complete { value, rest } => panic!("{value:?}, and {} more bytes", rest.len()),
///     Parsed::Incomplete { missing } => assert_eq!(missing.map(|n| n.get()), Some(31)),
/// }
/// # Ok::<(), wukongim_auth::frame::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed<'a, T> {
    /// A complete value.
    Complete {
        /// The value.
        value: T,
        /// The bytes after it.
        rest: &'a [u8],
    },
    /// The input ends before the value does.
    Incomplete {
        /// The number of bytes still missing, if the header is complete.
        missing: Option<NonZeroUsize>,
    },
}
