//! `MemoryStore` in every order in which two threads may take its locks; and next to each model a
//! store that is broken in the way that it looks for.

use std::convert::Infallible;
use std::hash::{BuildHasherDefault, DefaultHasher};

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use wukongim_auth_concurrency::DeviceFlag::{App, Pc, Web};
use wukongim_auth_concurrency::compare::Secret;
use wukongim_auth_concurrency::session::Standing;
use wukongim_auth_concurrency::{
    Credentials, DeviceFlag, DeviceFlags, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord,
    TokenStore, verify,
};

/// Hashes must not change from one execution to the next.
type Memory = MemoryStore<BuildHasherDefault<DefaultHasher>>;

fn memory() -> Arc<Memory> {
    Arc::new(Memory::with_hasher(BuildHasherDefault::default()))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn numbered(number: i64) -> TokenRecord {
    TokenRecord::issue(Token::new(number.to_string()), DeviceLevel::Slave).with_expiry(at(number))
}

fn number(record: &TokenRecord) -> i64 {
    match record.secret() {
        Secret::Plain(token) => token.expose_secret().parse().unwrap(),
        other => panic!("{other:?} is not plain"),
    }
}

/// Two threads add one each.
fn updates_add_up(add_one: fn(&Memory)) {
    loom::model(move || {
        let store = memory();
        let other = store.clone();
        let thread = thread::spawn(move || add_one(&other));
        add_one(&store);
        thread.join().unwrap();
        let record = store.get("u", Web).unwrap().unwrap();
        assert_eq!(number(&record), 2, "an update was lost");
    });
}

#[test]
fn an_update_is_never_lost() {
    updates_add_up(|store| {
        store.update("u", Web, |record| {
            Some(numbered(record.map_or(0, |record| number(&record)) + 1))
        });
    });
}

#[test]
#[should_panic(expected = "an update was lost")]
fn control_an_update_in_two_steps() {
    updates_add_up(|store| {
        let record = store.get("u", Web).unwrap();
        let count = record.map_or(0, |record| number(&record));
        store.insert("u", Web, numbered(count + 1));
    });
}

/// One thread writes the second record while another reads.
fn records_are_whole(write: fn(&Memory)) {
    loom::model(move || {
        let store = memory();
        store.insert("u", Web, numbered(1));
        let other = store.clone();
        let thread = thread::spawn(move || write(&other));
        let record = store.get("u", Web).unwrap().unwrap();
        let ends_at = record.expires_at();
        assert_eq!(ends_at, Some(at(number(&record))), "half a record");
        thread.join().unwrap();
    });
}

#[test]
fn a_record_is_seen_whole() {
    records_are_whole(|store| store.insert("u", Web, numbered(2)));
}

#[test]
#[should_panic(expected = "half a record")]
fn control_a_record_written_in_two_steps() {
    records_are_whole(|store| {
        store.insert("u", Web, numbered(2).with_expiry(at(1)));
        store.insert("u", Web, numbered(2));
    });
}

/// One thread revokes, another verifies: what it asked after the revocation returned is refused.
fn revocation_holds(revoke: fn(&Memory, &AtomicBool)) {
    loom::model(move || {
        let store = memory();
        let token = Token::new("token");
        store.insert("u", Web, TokenRecord::issue(token, DeviceLevel::Slave));
        let has_returned = Arc::new(AtomicBool::new(false));
        let (other, returned) = (store.clone(), has_returned.clone());
        let thread = thread::spawn(move || revoke(&other, &returned));
        let was_revoked = has_returned.load(Ordering::Acquire);
        let verified = verify(&*store, &Credentials::new("u", Web, "token"), at(0));
        assert!(!was_revoked || verified.is_err(), "revoked, and verified");
        thread.join().unwrap();
        let verified = verify(&*store, &Credentials::new("u", Web, "token"), at(0));
        assert_eq!(verified.unwrap_err().cause().label(), "revoked");
    });
}

fn revoke(store: &Memory) {
    store.revoke("u", Web, at(0));
}

#[test]
fn nothing_revoked_verifies_once_the_revocation_returned() {
    revocation_holds(|store, has_returned| {
        revoke(store);
        has_returned.store(true, Ordering::Release);
    });
}

#[test]
#[should_panic(expected = "revoked, and verified")]
fn control_a_revocation_acknowledged_too_early() {
    revocation_holds(|store, has_returned| {
        has_returned.store(true, Ordering::Release);
        revoke(store);
    });
}

/// One thread revokes, another issues: whichever is first, a session from before is revoked.
fn revocation_is_seen_behind_an_issue(issue: fn(&Memory, TokenRecord)) {
    loom::model(move || {
        let store = memory();
        store.insert("u", Web, numbered(1));
        let session = verify(&*store, &Credentials::new("u", Web, "1"), at(0)).unwrap();
        let other = store.clone();
        let thread = thread::spawn(move || revoke(&other));
        issue(&store, numbered(2));
        thread.join().unwrap();
        let record = store.get("u", Web).unwrap();
        let standing = session.standing(record.as_ref(), at(0));
        assert_eq!(standing, Standing::Revoked, "a revocation was lost");
    });
}

#[test]
fn a_revocation_is_seen_behind_an_issue() {
    revocation_is_seen_behind_an_issue(|store, record| store.insert("u", Web, record));
}

#[test]
#[should_panic(expected = "a revocation was lost")]
fn control_an_issue_in_two_steps() {
    revocation_is_seen_behind_an_issue(|store, record| {
        let before = store.get("u", Web).unwrap();
        store.update("u", Web, |_| None);
        store.insert("u", Web, record.replacing(before.as_ref()));
    });
}

/// APP's record is changed before PC's: no look at both sees it the other way round.
fn others_are_of_one_moment<S: TokenStore<Error = Infallible> + 'static>(of: fn(Arc<Memory>) -> S) {
    loom::model(move || {
        let store = memory();
        store.insert("u", App, numbered(1));
        store.insert("u", Pc, numbered(1));
        let other = store.clone();
        let thread = thread::spawn(move || {
            other.insert("u", App, numbered(2));
            other.insert("u", Pc, numbered(2));
        });
        let flags = DeviceFlags::CLIENTS.without(Web);
        let records = of(store).get_all("u", flags).unwrap();
        let numbers: Vec<_> = records.iter().map(|(_, record)| number(record)).collect();
        assert_ne!(numbers, [1, 2], "two moments at once");
        thread.join().unwrap();
    });
}

