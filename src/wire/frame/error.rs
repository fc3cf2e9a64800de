//! Errors of reading and writing frames.

/// Bytes from a peer that are not a frame. Close the connection: nothing after them can be read.
///
/// Too few bytes are not an error, but [`Parsed::Incomplete`](super::Parsed::Incomplete).
///
/// ```
/// use wukongim_auth::frame::{Connect, FrameError};
///
/// let error = Connect::decode(b"\x04\x01\x00\x09d").unwrap_err();
/// assert_eq!(error, FrameError::Truncated { field: "device_id" });
/// assert_eq!(error.to_string(), "the frame body ends before the end of its device_id");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The type is 0 or 13 to 15.
    #[error("frame type {0} does not exist")]
    UnknownType(u8),
    /// The remaining length continues after its fourth byte.
    #[error("the remaining length is longer than four bytes")]
    OverlongLength,
    /// The body is larger than your limit. Detected as soon as the header is read.
    #[error("the frame body has {len} bytes, at most {max} are accepted")]
    TooLarge {
        /// The length that the header announces, in bytes.
        len: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// The body ends before or within a field.
    #[error("the frame body ends before the end of its {field}")]
    Truncated {
        /// The field.
        field: &'static str,
    },
    /// A string's length has its top bit set, which upstream reads as a negative number.
    #[error("the {field} claims {len} bytes, at most 32767 are possible")]
    StringTooLong {
        /// The field.
        field: &'static str,
        /// The length that it claims, in bytes.
        len: usize,
    },
    /// A string is not UTF-8.
    #[error("the {field} is not UTF-8")]
    InvalidUtf8 {
        /// The field.
        field: &'static str,
    },
}

impl FrameError {
    /// A stable label for metrics: the variant's name in snake_case.
    ///
    /// ```
    /// use wukongim_auth::frame::FrameError;
    ///
    /// assert_eq!(FrameError::Truncated { field: "uid" }.label(), "truncated");
    /// ```
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            FrameError::UnknownType(_) => "unknown_type",
            FrameError::OverlongLength => "overlong_length",
            FrameError::TooLarge { .. } => "too_large",
            FrameError::Truncated { .. } => "truncated",
            FrameError::StringTooLong { .. } => "string_too_long",
            FrameError::InvalidUtf8 { .. } => "invalid_utf8",
        }
    }
}

/// A frame that cannot be encoded. Always a local error; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A string is too long for its length field.
    #[error("the {field} has {len} bytes, at most 32767 can be written")]
    StringTooLong {
        /// The field.
        field: &'static str,
        /// Its length in bytes.
        len: usize,
    },
    /// The body is too long for the remaining length.
    #[error("the frame body has {len} bytes, at most 268435455 can be written")]
    BodyTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The buffer has too little room for the frame.
    #[error("the frame takes {needed} bytes, the buffer has room for {remaining}")]
    BufferFull {
        /// The length of the frame, in bytes.
        needed: usize,
        /// The room left in the buffer, in bytes.
        remaining: usize,
    },
}
