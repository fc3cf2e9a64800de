//! The repository's statements about itself are true: every line of the threat model in
//! `SECURITY.md` names its evidence, and that exists; the table in `CONTRIBUTING.md` lists every
//! folder; imports run one way, and files are short.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wukongim_test_support::program::repository;

fn root(path: &str) -> PathBuf {
    repository(path)
}

#[test]
fn the_table_of_folders_is_complete() {
    let text = fs::read_to_string(root("CONTRIBUTING.md")).unwrap();
    let (_, section) = text.split_once("\n## Where things live\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|row| row.strip_prefix("| `"));
    let listed: Vec<_> = rows.map(|row| row.split('`').next().unwrap()).collect();
    let mut folders = ["tests/", "examples/", "benches/", "fuzz/", "assurance/"]
        .map(str::to_owned)
        .to_vec();
    for entry in fs::read_dir(root("src")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            folders.push(format!("src/{}/", entry.file_name().to_str().unwrap()));
        }
    }
    assert_eq!(listed.len(), folders.len(), "{listed:?}");
    let listed: BTreeSet<_> = listed.into_iter().map(str::to_owned).collect();
    assert_eq!(listed, BTreeSet::from_iter(folders));
}

#[test]
fn src_is_taken_in_at_a_glance() {
    let entries = fs::read_dir(root("src")).unwrap().count();
    assert!((12..=14).contains(&entries), "{entries} entries in src");
}

/// The folders that a folder of `src` may import: itself, and those below it.
const FLOORS: [&[&str]; 8] = [
    &["testkit"],
    &["lib"],
    &["handshake"],
    &["verify"],
    &["refusal"],
    &["store"],
    &["credentials", "wire"],
    &["token", "device", "time", "escape"],
];

fn floor(folder: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&folder))
}

/// What is wrong with the imports of a file, given its path below `src`.
fn imports_upwards(path: &str, text: &str) -> Vec<String> {
    let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let folder = module.split('/').next().unwrap();
    let own = floor(folder).unwrap_or_else(|| panic!("{path} is on no floor"));
    let mut faults = Vec::new();
    for line in code(text) {
        for import in line.split("crate::").skip(1) {
            let end = import.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &import[..end.unwrap_or(import.len())];
            // What is no folder is a public name, of `lib`; a group of several begins with `{`.
            let target = floor(name).unwrap_or(1);
            if target <= own && name != folder {
                faults.push(format!("{path}: {}", line.trim()));
            }
        }
        let levels = module.split('/').count();
        if line.contains(&"super::".repeat(levels)) {
            faults.push(format!("{path}: {}", line.trim()));
        }
    }
    faults
}

/// The lines that are neither blank nor comments nor tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let is_code = |line: &&str| !matches!(line.trim(), "" | "//") && !line.trim().starts_with("//");
    text.lines().filter(is_code)
}

/// The sources with their paths below `src`.
fn library() -> Vec<(String, String)> {
    let src = root("src");
    let files = sources(&src).into_iter();
    let named = files.map(|file| {
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap();
        (path.to_owned(), fs::read_to_string(&file).unwrap())
    });
    named.collect()
}

