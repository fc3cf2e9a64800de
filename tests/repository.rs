//! What the repository says of itself is so: every line of the threat model in `SECURITY.md` names
//! what shows it, and that exists; the map of the house in `CONTRIBUTING.md` has a room for every
//! file of the library, and no other.

use std::fs;
use std::path::{Path, PathBuf};

use wukongim_test_support::program::repository;

fn root(path: &str) -> PathBuf {
    repository(path)
}

#[test]
fn the_map_of_the_house_is_complete() {
    let text = fs::read_to_string(root("CONTRIBUTING.md")).unwrap();
    let (_, map) = text.split_once("## The house").unwrap();
    let (map, _) = map.split_once("## How to").unwrap();
    let rooms: Vec<&str> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|room| room.contains('/'))
        .collect();
    for room in &rooms {
        let room = room.split(' ').next().unwrap();
        assert!(root(room).exists(), "{room} is in the map only");
    }
    let mut count = 0;
    for entry in fs::read_dir(root("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_folder = entry.file_type().unwrap().is_dir();
        let room = format!("src/{name}{}", if is_folder { "/" } else { "" });
        assert!(
            rooms.contains(&room.as_str()),
            "{room} has no place in the map"
        );
        count += 1;
    }
    assert!(count > 40);
}

/// Lints that `SECURITY.md` counts on.
#[test]
fn the_lints_of_the_library_are_on() {
    let text = fs::read_to_string(root("src/lib.rs")).unwrap();
    assert!(text.contains("\n#![forbid(unsafe_code)]\n"));
    let (_, denied) = text.split_once("\n#![deny(").unwrap();
    let (denied, _) = denied.split_once(")]").unwrap();
    for lint in [
        "missing_docs",
        "clippy::arithmetic_side_effects",
        "clippy::as_conversions",
        "clippy::expect_used",
        "clippy::indexing_slicing",
        "clippy::missing_errors_doc",
        "clippy::panic",
        "clippy::unwrap_used",
    ] {
        let is_it = |line: &str| line.trim().trim_end_matches(',') == lint;
        assert!(denied.lines().any(is_it), "{lint}");
    }
}

/// Where a token's text, a digest or a padded token is taken out of its type. A place that is new
/// here is to be looked at: does its time depend on what is stored, does it print it?
#[test]
fn every_door_to_a_secret_is_known() {
    let doors = [
        "expose_secret()",
        ".padded()",
        ".as_digest()",
        "stored.as_bytes()",
    ];
    let mut found = Vec::new();
    for file in sources(&root("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let code = code.lines().filter(|line| !line.trim().starts_with("//"));
        let uses = |line: &str| -> usize { doors.iter().map(|d| line.matches(d).count()).sum() };
        let count: usize = code.map(uses).sum();
        if count > 0 {
            let name = file.strip_prefix(root("src")).unwrap().to_owned();
            found.push((name.to_str().unwrap().to_owned(), count));
        }
    }
    found.sort();
    let known = [
        ("check.rs", 1),
        ("compare.rs", 6),
        ("credentials.rs", 2),
        ("diagnose.rs", 2),
        ("frame/connect.rs", 2),
        ("padded.rs", 2),
        ("parameters.rs", 1),
        ("report.rs", 4),
        ("stored.rs", 2),
        ("token.rs", 2),
    ];
    let found: Vec<_> = found
        .iter()
        .map(|(name, count)| (&**name, *count))
        .collect();
    assert_eq!(found, known);
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}

/// Whether `file::test` is a test, or `path/to/script` a script that can be run.
fn exists(evidence: &str) -> bool {
    let Some((file, test)) = evidence.split_once("::") else {
        return root(evidence).is_file();
    };
    ["tests/library", "tests", "examples/gateway/tests", "src"]
        .iter()
        .any(|directory| {
            let text = fs::read_to_string(root(&format!("{directory}/{file}.rs")));
            text.is_ok_and(|text| is_test(&text, test))
        })
}

/// Whether the text has this function right behind a `#[test]` of some kind, whose other attributes
/// do not ignore it.
fn is_test(text: &str, name: &str) -> bool {
    let call = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(index, line)| {
        let attributes = lines[..index]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["));
        let attributes: Vec<&&str> = attributes.collect();
        let tested = attributes
            .iter()
            .any(|line| line.contains("test]") || line.contains("test("));
        let ignored = attributes.iter().any(|line| line.starts_with("#[ignore"));
        line.contains(&call) && tested && !ignored
    })
}

/// The second column of the rows of the threat model's tables.
fn rows(text: &str) -> Vec<(&str, Vec<&str>)> {
    let model = text.split_once("## The threat model").unwrap().1;
    let model = model.split_once("## What is not promised").unwrap().0;
    let rows = model
        .lines()
        .filter(|line| line.starts_with("| ") && !line.ends_with("| Shown by |"));
    rows.map(|row| {
        let (line, evidence) = row.trim_matches('|').rsplit_once('|').unwrap();
        (
            line.trim(),
            evidence.split('`').skip(1).step_by(2).collect(),
        )
    })
    .collect()
}

/// What an attacker can do needs no proof.
const CONCEDED: [&str; 1] = ["learns every token of a store that keeps them plain"];

#[test]
fn every_line_is_shown() {
    let text = fs::read_to_string(root("SECURITY.md")).unwrap();
    let rows = rows(&text);
    assert!(rows.len() >= 25, "{}", rows.len());
    for (line, evidence) in rows {
        assert_eq!(
            evidence.is_empty(),
            CONCEDED.contains(&line),
            "shown by nothing: {line}"
        );
        for evidence in evidence {
            assert!(exists(evidence), "{evidence} is no test: {line}");
        }
    }
}

#[test]
fn what_is_no_test_is_found() {
    assert!(exists("repository::every_line_is_shown"));
    assert!(!exists("repository::exists"));
    assert!(!exists("repository::no_such_test"));
    assert!(!exists("no_such_file::every_line_is_shown"));
    assert!(exists("assurance/ct/run") && !exists("assurance/ct/walk"));
    assert!(!is_test("#[test]\n#[ignore = \"slow\"]\nfn a() {}", "a"));
    assert!(is_test(
        "#[tokio::test(flavor = \"multi_thread\")]\nasync fn a() {}",
        "a"
    ));
}
