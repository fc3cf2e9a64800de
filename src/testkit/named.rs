//! A uid or a token, as a report shows it.

use core::fmt;

use crate::escape::{Escaped, Quoted};

/// A uid or a token in a report: escaped and truncated, because some are very long.
pub(super) struct Named<'a>(pub(super) &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Named(text) = self;
        write!(f, "{}", Quoted(text))?;
        match Escaped(text).is_cut() {
            true => write!(f, " of {} bytes", text.len()),
            false => Ok(()),
        }
    }
}