#[test]
fn the_other_flags_are_seen_at_one_moment() {
    struct AsItIs(Arc<Memory>);

    impl TokenStore for AsItIs {
        type Error = Infallible;

        fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
            self.0.get(uid, flag)
        }

        fn get_all(
            &self,
            uid: &str,
            flags: DeviceFlags,
        ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Infallible> {
            self.0.get_all(uid, flags)
        }
    }

    others_are_of_one_moment(AsItIs);
}

#[test]
#[should_panic(expected = "two moments at once")]
fn control_the_other_flags_one_by_one() {
    struct OneByOne(Arc<Memory>);

    impl TokenStore for OneByOne {
        type Error = Infallible;

        fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
            self.0.get(uid, flag)
        }
    }

    others_are_of_one_moment(OneByOne);
}

/// A purge takes what is obsolete, and nothing that was issued meanwhile.
#[test]
fn a_purge_leaves_what_was_issued_meanwhile() {
    let mut model = loom::model::Builder::new();
    // It locks all 64 shards one by one: all orders of that would take forever.
    model.preemption_bound = Some(2);
    model.check(|| {
        let store = memory();
        store.insert("u", Web, numbered(1).revoke(at(1)));
        let other = store.clone();
        let thread = thread::spawn(move || other.purge(at(100), core::time::Duration::ZERO));
        store.insert("u", Web, numbered(1_000));
        let purged = thread.join().unwrap();
        let record = store.get("u", Web).unwrap().unwrap();
        assert_eq!(number(&record), 1_000);
        assert!(purged <= 1);
    });
}
