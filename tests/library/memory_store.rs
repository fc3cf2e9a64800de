//! `MemoryStore`: no record is lost or invented, whatever the threads do.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use wukongim_auth::DeviceFlag::{App, Pc, System, Web};
use wukongim_auth::compare::Secret;
use wukongim_auth::provision::RotateError;
use wukongim_auth::{
    DeviceFlag, DeviceFlags, MemoryStore, Timestamp, Token, TokenRecord, TokenStore,
};

use crate::records::issued;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn text(record: &TokenRecord) -> &str {
    match record.secret() {
        Secret::Plain(token) => token.expose_secret(),
        other => panic!("{other:?} is not plain"),
    }
}

fn token_of<S: BuildHasher>(store: &MemoryStore<S>, uid: &str, flag: DeviceFlag) -> Option<String> {
    store
        .get(uid, flag)
        .unwrap()
        .map(|record| text(&record).to_owned())
}

#[test]
fn concurrent_updates_lose_nothing() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 500;
    const USERS: usize = 5;
    let (store, start) = (MemoryStore::new(), Barrier::new(THREADS));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for round in 0..ROUNDS {
                    let uid = format!("user{}", round % USERS);
                    store.update(&uid, Web, |record| {
                        let count: usize =
                            record.map_or(0, |record| text(&record).parse().unwrap());
                        Some(issued((count + 1).to_string()))
                    });
                }
            });
        }
    });
    for user in 0..USERS {
        let total = (THREADS * ROUNDS / USERS).to_string();
        assert_eq!(token_of(&store, &format!("user{user}"), Web), Some(total));
    }
    assert_eq!(store.len(), USERS);
}

/// Each written record contains the same value four times, so a torn or invented record would be
/// noticed.
#[test]
fn readers_see_only_what_was_written() {
    let record = |number: i64| {
        let (new, old) = (format!("{number:0>64}"), format!("old{number:0>61}"));
        let record = issued(old).rotate(Token::new(new), at(number)).unwrap();
        record.with_expiry(at(number))
    };
    let (store, done, seen) = (
        MemoryStore::new(),
        AtomicBool::new(false),
        AtomicUsize::new(0),
    );
    store.insert("u", Web, record(0));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut last = 0;
                    while !done.load(Ordering::Acquire) || last < 2_000 {
                        let record = store.get("u", Web).unwrap().unwrap();
                        let number: i64 = text(&record).parse().unwrap();
                        assert_eq!(record.expires_at(), Some(at(number)));
                        assert_eq!(record.superseded_until(), Some(at(number)));
                        assert!(number >= last, "{number} after {last}");
                        last = number;
                        seen.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for number in 1..=2_000 {
            store.insert("u", Web, record(number));
        }
        done.store(true, Ordering::Release);
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
    });
    assert!(seen.into_inner() >= 3);
}

#[test]
fn a_revocation_is_seen_once_update_returned() {
    let store = MemoryStore::new();
    for round in 0..300 {
        let uid = format!("user{round}");
        store.insert(&uid, Web, issued("token"));
        let revoked = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                loop {
                    // Read before the lookup: what was returned by then must be seen by it.
                    let was_revoked = revoked.load(Ordering::Acquire);
                    let record = store.get(&uid, Web).unwrap().unwrap();
                    if was_revoked {
                        assert_eq!(record.revoked_at(), Some(at(7)));
                        return;
                    }
                }
            });
            store.update(&uid, Web, |record| {
                record.map(|record| record.revoke(at(7)))
            });
            revoked.store(true, Ordering::Release);
        });
    }
}

#[test]
fn update_gives_back_what_is_registered_now() {
    let store = MemoryStore::new();
    assert!(store.update("u", Web, |record| record).is_none());
    assert!(store.is_empty(), "nothing was made of nothing");
    let inserted = store.update("u", Web, |record| {
        assert!(record.is_none());
        Some(issued("first"))
    });
    assert_eq!(text(&inserted.unwrap()), "first");
    assert_eq!((store.len(), store.is_empty()), (1, false));
    let mut calls = 0;
    let replaced = store.update("u", Web, |record| {
        calls += 1;
        assert_eq!(text(&record.unwrap()), "first");
        Some(issued("second"))
    });
    assert_eq!((calls, text(&replaced.unwrap())), (1, "second"));
    assert_eq!(token_of(&store, "u", Web).as_deref(), Some("second"));
    assert!(store.update("u", Web, |_| None).is_none());
    assert!(store.get("u", Web).unwrap().is_none());
    assert_eq!((store.len(), store.is_empty()), (0, true));
}

