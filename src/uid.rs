//! A uid that is kept without the heap for as long as it is of ordinary length.

use alloc::boxed::Box;
use core::fmt;

use crate::redact::Quoted;

/// Bytes kept inline: a UUID with dashes and the 32 hexadecimal digits in common use both fit.
const INLINE: usize = 38;

/// An owned uid.
#[derive(Clone)]
pub(crate) enum Uid {
    Inline { len: u8, bytes: [u8; INLINE] },
    Heap(Box<str>),
}

impl Uid {
    pub(crate) fn new(uid: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..uid.len()), u8::try_from(uid.len())) {
            (Some(slot), Ok(len)) => {
                slot.copy_from_slice(uid.as_bytes());
                Uid::Inline { len, bytes }
            }
            _ => Uid::Heap(uid.into()),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Uid::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Uid::Heap(uid) => uid.as_bytes(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Uid::Inline { .. } => core::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Uid::Heap(uid) => uid,
        }
    }
}

/// Escaped and cut like all text from a peer.
impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.as_str()).fmt(f)
    }
}
