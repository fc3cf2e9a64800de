//! A page and its Chinese twin, which get the same tables, each in its own language.

mod chinese;

use std::fs;
use std::path::Path;

use crate::marks::replaced;

/// Replaces each table by its name, in both pages of this name.
pub fn rewrite(docs: &Path, page: &str, tables: &[(&'static str, String)]) {
    rewrite_one(&docs.join(format!("{page}.md")), tables);
    let translated = |(name, table): &(&'static str, String)| (*name, chinese::table(table));
    let translated: Vec<_> = tables.iter().map(translated).collect();
    rewrite_one(&docs.join(format!("{page}.zh-CN.md")), &translated);
}

fn rewrite_one(file: &Path, tables: &[(&'static str, String)]) {
    let mut page = fs::read_to_string(file).expect("the page");
    for (name, table) in tables {
        page = replaced(&page, name, table);
    }
    fs::write(file, page).expect("the page can be written");
}
