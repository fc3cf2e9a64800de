//! Tokens in a file: the store keeps the contract, and loses nothing that it acknowledged, however
//! its process ends.
#![cfg(unix)]

mod contract;
mod damage;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What it says is collected to the last line that came whole, and held against the file.
#[test]
fn kill_9_in_the_midst_of_writing_loses_nothing_that_was_acknowledged() {
    const KILLS: usize = 15;
    let folder = Folder::new("durable-kill");
    let (tokens, issued) = (folder.file("tokens.redb"), folder.file("issued.txt"));
    let (random, mut acknowledged) = (SystemRandom::new(), String::new());
    for kill in 0..KILLS {
        let mut child = Command::new(env!("CARGO_BIN_EXE_durable_store"))
            .arg(&tokens)
            .args(["issue", "--count", "1000000"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // It is under way: the moment is anywhere in a write from here on.
        out.read_line(&mut acknowledged).unwrap();
        let mut byte = [0];
        random.fill(&mut byte).unwrap();
        thread::sleep(Duration::from_micros(u64::from(byte[0]) * 300));
        child.kill().unwrap();
        out.read_to_string(&mut acknowledged).unwrap();
        assert!(!child.wait().unwrap().success());
        let whole = acknowledged.rfind('\n').map_or(0, |end| end + 1);
        acknowledged.truncate(whole);
        std::fs::write(&issued, &acknowledged).unwrap();
        let (kept, says) = verify(&tokens, &issued);
        let steps = acknowledged.lines().count();
        let expected = format!("{steps} steps are as they were acknowledged, 0 are not");
        assert!(
            kept && says.contains(&expected),
            "after kill {kill}: {says}"
        );
    }
    let steps = acknowledged.lines().count();
    assert!(steps > 2 * KILLS, "{steps} steps in {KILLS} runs");
    assert!(
        acknowledged.contains("revoked "),
        "{steps} steps, none a revocation"
    );

    // It would be noticed: a token that was never written.
    let stranger = ["issued 0123456789abcdef ", &"f".repeat(64), "\n"].concat();
    std::fs::write(&issued, acknowledged + &stranger).unwrap();
    let (kept, says) = verify(&tokens, &issued);
    assert!(!kept && says.contains("1 are not"), "{says}");
}

fn verify(tokens: &Path, issued: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_durable_store"))
        .arg(tokens)
        .arg("verify")
        .stdin(File::open(issued).unwrap())
        .output()
        .unwrap();
    let says = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(says).unwrap())
}

#[test]
fn the_file_holds_no_token_and_what_is_no_such_file_is_refused() {
    let folder = Folder::new("durable-file");
    let tokens = folder.file("tokens.redb");
    let output = Command::new(env!("CARGO_BIN_EXE_durable_store"))
        .arg(&tokens)
        .args(["issue", "--count", "8"])
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let file = std::fs::read(&tokens).unwrap();
    let holds = |text: &str| {
        file.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert_eq!(out.lines().count(), 10);
    for line in out.lines() {
        let words: Vec<_> = line.split(' ').collect();
        assert!(holds(words[1]), "the uid is there: {line}");
        assert!(!holds(words[2]), "the token is not: {line}");
    }

    let other = folder.file("other");
    std::fs::write(&other, "not a database").unwrap();
    let (taken, says) = verify(&other, &tokens);
    assert!(!taken && says.starts_with("the file: "), "{says}");
}
