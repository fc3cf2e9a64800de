//! The details of an error, which `{:#}` prints for the operator.

use alloc::string::{String, ToString};
use core::error::Error;
use core::{fmt, iter};

use crate::escape::Line;
use crate::refusal::fix::Fix;

/// If the alternate form is requested, writes the fix and the chain of sources, each on its own
/// line. A source that only repeats the previous one is left out, because drivers wrap errors like
/// that.
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
    let mut previous = String::new();
    for text in causes.map(ToString::to_string) {
        if text != previous {
            write!(f, "\n  caused by: {}", Line(&text))?;
        }
        previous = text;
    }
    Ok(())
}