#[test]
fn imports_run_downwards() {
    let files = library();
    assert!(files.len() > 60);
    let faults = files
        .iter()
        .flat_map(|(path, text)| imports_upwards(path, text));
    assert_eq!(faults.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn imports_that_run_upwards_are_found() {
    let cases = [
        ("verify/judge.rs", "use crate::store::TokenRecord;", true),
        ("verify/judge.rs", "use crate::verify::Verified;", true),
        ("verify/judge.rs", "/// See crate::handshake::Answer.", true),
        ("verify/judge.rs", "use super::verified::Verified;", true),
        ("testkit/probe.rs", "use crate::Verifier;", true),
        ("lib.rs", "pub use crate::store::TokenStore;", true),
        ("store/mod.rs", "use crate::verify::Verified;", false),
        ("store/mod.rs", "use super::verify::Verified;", false),
        ("store/memory/mod.rs", "use super::super::verify::A;", false),
        ("wire/utf8.rs", "use crate::credentials::Uid;", false),
        ("token/mod.rs", "use crate::time::Timestamp;", false),
        ("refusal/mod.rs", "use crate::{store, verify};", false),
        ("refusal/mod.rs", "use crate::Verifier;", false),
        (
            "handshake/mod.rs",
            "fn a() -> crate::testkit::Report {",
            false,
        ),
    ];
    for (path, line, is_right) in cases {
        let faults = imports_upwards(path, line);
        assert_eq!(faults.is_empty(), is_right, "{path}: {line}");
    }
    let test = "use crate::time::A;\n#[cfg(test)]\nmod tests {\n    use crate::verify::B;\n}";
    assert_eq!(imports_upwards("store/mod.rs", test), [""; 0]);
}

#[test]
fn no_file_has_more_than_200_lines_of_code() {
    for (path, text) in library() {
        let lines = code(&text).count();
        assert!(lines <= 200, "{path}: {lines}");
    }
}

/// What the front page of the documentation shows in fences: wider lines are cut at the right.
#[test]
fn the_front_page_fits_80_columns() {
    let text = fs::read_to_string(root("src/lib.rs")).unwrap();
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let mut shown = 0;
    for fenced in lines
        .split(|line| line.starts_with("```"))
        .skip(1)
        .step_by(2)
    {
        for line in fenced.iter().filter(|line| !line.starts_with("# ")) {
            shown += 1;
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    assert!(shown > 50, "{shown}");
}

/// A stranger's first look: the workflow runs what is here.
#[test]
fn the_workflow_runs_the_checks() {
    let workflow = fs::read_to_string(root(".github/workflows/ci.yml")).unwrap();
    let runs = workflow
        .lines()
        .filter_map(|line| line.split_once("run: bash "));
    let runs: Vec<_> = runs.map(|(_, command)| command).collect();
    assert_eq!(runs, [".ci/run --quick", ".ci/run"]);
    let script = fs::read_to_string(root(".ci/run")).unwrap();
    let (quick, rest) = script.split_once("!= --quick ]").unwrap();
    for step in [
        "cargo fmt --all --check",
        "cargo clippy ",
        "cargo test --locked\n",
    ] {
        assert!(quick.contains(step) && !rest.is_empty(), "{step}");
    }
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

/// The places where a token's text, a digest or a padded token is taken out of its type. A new
/// place must be reviewed: does its time depend on what is stored, does it print the secret?
#[test]
fn every_door_to_a_secret_is_known() {
    let doors = [
        "expose_secret()",
        ".padded()",
        ".as_digest()",
        "stored.as_bytes()",
    ];
    let mut found = Vec::new();
    for (path, text) in library() {
        let uses = |line: &str| -> usize { doors.iter().map(|d| line.matches(d).count()).sum() };
        let count: usize = code(&text).map(uses).sum();
        if count > 0 {
            found.push((path, count));
        }
    }
    found.sort();
    let known = [
        ("credentials/owned.rs", 1),
        ("credentials/problems.rs", 1),
        ("refusal/report.rs", 4),
        ("store/stored_record.rs", 2),
        ("token/compare.rs", 7),
        ("token/fixed_len.rs", 3),
        ("token/mod.rs", 2),
        ("token/secret.rs", 1),
        ("verify/diagnose.rs", 2),
        ("verify/judge.rs", 2),
        ("wire/frame/connect.rs", 2),
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
    [
        "tests",
        "examples/gateway/tests",
        "examples/guard/tests",
        "src",
    ]
    .iter()
    .flat_map(|directory| sources(&root(directory)))
    .filter(|path| {
        path.file_name()
            .is_some_and(|name| *name == *format!("{file}.rs"))
    })
    .any(|path| is_test(&fs::read_to_string(path).unwrap(), test))
}

/// Returns whether the text has this function right after a `#[test]` attribute, and no other
/// attribute ignores it.
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
    rows_between(text, "## The threat model", "## What is not promised")
}

fn rows_between<'a>(text: &'a str, from: &str, to: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let model = text.split_once(from).unwrap().1;
    let model = model.split_once(to).unwrap().0;
    let is_heading = |line: &str| line.ends_with("| Shown by |") || line.ends_with("| 证据 |");
    let rows = model
        .lines()
        .filter(|line| line.starts_with("| ") && !is_heading(line));
    rows.map(|row| {
        let (line, evidence) = row.trim_matches('|').rsplit_once('|').unwrap();
        (
            line.trim(),
            evidence.split('`').skip(1).step_by(2).collect(),
        )
    })
    .collect()
}

/// A line that concedes something needs no evidence.
const CONCEDED: [&str; 1] = ["learns every token of a store that keeps them in plaintext"];

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
fn the_chinese_twin_names_the_same_evidence() {
    let english = fs::read_to_string(root("SECURITY.md")).unwrap();
    let chinese = fs::read_to_string(root("SECURITY.zh-CN.md")).unwrap();
    let chinese = rows_between(&chinese, "## 威胁模型", "## 没有承诺的内容");
    let evidence = |rows: Vec<(_, Vec<_>)>| rows.into_iter().map(|row| row.1).collect::<Vec<_>>();
    assert_eq!(
        evidence(chinese),
        evidence(rows(&english)),
        "SECURITY.zh-CN.md"
    );
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
