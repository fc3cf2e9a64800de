//! A page taken apart: its sections, its blocks, and the marks that say what a block shows.

use std::fs;
use std::path::PathBuf;

use wukongim_auth::diagnosis::Language;

use crate::program::repository;

pub const PAGES: [(&str, Language); 2] = [
    ("docs/troubleshooting.md", Language::English),
    ("docs/troubleshooting.zh-CN.md", Language::Chinese),
];

pub fn path(name: &str) -> PathBuf {
    repository(name)
}

pub fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What stands between two fences.
pub struct Block {
    /// `refusal` of `<!-- refusal: mismatch -->` in the line before the block.
    pub kind: String,
    /// `mismatch`.
    pub key: String,
    /// The language behind the fence.
    pub language: String,
    pub body: String,
    /// The anchor of the section that it stands in.
    pub section: String,
}

pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    rewrite(text, |block| {
        blocks.push(block);
        None
    });
    blocks
}

/// The page with other bodies in the blocks for which there are any.
pub fn rewrite(text: &str, mut body_of: impl FnMut(Block) -> Option<String>) -> String {
    let (mut out, mut section, mut mark) = (String::new(), String::new(), None);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out += line;
        out.push('\n');
        if let Some(id) = anchor(line) {
            id.clone_into(&mut section);
        }
        let Some(language) = line.strip_prefix("```") else {
            mark = marked(line);
            continue;
        };
        let inside = lines.by_ref().take_while(|line| *line != "```");
        let body: String = inside.map(|line| line.to_owned() + "\n").collect();
        let (kind, key) = mark.take().unwrap_or_default();
        let block = Block {
            kind,
            key,
            language: language.to_owned(),
            body: body.clone(),
            section: section.clone(),
        };
        out += &body_of(block).unwrap_or(body);
        out += "```\n";
    }
    out
}

/// `mismatch` of `<a id="mismatch"></a>`.
pub fn anchor(line: &str) -> Option<&str> {
    line.strip_prefix("<a id=\"")?.strip_suffix("\"></a>")
}

fn marked(line: &str) -> Option<(String, String)> {
    let inside = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    let (kind, key) = inside.split_once(": ")?;
    Some((kind.to_owned(), key.to_owned()))
}
