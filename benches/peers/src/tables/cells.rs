//! Rows of Markdown.

use std::fmt::Write;

pub fn head(columns: &[&str], alignment: &[&str]) -> String {
    let mut table = String::new();
    row(&mut table, columns);
    let _ = writeln!(table, "|{}|", alignment.join("|"));
    table
}

pub fn row(table: &mut String, cells: &[&str]) {
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}

pub fn ns(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}
