//! Puts the tables between the page's marks.

use std::fs;
use std::path::Path;

use crate::marks::replaced;
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
