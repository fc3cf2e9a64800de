//! What is behind an error, for an operator who asks for all of it: `{:#}`.

use alloc::string::ToString;
use core::error::Error;
use core::{fmt, iter};

use crate::escape::Line;
use crate::refusal::fix::Fix;

/// Writes the fix and the chain of sources, each on a line of its own, if all was asked for.
pub(crate) fn explain(
    f: &mut fmt::Formatter<'_>,
    fix: Fix<'_>,
    source: Option<&(dyn Error + 'static)>,
) -> fmt::Result {
    if !f.alternate() {
        return Ok(());
    }
    write!(f, "\n  fix: {fix}")?;
    let causes = iter::successors(source, |error| (*error).source());
    for cause in causes {
        write!(f, "\n  caused by: {}", Line(&cause.to_string()))?;
    }
    Ok(())
}
