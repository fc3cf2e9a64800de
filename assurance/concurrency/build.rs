//! Copies the library's source, with the locks of `MemoryStore` exchanged for loom's: one line,
//! which must be there. All else is what users run.

use std::path::Path;
use std::{env, fs};

const LOCKS: &str =
    "use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};";
const LOOMS: &str = "use loom::sync::{RwLock as ShardedLock, \
                     RwLockReadGuard as ShardedLockReadGuard, \
                     RwLockWriteGuard as ShardedLockWriteGuard};";

fn main() {
    println!("cargo:rerun-if-changed=../../src");
    let out = env::var("OUT_DIR").unwrap();
    let copy = Path::new(&out).join("library");
    let _ = fs::remove_dir_all(&copy);
    copied(Path::new("../../src"), &copy);
    change(&copy.join("store/memory/mod.rs"), |text| {
        assert_eq!(text.matches(LOCKS).count(), 1, "the locks of MemoryStore");
        text.replace(LOCKS, LOOMS)
    });
    // An included file has no attributes of the crate.
    change(&copy.join("lib.rs"), |text| {
        text[text.find("extern crate alloc;").unwrap()..].to_owned()
    });
    let root = copy.join("lib.rs");
    println!("cargo:rustc-env=LIBRARY={}", root.display());
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copied(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn change(file: &Path, change: impl FnOnce(String) -> String) {
    fs::write(file, change(fs::read_to_string(file).unwrap())).unwrap();
}
