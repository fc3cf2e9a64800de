//! Puts the tables between the page's marks: those that there are figures for.

use std::fs;
use std::path::Path;

use crate::marks::replaced;
use crate::results::All;
use crate::tables;

pub fn rewrite(docs: &Path, all: &All) {
    let file = docs.join("scaling.md");
    let mut page = fs::read_to_string(&file).expect("the page");
    for (name, table) in tables::named(all) {
        page = replaced(&page, name, &table);
    }
    fs::write(&file, page).expect("the page can be written");
}
