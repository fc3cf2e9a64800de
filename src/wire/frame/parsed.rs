//! The outcome of looking at bytes that may not be all there yet.

use core::num::NonZeroUsize;

/// What parsing gave: something whole, or the wish for more bytes.
///
/// There is no third outcome, so this enum is exhaustive; what is wrong is a [`FrameError`](super::FrameError).
///
/// ```
/// use wukongim_auth::frame::{Limits, Parsed, RawFrame};
///
/// match RawFrame::split_first(b"\x10\x20\x04", Limits::default())? {
///     Parsed::Complete { value, rest } => panic!("{value:?}, and {} bytes more", rest.len()),
///     Parsed::Incomplete { missing } => assert_eq!(missing.map(|n| n.get()), Some(31)),
/// }
/// # Ok::<(), wukongim_auth::frame::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed<'a, T> {
    /// Something whole.
    Complete {
        /// What it is.
        value: T,
        /// The bytes behind it.
        rest: &'a [u8],
    },
    /// The bytes so far are the beginning of something.
    Incomplete {
        /// How many bytes are still missing, once the header tells.
        missing: Option<NonZeroUsize>,
    },
}
