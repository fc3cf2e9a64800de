//! Puts the tables between the page's marks.

use std::fs;
use std::path::Path;

use crate::results::Results;
use crate::tables;

pub fn rewrite(docs: &Path, results: &Results) {
    let file = docs.join("performance.md");
    let mut page = fs::read_to_string(&file).expect("the page");
    for (name, table) in tables::named(results) {
        page = replaced(&page, name, &table);
    }
    fs::write(&file, page).expect("the page can be written");
}

fn replaced(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- measured: {name} -->"), "<!-- end -->");
    let parts = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(end)?;
        Some((before, after))
    });
    let (before, after) = parts.unwrap_or_else(|| panic!("the page has no place for {name}"));
    format!("{before}{begin}\n{table}{end}{after}")
}
