//! A uid that is kept without the heap for as long as it is of ordinary length.

use alloc::boxed::Box;
use core::fmt;

use crate::escape::Quoted;

/// Bytes kept inline: a UUID with dashes and the 32 hexadecimal digits in common use both fit.
const INLINE: usize = 38;

/// An owned uid.
///
/// A struct rather than an enum: what is moved around in one piece is moved faster than what may
/// be one thing or another, and a proof goes through several hands.
#[derive(Clone)]
pub(crate) struct Uid {
    inline: [u8; INLINE],
    len: u8,
    /// Where it does not fit.
    long: Option<Box<str>>,
}

impl Uid {
    #[inline(always)]
    pub(crate) fn new(uid: &str) -> Self {
        let mut inline = [0; INLINE];
        let (len, long) = match (inline.get_mut(..uid.len()), u8::try_from(uid.len())) {
            (Some(slot), Ok(len)) => {
                slot.copy_from_slice(uid.as_bytes());
                (len, None)
            }
            _ => (0, Some(uid.into())),
        };
        Uid { inline, len, long }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.long {
            None => self.inline.get(..usize::from(self.len)).unwrap_or_default(),
            Some(uid) => uid.as_bytes(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match &self.long {
            None => core::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Some(uid) => uid,
        }
    }
}

/// Escaped and cut like all text from a peer.
impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.as_str()).fmt(f)
    }
}
