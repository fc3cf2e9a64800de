//! Features are additive: a server behaves the same whichever features other crates of its build
//! enable.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use wukongim_test_support::program::{program, repository};

const DEFAULT: &str = "wukongim-host-default-features";
const ALL: &str = "wukongim-host-all-features";

/// What the server of this package reports about the bytes that it is given.
fn transcript(package: &str) -> String {
    let output = Command::new(program(package)).output().unwrap();
    assert!(output.status.success(), "{package}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_host_behaves_the_same_whatever_features_are_on() {
    let (default, all) = (transcript(DEFAULT), transcript(ALL));
    // It told something: of each station, good and bad.
    for told in [
        "# a JSON-RPC request:",
        "alice of version 4",
        "not verified mismatch",
        "not accepted encode",
        "no registration: ",
        "no record: ",
        "Some(\"{\\\"v\\\":1",
    ] {
        assert!(default.contains(told), "{told} is not in:\n{default}");
    }
    let mut lines = default.lines().zip(all.lines());
    if let Some((default, all)) = lines.find(|(default, all)| default != all) {
        panic!("by default:\n{default}\nwith all features:\n{all}");
    }
    assert_eq!(default.lines().count(), all.lines().count());
}

/// The features of the library with which this package is built.
fn features(package: &str) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(repository(""));
    tree.args(["tree", "--package", package, "--edges", "normal"]);
    tree.args(["--depth", "1", "--prefix", "none", "--format", "{p}\t{f}"]);
    let output = tree.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let is_library = |line: &&str| line.starts_with("wukongim-auth v");
    let (_, features) = lines
        .lines()
        .find(is_library)
        .unwrap()
        .split_once('\t')
        .unwrap();
    features.split([',', ' ']).map(str::to_owned).collect()
}

/// The two servers are built as their names say: one with the default features only, the other with
/// all of them.
#[test]
fn one_host_has_the_default_features_and_one_has_all() {
    let manifest = fs::read_to_string(repository("Cargo.toml")).unwrap();
    let (_, section) = manifest.split_once("\n[features]\n").unwrap();
    let (section, _) = section.split_once("\n[").unwrap();
    let declared = section.lines().filter(|line| !line.starts_with('#'));
    let declared: BTreeSet<_> = declared
        .filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
        .collect();
    assert!(declared.len() > 5, "{declared:?}");
    assert_eq!(features(ALL), declared);
    let default = ["default", "memory", "std"].map(str::to_owned);
    assert_eq!(features(DEFAULT), default.into());
}
