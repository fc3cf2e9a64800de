//! Files and records that cannot be read.

use wukongim_auth::{DeviceFlag, Timestamp, TokenStore};
use wukongim_stores::redb::DurableStore;
use wukongim_test_support::records::issued;

use super::{Folder, verify};

/// What a disk, or a truncated copy, may do to a file: opening it fails, or everything that was
/// there is still there. A rejected file is left as it is, so that its content can still be
/// rescued.
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