#[test]
fn a_panic_leaves_what_was_registered() {
    let store = MemoryStore::new();
    store.insert("u", Web, issued("token"));
    for (uid, flag) in [("u", Web), ("u", App), ("nobody", Web)] {
        let before = token_of(&store, uid, flag);
        let panicking = || store.update(uid, flag, |_| panic!("the host's code failed"));
        assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err());
        assert_eq!(token_of(&store, uid, flag), before);
    }
    assert_eq!(store.len(), 1);
    // The shard goes on working.
    store.insert("u", App, issued("another"));
    assert_eq!(token_of(&store, "u", App).as_deref(), Some("another"));
    let records = store.get_all("u", DeviceFlags::CLIENTS).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(store.purge(Timestamp::MAX, Duration::ZERO), 0);
}

#[test]
fn purge_forgets_what_ended_long_enough_ago_and_counts_it() {
    let store = MemoryStore::new();
    store.insert("live", Web, issued("t"));
    store.insert("expires later", Web, issued("t").with_expiry(at(500)));
    store.insert("expired", Web, issued("t").with_expiry(at(100)));
    store.insert("revoked", Web, issued("t").revoke(at(100)));
    store.insert("revoked", App, issued("t").revoke(at(200)));
    let retention = Duration::from_millis(50);
    for (now, purged, left) in [
        (150, 0, 5),
        (151, 2, 3),
        (151, 0, 3),
        (251, 1, 2),
        (550, 0, 2),
        (551, 1, 1),
    ] {
        assert_eq!(
            (store.purge(at(now), retention), store.len()),
            (purged, left),
            "at {now}"
        );
    }
    assert_eq!(token_of(&store, "live", Web).as_deref(), Some("t"));
}

#[test]
fn uids_are_kept_byte_for_byte() {
    // 38 bytes are kept inline.
    let a = |len| "a".repeat(len);
    let uids = [
        a(1),
        a(36),
        a(37),
        a(38),
        a(39),
        a(40),
        a(255),
        a(256),
        a(294),
        a(70_000),
        a(37) + "b",
        a(38) + "b",
        a(37) + "\0",
        a(38) + "\0",
        "é".repeat(18),
        "é".repeat(19),
        "é".repeat(20),
        a(36) + "é",
        a(37) + "é",
        a(35) + "漢",
        a(36) + "漢",
        "A".into(),
        " a".into(),
        "a ".into(),
        "e\u{301}".into(),
        "é".into(),
        String::new(),
        "\0".into(),
    ];
    let store = MemoryStore::new();
    for uid in &uids {
        assert!(
            store.get(uid, Web).unwrap().is_none(),
            "{uid:?} is there already"
        );
        store.insert(uid, Web, issued(format!("token of {uid}")));
    }
    assert_eq!(store.len(), uids.len());
    for uid in &uids {
        assert_eq!(token_of(&store, uid, Web), Some(format!("token of {uid}")));
        let credentials = wukongim_auth::Credentials::new(uid, Web, "x");
        let wrong = wukongim_auth::verify(&store, &credentials, at(0)).unwrap_err();
        assert_eq!(wrong.uid(), uid);
        let text = format!("token of {uid}");
        let right = wukongim_auth::Credentials::new(uid, Web, text.as_str());
        if let Ok(verified) = wukongim_auth::verify(&store, &right, at(0)) {
            assert_eq!(verified.uid(), uid);
        }
    }
}

#[test]
fn get_all_is_what_this_user_has_of_the_flags_asked_for() {
    let store = MemoryStore::new();
    let custom = DeviceFlag::from(7);
    for flag in [App, Web, Pc, System, custom] {
        store.insert("alice", flag, issued(flag.to_string()));
        store.insert("bob", flag, issued("bob's"));
    }
    let all = |uid, flags| -> Vec<(DeviceFlag, String)> {
        let records = store.get_all(uid, flags).unwrap().into_iter();
        records
            .map(|(flag, record)| (flag, text(&record).to_owned()))
            .collect()
    };
    let pair = |flag: DeviceFlag| (flag, flag.to_string());
    let clients = DeviceFlags::CLIENTS;
    assert_eq!(all("alice", clients), [pair(App), pair(Web), pair(Pc)]);
    assert_eq!(all("alice", clients.without(App)), [pair(Web), pair(Pc)]);
    let named = clients.with(System).with(custom).with(DeviceFlag::from(8));
    let expected = [pair(App), pair(Web), pair(Pc), pair(custom), pair(System)];
    assert_eq!(all("alice", named), expected);
    assert_eq!(all("alice", DeviceFlags::NONE), []);
    assert_eq!(all("carol", named), []);
    store.update("alice", Web, |_| None);
    assert_eq!(all("alice", clients), [pair(App), pair(Pc)]);
}

