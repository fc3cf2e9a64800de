// What has to hold for records in the embedded store: whatever is done to them, they are what a
// simple map of texts and times says they are, and so is the standing of every session that they
// let in along the way.
//
// Input: steps, each a byte and what it needs: a change of one (uid, device flag), a purge, or a
// written record that is damaged before it is read. After a change, sessions are let in.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use wukongim_auth::session::Standing;
use wukongim_auth::{Credentials, DeviceFlags, MemoryStore, TokenStore, Verified, Verifier};

include!("input.rs");
include!("model.rs");
include!("sessions.rs");

const MOST_STEPS: usize = 64;

/// Three values only, so that users share a bucket, and two of them one shard.
#[derive(Default)]
struct Few(u64);

impl Hasher for Few {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |sum, byte| sum + u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        [0, 7, 0x0011_0000_0000_0000][(self.0 % 3) as usize]
    }
}

type Store = MemoryStore<BuildHasherDefault<Few>>;
type Models = HashMap<(&'static str, DeviceFlag), Model>;

fn records(data: &[u8]) {
    let mut input = Input(data);
    let (store, mut models) = (
        Store::with_hasher(BuildHasherDefault::default()),
        Models::new(),
    );
    let mut sessions = Sessions::default();
    for step in 0..MOST_STEPS {
        if input.is_empty() {
            break;
        }
        match input.byte() % 8 {
            0 => purged(&mut input, &store, &mut models),
            1 => damaged(&mut input, &store),
            _ => {
                let pair = changed(&mut input, &store, &mut models, step);
                sessions.let_in(pair, &store, &models, step);
            }
        }
        sessions.stand_as_the_model_says(&store, &models);
    }
    hold_the_same(&store, &models);
}

fn changed(
    input: &mut Input<'_>,
    store: &Store,
    models: &mut Models,
    step: usize,
) -> (&'static str, DeviceFlag) {
    let (uid, flag) = pair(input);
    let change = Change::choose(input);
    let expected = change.of_model(models.remove(&(uid, flag)));
    let now_there = match step % 2 {
        0 => updated(store, uid, flag, &change),
        _ => by_its_own_method(store, uid, flag, &change),
    };
    same(now_there.as_ref(), expected.as_ref());
    same(store.get(uid, flag).unwrap().as_ref(), expected.as_ref());
    models.extend(expected.map(|model| ((uid, flag), model)));
    assert_eq!(store.len(), models.len());
    (uid, flag)
}

fn updated(store: &Store, uid: &str, flag: DeviceFlag, change: &Change) -> Option<TokenRecord> {
    let mut calls = 0;
    let now_there = store.update(uid, flag, |record| {
        calls += 1;
        change.of_record(record)
    });
    assert_eq!(calls, 1);
    now_there
}

/// What everybody does with a record has a method of the store, which carries over by itself.
fn by_its_own_method(
    store: &Store,
    uid: &str,
    flag: DeviceFlag,
    change: &Change,
) -> Option<TokenRecord> {
    let time = |millis: i64| Timestamp::from_millis(millis);
    match change {
        Change::Issue(..) => {
            let issued = change.of_record(None).unwrap();
            store.insert(uid, flag, issued);
            store.get(uid, flag).unwrap()
        }
        Change::Rotate(secret, ends) => store
            .rotate(uid, flag, secret.secret(), time(*ends))
            .unwrap_or_else(|error| Some(error.into_record())),
        Change::Revoke(now) => store.revoke(uid, flag, time(*now)),
        _ => updated(store, uid, flag, change),
    }
}

fn purged(input: &mut Input<'_>, store: &Store, models: &mut Models) {
    let (now, retention) = (input.pick(&TIMES), input.pick(&SPANS));
    let before = models.len();
    models.retain(|_, model| !model.is_purgeable(now, retention));
    let gone = store.purge(Timestamp::from_millis(now), retention);
    assert_eq!(gone, before - models.len());
    hold_the_same(store, models);
}

/// What is read at all is a record like any other.
fn damaged(input: &mut Input<'_>, store: &Store) {
    let (uid, flag) = pair(input);
    let Some(record) = store.get(uid, flag).unwrap() else {
        return;
    };
    let mut text = written(&record).into_bytes();
    for _ in 0..=input.byte() % 2 {
        let at = input.number() % text.len();
        match input.byte() % 4 {
            0 => drop(text.remove(at)),
            1 => text.insert(at, input.byte()),
            _ => text[at] = input.byte(),
        }
    }
    let Ok(Ok(record)) = String::from_utf8(text).map(|text| read(&text)) else {
        return;
    };
    let text = written(&record);
    assert_eq!(written(&read(&text).unwrap()), text);
    if record.revoked_at().is_some() {
        assert_eq!(record.superseded_until(), None);
    }
}

fn hold_the_same(store: &Store, models: &Models) {
    assert_eq!(store.len(), models.len());
    for uid in ["alice", "bob", "nobody"] {
        for flag in [0, 1, 2, 99, 4, 200, 7].map(DeviceFlag::from) {
            let record = store.get(uid, flag).unwrap();
            same(record.as_ref(), models.get(&(uid, flag)));
            let all: DeviceFlags = FLAGS.into_iter().map(DeviceFlag::from).collect();
            let asked = all.without(flag);
            let records = store.get_all(uid, asked).unwrap();
            let flags: Vec<_> = records.iter().map(|(flag, _)| *flag).collect();
            let there = asked
                .iter()
                .filter(|other| models.contains_key(&(uid, *other)));
            assert_eq!(flags, there.collect::<Vec<_>>());
            for (flag, record) in &records {
                same(Some(record), models.get(&(uid, *flag)));
            }
        }
    }
}

fn same(record: Option<&TokenRecord>, model: Option<&Model>) {
    let stored = record.map(|record| serde_json::to_value(record.expose_for_storage()).unwrap());
    assert_eq!(stored, model.map(Model::stored));
    if let (Some(record), Some(model)) = (record, model) {
        let until = model.overlap().map(|(_, until)| until);
        assert_eq!(record.superseded_until().map(Timestamp::as_millis), until);
        for now in TIMES {
            for retention in SPANS {
                let expected = model.is_purgeable(now, retention);
                let now = Timestamp::from_millis(now);
                assert_eq!(record.is_purgeable(now, retention), expected);
            }
        }
    }
}
