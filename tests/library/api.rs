//! The shape of the API, read from its sources: what stands at the root, and whose types it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wukongim_test_support::program::repository;

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let nested = paths.map(|path| match path.is_dir() {
        true => sources(&path),
        false => vec![path],
    });
    nested.flatten().collect()
}

/// The names in a `use` of one path or of a braced list, by which the code then calls them.
fn imported(list: &str) -> Vec<&str> {
    let names = list.split([',', '{', '}', ';']).map(str::trim);
    let names = names.map(|name| name.rsplit(" as ").next().unwrap());
    let names = names.map(|name| name.rsplit("::").next().unwrap().trim());
    names.filter(|name| !name.is_empty()).collect()
}

/// Every statement that begins with one of these words, up to where its body begins or it ends.
fn statements<'t>(text: &'t str, beginnings: &[&str]) -> Vec<&'t str> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let starts = code.lines().filter(|line| {
        let line = line.trim_start();
        beginnings
            .iter()
            .any(|beginning| line.starts_with(beginning))
    });
    let whole = starts.map(|line| {
        let start = line.as_ptr().addr() - code.as_ptr().addr();
        let rest = &code[start..];
        let is_use = line.trim_start().contains("use ");
        let end = match is_use {
            true => rest.find(';'),
            false => rest.find(['{', ';']),
        };
        &rest[..end.unwrap_or(rest.len())]
    });
    whole.collect()
}

/// The names that most servers use; everything else is in modules. An additional name here is a
/// decision.
#[test]
fn the_root_holds_what_most_hosts_name() {
    let text = fs::read_to_string(repository("src/lib.rs")).unwrap();
    let of_the_root = statements(&text, &["pub use "]);
    // What stands in a module is indented.
    let of_the_root = of_the_root
        .iter()
        .filter(|use_| use_.starts_with("pub use "));
    let names: BTreeSet<&str> = of_the_root
        .flat_map(|statement| imported(statement.split_once("::").unwrap().1))
        .collect();
    for name in [
        "Acceptor",
        "MemoryStore",
        "Verifier",
        "verify_async",
        "DeviceFlags",
    ] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    for name in [
        "SessionKeys",
        "Fix",
        "StoredRecord",
        "compare",
        "JsonRpcError",
    ] {
        assert!(!names.contains(name), "{name} stands in a module");
    }
    assert_eq!(names.len(), 30, "{names:?}");
}

/// The names by which a file refers to ring's items.
fn of_ring(text: &str) -> BTreeSet<&str> {
    let imports = statements(text, &["use ring::"]).into_iter();
    let lists = imports.map(|import| import.rsplit_once("::{").unwrap_or(("", import)).1);
    lists.flat_map(imported).chain(["ring"]).collect()
}

fn public(text: &str) -> Vec<&str> {
    let beginnings = [
        "pub fn",
        "pub const",
        "pub type",
        "pub use",
        "pub struct",
        "impl",
    ];
    statements(text, &beginnings)
}

fn ring_in<'t>(signature: &'t str, of_ring: &BTreeSet<&str>) -> Option<&'t str> {
    let mut words = signature.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.find(|word| of_ring.contains(word))
}

/// A caller that supplied randomness would have to name ring's types, which nobody else can
/// implement, so they stay inside.
#[test]
fn no_public_signature_names_a_type_of_ring() {
    let (mut importing, mut signatures) = (0, 0);
    for file in sources(&repository("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let of_ring = of_ring(&text);
        importing += usize::from(of_ring.len() > 1);
        for signature in public(&text) {
            signatures += 1;
            let named = ring_in(signature, &of_ring);
            assert_eq!(named, None, "{}: {signature}", file.display());
        }
    }
    let seen = (importing, signatures);
    assert!(importing >= 2 && signatures > 200, "{seen:?}");
}

/// A broken signature, to check that it would be found.
#[test]
fn a_signature_that_names_a_type_of_ring_is_seen() {
    let text = "use ring::rand::{SecureRandom, SystemRandom as Random};\n\
                impl Token {\n    pub fn make(\n        with: &Random,\n    ) -> Self {\n";
    assert_eq!(of_ring(text), ["Random", "SecureRandom", "ring"].into());
    let [_, signature] = public(text)[..] else {
        panic!("an impl and a function");
    };
    assert_eq!(ring_in(signature, &of_ring(text)), Some("Random"));
    assert_eq!(ring_in("pub fn make() -> Self", &of_ring(text)), None);
    assert_eq!(ring_in("pub use ring::rand", &of_ring("")), Some("ring"));
}

/// `assurance/api-promises.md`: every promise has tests, and they are there.
#[test]
fn every_promise_is_shown_by_tests() {
    let page = fs::read_to_string(repository("assurance/api-promises.md")).unwrap();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    let mut points = BTreeSet::new();
    for row in rows {
        let (promise, tests) = row.trim_matches('|').rsplit_once(" | ").unwrap();
        points.insert(promise.trim().split(' ').next().unwrap().to_owned());
        let tests = tests.split('`').skip(1).step_by(2);
        let tests: Vec<_> = tests.filter(|test| test.contains("::")).collect();
        assert!(!tests.is_empty(), "nothing shows: {promise}");
        for test in tests {
            assert!(is_there(test), "there is no test {test}: {promise}");
        }
    }
    let expected: BTreeSet<_> = (1..=14).map(|point| point.to_string()).collect();
    assert_eq!(points, expected);
    assert!(!is_there("library::api::is_there"));
    assert!(!is_there(
        "library::no_such_file::every_promise_is_shown_by_tests"
    ));
}

fn is_there(test: &str) -> bool {
    let (file, name) = test.rsplit_once("::").unwrap();
    let (root, file) = match file.strip_prefix("src::") {
        Some(file) => ("src", file.trim_end_matches("::tests")),
        None => ("tests", file),
    };
    let path = format!("{root}/{}.rs", file.replace("::", "/"));
    let text = fs::read_to_string(repository(&path)).unwrap_or_default();
    let function = format!("fn {name}(");
    let mut before = "";
    text.lines().any(|line| {
        let is_test = before.trim().starts_with("#[") && line.contains(&function);
        before = line;
        is_test
    })
}
