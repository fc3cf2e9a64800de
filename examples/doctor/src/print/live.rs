//! `--follow`: a line for each failure as it occurs.

use std::io::{self, Write};

use crate::find::Finding;
use crate::line::{Elsewhere, Failure, When};
use crate::show;
use crate::zone::Zone;

pub fn write(
    out: &mut impl Write,
    failure: &Failure,
    (finding, corrects): (&Finding, bool),
    fix: &str,
    (at, zone): (Option<When>, &Zone),
) -> io::Result<()> {
    let uid = failure
        .uid
        .as_deref()
        .map(show::escaped)
        .unwrap_or_default();
    let causes = match finding {
        Finding::Candidates(candidates, _) => format!("{}?", candidates.join("? ")),
        decided => {
            let (cause, _) =
                decided.decided(zone, None, wukongim_auth::diagnosis::Language::English);
            cause.label.to_owned()
        }
    };
    let mark = if corrects { " (diagnosed)" } else { "" };
    writeln!(
        out,
        "{}  {causes}{mark}  uid=\"{uid}\"  {fix}",
        time(at, zone)
    )
}

pub fn write_elsewhere(
    out: &mut impl Write,
    (what, is_possible): (Elsewhere, bool),
    at: Option<When>,
    zone: &Zone,
) -> io::Result<()> {
    let mark = if is_possible { "?" } else { "" };
    writeln!(out, "{}  {}{mark}", time(at, zone), what.label())
}

fn time(at: Option<When>, zone: &Zone) -> String {
    at.map_or_else(|| "-".to_owned(), |at| zone.show(at))
}
