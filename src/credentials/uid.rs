//! A uid that is stored without the heap if it has an ordinary length.

use alloc::boxed::Box;
use core::fmt;

use crate::escape::Quoted;

/// The number of bytes kept inline: a UUID with dashes fits, and so do the usual 32 hexadecimal
/// digits.
const INLINE: usize = 38;

/// An owned uid.
///
/// A struct rather than an enum: it is copied in one piece, whereas an enum was taken apart and put
/// together again at each move, and a proof is moved several times.
#[derive(Clone)]
pub(crate) struct Uid {
    inline: [u8; INLINE],
    len: u8,
    /// Set if the uid does not fit inline.
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

/// Escaped and truncated like all text from a peer.
impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.as_str()).fmt(f)
    }
}
