//! Tokens in a file: the store keeps the contract, and loses nothing that it acknowledged, however
//! its process ends.
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use wukongim_auth::compare::Secret;
use wukongim_auth::testkit::{Requirement, StoreUnderTest, check};
use wukongim_auth::{BoxError, DeviceFlag, Ready, Timestamp, TokenRecord, TokenStore};
use wukongim_stores::redb::DurableStore;
use wukongim_test_support::records::issued;

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

struct Durable(Ready<DurableStore>);

impl StoreUnderTest for Durable {
    type Store = Ready<DurableStore>;

    fn store(&self) -> &Self::Store {
        &self.0
    }

    async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        Ok(self.0.0.issue(uid, flag, record)?)
    }

    async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), BoxError> {
        Ok(self.0.0.rotate(uid, flag, secret, overlap_ends)?)
    }

    async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
        Ok(self.0.0.revoke(uid, flag, now)?)
    }

    async fn overwrite(
        &self,
        uid: &str,
        flag: DeviceFlag,
        written: &[u8],
    ) -> Result<bool, BoxError> {
        self.0.0.overwrite(uid, flag, written)?;
        Ok(true)
    }
}

#[test]
fn the_durable_store_keeps_the_contract() {
    let folder = Folder::new("durable-contract");
    let store = DurableStore::open(&folder.file("tokens.redb")).unwrap();
    let report = check(&Durable(Ready(store)));
    assert!(report.holds(), "{report}");
    assert_eq!(report.skipped(), [] as [Requirement; 0]);
}

/// A tombstone from before revocations were counted; and what cannot be read is replaced all the same.
#[test]
fn issuing_carries_over_how_often_the_token_was_revoked() {
    let folder = Folder::new("durable-revocations");
    let store = DurableStore::open(&folder.file("tokens.redb")).unwrap();
    let (flag, digest) = (DeviceFlag::Web, "0".repeat(64));
    let tombstone = format!(r#"{{"v":1,"sha256":"{digest}","device_level":0,"revoked_at":5}}"#);
    for (written, count) in [(tombstone.as_str(), 1), ("garbage", 0)] {
        store.overwrite("u", flag, written.as_bytes()).unwrap();
        store.issue("u", flag, issued("t")).unwrap();
        let revocations = || store.get("u", flag).unwrap().unwrap().revocations();
        assert_eq!(revocations(), count, "{written}");
        store.revoke("u", flag, Timestamp::now()).unwrap();
        assert_eq!(revocations(), count + 1, "{written}");
    }
}

#[test]
fn what_is_not_there_is_not_rotated() {
    let folder = Folder::new("durable-absent");
    let store = DurableStore::open(&folder.file("tokens.redb")).unwrap();
    let rotate = || {
        let secret = wukongim_auth::Token::new("next").into();
        store.rotate("u", DeviceFlag::Web, secret, Timestamp::MAX)
    };
    let error = rotate().unwrap_err().to_string();
    assert_eq!(error, "there is no token, issue one instead of rotating it");
    assert!(store.get("u", DeviceFlag::Web).unwrap().is_none());
    store.issue("u", DeviceFlag::Web, issued("t")).unwrap();
    rotate().unwrap();
    store
        .revoke("u", DeviceFlag::Web, Timestamp::now())
        .unwrap();
    assert!(rotate().unwrap_err().to_string().contains("revoked"));
    // Whoever is not known has nothing to be revoked.
    store
        .revoke("nobody", DeviceFlag::Web, Timestamp::now())
        .unwrap();
}

/// What a disk, or a copy that was cut short, may do to a file: it ends with an error, or all that was
/// there is there. A file that is refused stays as it is, for whoever wants to save something.
#[test]
fn a_damaged_file_is_an_error_and_stays_as_it_is() {
    const USERS: usize = 300;
    let folder = Folder::new("durable-damaged");
    let whole = folder.file("whole.redb");
    let store = DurableStore::open(&whole).unwrap();
    let uid = |user| format!("user-{user}");
    for user in 0..USERS {
        let record = issued("a-token");
        store.issue(&uid(user), DeviceFlag::Web, record).unwrap();
    }
    drop(store);
    let whole = std::fs::read(&whole).unwrap();
    let mut damaged = vec![("nothing".to_owned(), whole.clone())];
    // The header, and then every page.
    let places = (0..320)
        .step_by(4)
        .chain((320..whole.len()).step_by(4096).map(|page| page + 40));
    for at in places {
        let mut file = whole.clone();
        let end = whole.len().min(at + 8);
        file[at..end].iter_mut().for_each(|byte| *byte ^= 0x55);
        damaged.push((format!("8 bytes from {at}"), file));
    }
    for len in [1, 9, 100, 4096, 5000, whole.len() / 2, whole.len() - 1] {
        damaged.push((format!("all from {len}"), whole[..len].to_vec()));
    }
    damaged.push(("all".into(), vec![0xff; whole.len()]));
    damaged.push(("all of it zero".into(), vec![0; whole.len()]));
    let mut refused = 0;
    for (what, bytes) in &damaged {
        let file = folder.file("damaged.redb");
        std::fs::write(&file, bytes).unwrap();
        match DurableStore::open(&file) {
            Err(error) => {
                refused += 1;
                let error = error.to_string();
                assert!(error.starts_with("the file"), "{what}: {error}");
                assert_eq!(&std::fs::read(&file).unwrap(), bytes, "{what}: {error}");
            }
            // The damage was where nothing is, or where redb keeps a second copy.
            Ok(store) => {
                for user in 0..USERS {
                    let record = store.get(&uid(user), DeviceFlag::Web);
                    assert!(record.unwrap().is_some(), "{what}: {user}");
                }
            }
        }
    }
    assert!(refused > damaged.len() / 4, "{refused} were refused");
    assert!(refused < damaged.len(), "the whole file was refused");
}

/// From the beginning of the program: it says so, and ends as programs do.
#[test]
fn the_program_refuses_a_damaged_file() {
    let folder = Folder::new("durable-program");
    let (file, none) = (folder.file("tokens.redb"), folder.file("none"));
    let store = DurableStore::open(&file).unwrap();
    store.issue("u", DeviceFlag::Web, issued("t")).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&file).unwrap();
    // All but the header.
    bytes[4096..].fill(0xa5);
    std::fs::write(&file, &bytes).unwrap();
    std::fs::write(&none, "").unwrap();
    let (taken, says) = verify(&file, &none);
    assert!(!taken && says.contains("the file is damaged"), "{says}");
    assert!(!says.contains("panicked"), "{says}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

/// An error says where, and quotes nothing: what stands there may be a token.
#[test]
fn what_is_no_record_is_an_error_without_a_word_of_it() {
    let folder = Folder::new("durable-unreadable");
    let store = DurableStore::open(&folder.file("tokens.redb")).unwrap();
    for written in [
        "canary",
        r#"{"v":1,"token":"canary","device_level":"canary"}"#,
        r#"[1,"canary",null,0]"#,
        r#"{"v":2,"token":"canary","device_level":0}"#,
        r#"{"v":1,"sha256":"canary","device_level":0}"#,
    ] {
        let flag = DeviceFlag::Web;
        store.overwrite("u", flag, written.as_bytes()).unwrap();
        let errors = [
            store.get("u", flag).unwrap_err(),
            store.revoke("u", flag, Timestamp::now()).unwrap_err(),
        ];
        for error in errors {
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
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
