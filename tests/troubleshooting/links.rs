//! Relative links in the repository's Markdown, and the anchors behind them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::page;

/// Directories that hold nothing of ours.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

fn markdown_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_hidden = name.starts_with('.') && name != ".github";
        if path.is_dir() && !is_hidden && !SKIPPED.contains(&name.as_str()) {
            markdown_files(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The lines outside of fences, without what stands between backticks.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            prose.extend(line.split('`').step_by(2));
            prose.push('\n');
        }
    }
    prose
}

/// What stands behind a beginning of a link, and the end that belongs to it: `[text](target)`, a
/// picture of HTML, `[name]: target`.
const FORMS: [(&str, &str); 4] = [
    ("](", ")"),
    ("href=\"", "\""),
    ("src=\"", "\""),
    ("]: ", "\n"),
];

/// The targets of all links.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let of_form = |(begin, end): (&'static str, &'static str)| {
        let behind = prose.split(begin).skip(1);
        behind.filter_map(move |rest| Some(rest.split_once(end)?.0.to_owned()))
    };
    FORMS.into_iter().flat_map(of_form).collect()
}

/// What `#…` may name: written anchors, and headings in GitHub's form.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    let mut times: HashMap<String, usize> = HashMap::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        anchors.extend(page::anchor(line).map(str::to_owned));
        if line.starts_with('#') {
            let slug = slug(line.trim_start_matches('#').trim());
            let before = times.entry(slug.clone()).or_default();
            anchors.push(match *before {
                0 => slug,
                count => format!("{slug}-{count}"),
            });
            *before += 1;
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// What is wrong with a link from this file, if anything.
fn fault(from: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = match link.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (link, None),
    };
    let target = match file {
        "" => from.to_owned(),
        file => from.parent().unwrap().join(file),
    };
    if !target.exists() {
        return Some(format!("{link}: no such file"));
    }
    let anchor = anchor?;
    let text = fs::read_to_string(&target).unwrap();
    (!anchors(&text).iter().any(|has| has == anchor)).then(|| format!("{link}: no such anchor"))
}

#[test]
fn links_lead_somewhere() {
    let mut files = Vec::new();
    markdown_files(&page::path(""), &mut files);
    assert!(files.len() >= 8, "{files:?}");
    let mut count = 0;
    let mut faults = Vec::new();
    for file in &files {
        for link in links(&fs::read_to_string(file).unwrap()) {
            count += 1;
            let fault = fault(file, &link);
            faults.extend(fault.map(|fault| format!("{}: {fault}", file.display())));
        }
    }
    assert_eq!(faults, [""; 0]);
    assert!(count > 80, "{count}");
}

#[test]
fn the_readmes_lead_to_the_pages() {
    let cases = [
        ("README.md", "docs/troubleshooting.md"),
        ("README.zh-CN.md", "docs/troubleshooting.zh-CN.md"),
    ];
    for (readme, page) in cases {
        let links = links(&page::read(readme));
        assert!(links.iter().any(|link| link == page), "{readme}");
    }
}

/// From the two readmes, by whatever way: a page that nobody comes to might as well not be there.
#[test]
fn every_page_is_reached() {
    let root = page::path("").canonicalize().unwrap();
    let mut waiting = vec![root.join("README.md"), root.join("README.zh-CN.md")];
    let mut reached = Vec::new();
    while let Some(file) = waiting.pop() {
        if reached.contains(&file) {
            continue;
        }
        for link in links(&fs::read_to_string(&file).unwrap()) {
            let target = file.parent().unwrap().join(link.split('#').next().unwrap());
            let target = target.canonicalize().unwrap_or_default();
            waiting.extend(Some(target).filter(|path| path.extension().is_some_and(|e| e == "md")));
        }
        reached.push(file);
    }
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let is_page = path.extension().is_some_and(|extension| extension == "md");
        assert!(!is_page || reached.contains(&path), "{}", path.display());
    }
}

/// A page and its twin name each other at the top.
#[test]
fn twins_lead_to_each_other() {
    let mut twins = 0;
    for directory in ["", "docs"] {
        for entry in fs::read_dir(page::path(directory)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(".zh-CN.md") else {
                continue;
            };
            let english = format!("{stem}.md");
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(&format!("[English]({english})")), "{name}");
            let text = fs::read_to_string(path.with_file_name(&english)).unwrap();
            assert!(text.contains(&format!("[简体中文]({name})")), "{english}");
            twins += 1;
        }
    }
    assert!(twins >= 4, "{twins}");
}

#[test]
fn broken_links_are_found() {
    struct Case {
        link: &'static str,
        fault: Option<&'static str>,
    }
    let cases = [
        Case {
            link: "README.md",
            fault: None,
        },
        Case {
            link: "README.md#quick-start",
            fault: None,
        },
        Case {
            link: "#no-such-heading",
            fault: Some("#no-such-heading: no such anchor"),
        },
        Case {
            link: "docs/no-such-file.md",
            fault: Some("docs/no-such-file.md: no such file"),
        },
        Case {
            link: "https://example.com/no-such-page",
            fault: None,
        },
    ];
    for Case { link, fault } in cases {
        let found = super::links::fault(&page::path("README.md"), link);
        assert_eq!(found.as_deref(), fault);
    }
    let text = "[a](b.md) `[no](link)`\n```\n[nor](this)\n```\n[c](#d)";
    assert_eq!(links(text), ["b.md", "#d"]);
    let text = "<img src=\"a.svg\">\n[b]: c.md\n[d](e.md)";
    assert_eq!(links(text), ["e.md", "a.svg", "c.md"]);
}

#[test]
fn headings_become_anchors_as_on_github() {
    let cases = [
        ("## Two commands", "two-commands"),
        ("### `not_issued`: no token, yet", "not_issued-no-token-yet"),
        ("## 4 DISCONNECT", "4-disconnect"),
        ("## 特性（features）", "特性features"),
        ("<a id=\"mismatch\"></a>", "mismatch"),
    ];
    for (line, anchor) in cases {
        assert_eq!(anchors(line), [anchor]);
    }
    assert_eq!(anchors("# A\n```\n# B\n```\n# A"), ["a", "a-1"]);
}
