//! The code in `docs/recipes.md` and its Chinese twin is that of the examples, where it is compiled
//! and run.
//!
//! Write it anew: `UPDATE_DOCS=1 cargo test --test recipes`

#[allow(dead_code, reason = "the pages on troubleshooting need more of it")]
#[path = "troubleshooting/page.rs"]
mod page;

use std::collections::BTreeMap;
use std::fs;

const PAGES: [&str; 2] = ["docs/recipes.md", "docs/recipes.zh-CN.md"];

/// What stands between `// recipe: name` and `// recipe ends` in the examples.
fn recipes() -> BTreeMap<String, String> {
    let mut files = vec![page::path("examples/existing_handler.rs")];
    let directory = fs::read_dir(page::path("examples/recipes")).unwrap();
    files.extend(directory.map(|entry| entry.unwrap().path()));
    let mut recipes = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for part in text.split("// recipe: ").skip(1) {
            let (name, part) = part.split_once('\n').unwrap();
            let (code, _) = part.split_once("// recipe ends").expect(name);
            let before = recipes.insert(name.to_owned(), code.to_owned());
            assert!(before.is_none(), "two recipes are named {name}");
        }
    }
    recipes
}

#[test]
fn the_pages_show_the_code_that_is_run() {
    let recipes = recipes();
    assert!(recipes.len() >= 12, "{:?}", recipes.keys());
    for name in PAGES {
        let text = page::read(name);
        let mut shown = Vec::new();
        let expected = page::rewrite(&text, |block| {
            assert_eq!(
                block.kind, "recipe",
                "{name}: a block that is of no example"
            );
            shown.push(block.key.clone());
            Some(recipes.get(&block.key).expect(&block.key).clone())
        });
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(page::path(name), &expected).unwrap();
        } else {
            assert_eq!(text, expected, "{name}");
        }
        shown.sort();
        assert_eq!(shown, recipes.keys().cloned().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn both_pages_have_the_same_sections() {
    let [english, chinese] = PAGES.map(|name| {
        let text = page::read(name);
        let anchors = text.lines().filter_map(page::anchor).map(str::to_owned);
        anchors.collect::<Vec<_>>()
    });
    assert!(english.len() >= 11);
    assert_eq!(english, chinese);
}
