//! The places of a page that the benchmark writes.

/// The page with this table in the place of that name.
pub fn replaced(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- measured: {name} -->"), "<!-- end -->");
    let parts = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(end)?;
        Some((before, after))
    });
    let (before, after) = parts.unwrap_or_else(|| panic!("the page has no place for {name}"));
    format!("{before}{begin}\n{table}{end}{after}")
}
