//! The sections of the two pages: the same, in the same order, one for every cause.

use crate::page::{self, PAGES};

/// The headings with their anchors, `## ` before those of the first rank.
fn sections(name: &str) -> Vec<String> {
    let text = page::read(name);
    let mut lines = text.lines();
    let mut sections = Vec::new();
    let mut id = None;
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            lines.by_ref().take_while(|line| *line != "```").count();
        } else if let Some(found) = page::anchor(line) {
            id = Some(found);
        } else if line.starts_with("##") {
            let (rank, heading) = line.split_once(' ').unwrap();
            let id = id.take();
            let id = id.unwrap_or_else(|| panic!("{name}: no anchor before {heading}"));
            sections.push(format!("{rank} {id}"));
        } else if !line.is_empty() {
            assert_eq!(id, None, "{name}: no heading behind the anchor");
        }
    }
    sections
}

#[test]
fn both_pages_have_the_same_sections() {
    let [english, chinese] = PAGES.map(|(name, _)| sections(name));
    assert_eq!(english, chinese);
    let mut ids: Vec<_> = english
        .iter()
        .map(|section| section.split_once(' '))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), english.len());
}

/// Of the crate's own source, since `Cause` cannot be listed from outside.
fn labels() -> Vec<String> {
    let source = page::read("src/refusal/cause.rs");
    let (_, function) = source.split_once("pub const fn label(&self)").unwrap();
    let (function, _) = function.split_once("\n    }\n").unwrap();
    let arms = function.lines().filter(|line| line.contains("Cause::"));
    let label = |line: &str| line.split('"').nth(1).unwrap().to_owned();
    arms.map(label).collect()
}

#[test]
fn every_cause_has_a_section() {
    let labels = labels();
    assert!(labels.len() >= 15 && labels.iter().any(|label| label == "mismatch"));
    let sections = sections(PAGES[0].0);
    for label in labels {
        assert!(sections.contains(&format!("### {label}")), "{label}");
    }
}

/// What the doctor may call a failure that is not about the token.
#[test]
fn everything_the_doctor_finds_elsewhere_has_a_section() {
    let source = page::read("examples/doctor/src/line/elsewhere/mod.rs");
    let (_, function) = source.split_once("pub const fn label(self)").unwrap();
    let (function, _) = function.split_once("\n    }\n").unwrap();
    let arms = function.lines().filter(|line| line.contains("=> \""));
    let labels: Vec<_> = arms.map(|line| line.split('"').nth(1).unwrap()).collect();
    assert!(labels.len() >= 7 && labels.contains(&"no_connect"));
    let sections = sections(PAGES[0].0);
    for label in labels {
        assert!(sections.contains(&format!("### {label}")), "{label}");
    }
}

#[test]
fn code_is_the_same_in_both_pages() {
    let code = |name: &str| -> Vec<String> {
        let blocks = page::blocks(&page::read(name));
        let code = blocks.into_iter().filter(|block| block.kind.is_empty());
        let without_comments = |body: String| -> String {
            let lines = body.lines().map(|line| match line.split_once("// ") {
                Some((code, _)) => code.trim_end(),
                None => line.split("  # ").next().unwrap_or_default().trim_end(),
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        code.map(|block| block.language + "\n" + &without_comments(block.body))
            .collect()
    };
    let [english, chinese] = PAGES.map(|(name, _)| code(name));
    assert!(english.len() > 5);
    for (english, chinese) in english.iter().zip(&chinese) {
        // The doctor is told which language to write.
        assert_eq!(english, &chinese.replace(" --lang zh", ""));
    }
    assert_eq!(english.len(), chinese.len());
}

/// The Chinese page is Chinese, apart from code and names.
#[test]
fn every_paragraph_of_the_chinese_page_is_chinese() {
    let text = page::read(PAGES[1].0);
    let mut lines = text.lines();
    let mut paragraphs = 0;
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            lines.by_ref().take_while(|line| *line != "```").count();
        } else if line.len() > 40 && !line.starts_with(['<', '|']) {
            paragraphs += 1;
            let is_chinese = |c: char| ('一'..='龥').contains(&c);
            assert!(line.contains(is_chinese), "{line}");
        }
    }
    assert!(paragraphs > 40, "{paragraphs}");
}
