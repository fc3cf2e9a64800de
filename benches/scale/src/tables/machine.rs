//! When each part was measured, and on which machine.

use std::fmt::Write;

use crate::results::{All, Measured};

/// What several parts have in common is written once.
pub fn about(all: &All) -> String {
    let parts = [
        said(&all.memory),
        said(&all.threads),
        said(&all.flood),
        said(&all.redis),
        said(&all.gateway),
        said(&all.profile),
        said(&all.restart),
    ];
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for (part, line) in parts.into_iter().flatten() {
        match lines.iter_mut().find(|known| known.0 == line) {
            Some(known) => known.1.push(part),
            None => lines.push((line, vec![part])),
        }
    }
    let mut text = String::new();
    for (line, parts) in lines {
        let _ = writeln!(text, "- {line}: {}", parts.join(", "));
    }
    text
}

fn said<T>(measured: &Option<Measured<T>>) -> Option<(String, String)> {
    let Measured {
        part,
        date,
        machine,
        rustc,
        busy,
        ..
    } = measured.as_ref()?;
    let busy = match busy {
        Some(busy) => format!("{:.0} % busy before it", busy * 100.0),
        None => "how busy before it is not known".into(),
    };
    let part = format!("`{part}` ({busy})");
    Some((part, format!("{date}, {machine}; {rustc}")))
}
