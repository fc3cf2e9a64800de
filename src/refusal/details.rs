//! The details of an error, which `{:#}` prints for the operator.

use alloc::string::ToString;
use core::error::Error;
use core::{fmt, iter};

use crate::escape::Line;
use crate::refusal::fix::Fix;

/// If the alternate form is requested, writes the fix and the chain of sources, each on its own
/// line.
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