#[test]
fn rotating_and_revoking_are_as_the_records_do_it() {
    let store = MemoryStore::new();
    let rotate = |token: &str, until| store.rotate("u", Web, Token::new(token), at(until));
    assert!(rotate("token", 5).unwrap().is_none());
    assert!(store.revoke("u", Web, at(1)).is_none());
    assert!(store.is_empty());

    store.insert("u", Web, issued("first").with_expiry(at(90)));
    let record = rotate("second", 50).unwrap().unwrap();
    assert_eq!(text(&record), "second");
    let times = (record.superseded_until(), record.expires_at());
    assert_eq!(times, (Some(at(50)), Some(at(90))));
    assert_eq!(token_of(&store, "u", Web).as_deref(), Some("second"));

    let tombstone = store.revoke("u", Web, at(6)).unwrap();
    assert_eq!(
        (tombstone.revoked_at(), tombstone.revocations()),
        (Some(at(6)), 1)
    );
    let tombstone = store.revoke("u", Web, at(7)).unwrap();
    assert_eq!(
        (tombstone.revoked_at(), tombstone.revocations()),
        (Some(at(6)), 1)
    );
    let error: RotateError = rotate("third", 70).unwrap_err();
    assert_eq!(
        (error.revoked_at(), text(&error.into_record())),
        (at(6), "second")
    );
    let kept = store.get("u", Web).unwrap().unwrap();
    assert_eq!((text(&kept), kept.revoked_at()), ("second", Some(at(6))));
    assert_eq!(store.len(), 1);
}

/// Whatever record the tombstone was made from.
#[test]
fn a_tombstone_in_place_of_a_token_counts_as_a_revocation() {
    let tombstone = || issued("token").revoke(at(1));
    let token = issued("token").replacing(Some(&tombstone()));
    for update in [false, true] {
        let store = MemoryStore::new();
        store.insert("u", Web, token.clone());
        for expected in [2, 2] {
            match update {
                true => drop(store.update("u", Web, |_| Some(tombstone()))),
                false => store.insert("u", Web, tombstone()),
            }
            let record = store.get("u", Web).unwrap().unwrap();
            assert_eq!(
                record.revocations(),
                expected,
                "a tombstone is revoked once"
            );
        }
        store.insert("u", Web, token.clone());
        let record = store.get("u", Web).unwrap().unwrap();
        assert_eq!((record.revocations(), record.revoked_at()), (2, None));
    }
}

/// Whatever a record looks like, and whichever count is the larger.
#[test]
fn a_count_of_revocations_never_shrinks() {
    let long = "u".repeat(100);
    let revoked = |times: u32| {
        (0..times).fold(issued("token"), |record, _| {
            issued("token").replacing(Some(&record.revoke(at(1))))
        })
    };
    for uid in ["u", long.as_str()] {
        for new in [
            || issued("new"),
            || issued("n".repeat(200)),
            || issued("new").into_digest_only(),
            || issued("new").with_expiry(at(9)),
            || issued("old").rotate(Token::new("new"), at(50)).unwrap(),
        ] {
            for (before, after, expected) in [(0, 0, 0), (0, 2, 2), (2, 0, 2), (1, 3, 3), (3, 1, 3)]
            {
                let next = new().replacing(Some(&revoked(after)));
                let check = |store: &MemoryStore| {
                    let record = store.get(uid, Web).unwrap().unwrap();
                    assert_eq!(record.revocations(), expected, "{before} {after}");
                    assert_eq!(record.secret().to_string(), next.secret().to_string());
                    assert_eq!(record.expires_at(), next.expires_at());
                    assert_eq!(record.superseded_until(), next.superseded_until());
                    assert_eq!(record.revoked_at(), None);
                    assert_eq!(store.len(), 1);
                };
                let store = MemoryStore::new();
                store.insert(uid, Web, revoked(before));
                store.insert(uid, Web, next.clone());
                check(&store);
                let store = MemoryStore::new();
                store.insert(uid, Web, revoked(before));
                let now = store.update(uid, Web, |_| Some(next.clone())).unwrap();
                assert_eq!(now.revocations(), expected);
                check(&store);
            }
        }
    }
}

#[test]
fn every_flag_has_a_record_of_its_own() {
    let store = MemoryStore::new();
    for number in 0..=255 {
        store.insert("all", DeviceFlag::from(number), issued(number.to_string()));
    }
    for number in 0..=255 {
        let found = token_of(&store, "all", DeviceFlag::from(number));
        assert_eq!(found, Some(number.to_string()));
    }
}

/// Every uid has the same hash.
#[derive(Clone, Default)]
struct Colliding(u64);

impl BuildHasher for Colliding {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        self.clone()
    }
}

