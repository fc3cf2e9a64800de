//! What the pages for users list, for tests that compare it with the code.

/// The first cells of the tables with three columns, without their backticks and without headings.
pub fn first_of_three(page: &str) -> Vec<String> {
    let path = format!("{}/../../docs/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cells = text.lines().filter_map(|line| {
        let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<_> = row.split(" | ").collect();
        (cells.len() == 3).then(|| cells[0])
    });
    let names = cells.filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`'));
    names.map(str::to_owned).collect()
}