impl Hasher for Colliding {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}
}

#[test]
fn users_whose_hashes_collide_are_told_apart() {
    for hash in [0, u64::MAX, 0x0123_4567_89ab_cdef] {
        let store = MemoryStore::with_hasher(Colliding(hash));
        fill_and_check(&store, 300);
    }
}

#[test]
fn many_users_are_told_apart() {
    fill_and_check(&MemoryStore::new(), 20_000);
    fill_and_check(&MemoryStore::default(), 1);
}

fn fill_and_check<S: BuildHasher>(store: &MemoryStore<S>, users: usize) {
    for user in 0..users {
        store.insert(&format!("user-{user}"), Web, issued(user.to_string()));
    }
    for user in (0..users).step_by(3) {
        store.update(&format!("user-{user}"), Web, |_| None);
    }
    for user in 0..users {
        let expected = (user % 3 != 0).then(|| user.to_string());
        assert_eq!(token_of(store, &format!("user-{user}"), Web), expected);
    }
    assert_eq!(store.len(), users - users.div_ceil(3));
}

#[derive(Clone, Debug)]
enum Action {
    Insert(u32),
    Remove,
    Revoke(i64),
    Purge(i64),
}

fn action() -> impl Strategy<Value = (usize, u8, Action)> {
    let action = prop_oneof![
        3 => any::<u32>().prop_map(Action::Insert),
        1 => Just(Action::Remove),
        2 => (0..100_i64).prop_map(Action::Revoke),
        1 => (0..100_i64).prop_map(Action::Purge),
    ];
    (0..4_usize, 0..3_u8, action)
}

proptest! {
    /// Against an ordinary map of tokens and the time of their revocation.
    #[test]
    fn it_behaves_like_a_map(actions in prop::collection::vec(action(), 0..60)) {
        let uids = ["a", "b", "a uid that is longer than what is kept inline", "艾"];
        let store = MemoryStore::with_hasher(Colliding(3));
        let mut map: BTreeMap<(usize, u8), (String, Option<i64>)> = BTreeMap::new();
        for (user, flag, action) in actions {
            let (uid, device_flag) = (uids[user], DeviceFlag::from(flag));
            match action {
                Action::Insert(number) => {
                    store.insert(uid, device_flag, issued(number.to_string()));
                    map.insert((user, flag), (number.to_string(), None));
                }
                Action::Remove => {
                    store.update(uid, device_flag, |_| None);
                    map.remove(&(user, flag));
                }
                Action::Revoke(now) => {
                    store.update(uid, device_flag, |record| record.map(|r| r.revoke(at(now))));
                    if let Some((_, revoked)) = map.get_mut(&(user, flag)) {
                        *revoked = revoked.or(Some(now));
                    }
                }
                Action::Purge(now) => {
                    let before = map.len();
                    map.retain(|_, (_, revoked)| revoked.is_none_or(|revoked| revoked >= now));
                    prop_assert_eq!(store.purge(at(now), Duration::ZERO), before - map.len());
                }
            }
        }
        prop_assert_eq!(store.len(), map.len());
        for (user, uid) in uids.iter().enumerate() {
            for flag in 0..3 {
                let record = store.get(uid, flag.into()).unwrap();
                let found = record.map(|r| (text(&r).to_owned(), r.revoked_at().map(Timestamp::as_millis)));
                prop_assert_eq!(found, map.get(&(user, flag)).cloned());
            }
        }
    }
}

#[test]
fn collecting_and_extending_register_as_insert_does() {
    let rows = [("a", Web, "one"), ("b", App, "two"), ("a", Web, "three")];
    let records = || rows.map(|(uid, flag, token)| (uid, flag, issued(token)));
    let mut store: MemoryStore = records().into_iter().collect();
    assert_eq!(store.len(), 2);
    assert_eq!(token_of(&store, "a", Web), Some("three".into()), "the last");

    store.update("a", Web, |record| Some(record?.revoke(at(1))));
    store.extend([(String::from("a"), Web, issued("four"))]);
    let record = store.get("a", Web).unwrap().unwrap();
    assert_eq!((text(&record), record.revocations()), ("four", 1));

    // One that is shared.
    let shared = &store;
    (&*shared).extend(records());
    assert_eq!(token_of(shared, "a", Web), Some("three".into()));
}

#[test]
fn room_is_a_hint_and_changes_nothing_else() {
    let store = MemoryStore::new();
    store.insert("u", Web, issued("token"));
    for additional in [0, 1, 1000, usize::MAX] {
        store.reserve(additional);
        assert_eq!(
            (store.len(), token_of(&store, "u", Web)),
            (1, Some("token".into()))
        );
    }
}
