//! The success path allocates nothing, from the bytes of the frame to the proof.

use std::hash::{BuildHasherDefault, DefaultHasher};

use wukongim_auth::frame::{Connect, Frame, Limits, Packet, Parsed};
use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{
    AcceptOptions, Acceptor, Credentials, DeviceFlag, DeviceLevel, Handshake, KeyPolicy,
    MemoryStore, Timestamp, Token, TokenRecord, TokenStore, Verified, Verifier, VerifyError,
};

use crate::records::issued;

const UID: &str = "5f2b8c0e4a1d4f7c9b3e6a8d0c2f4e61";
const CURRENT: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const BEFORE: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn connect(uid: &str, token: &str) -> Vec<u8> {
    let mut connect = Connect::new(4, uid, DeviceFlag::Web, token);
    connect.device_id = "6d1f3a5b7c9e0f2a4b6c8d0e1f3a5b7cW";
    connect.client_timestamp = NOW.as_millis();
    connect.client_key = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";
    let mut bytes = Vec::new();
    Frame::from(connect).encode(4, &mut bytes).unwrap();
    bytes
}

fn store(uid: &str, token: &str) -> MemoryStore {
    let store = MemoryStore::new();
    let record = TokenRecord::issue(Token::new(BEFORE), DeviceLevel::Master)
        .rotate(Token::new(token), Timestamp::MAX)
        .unwrap();
    store.insert(uid, DeviceFlag::Web, record);
    // From here on the store's locks know this thread.
    let _ = store.get(uid, DeviceFlag::Web);
    store
}

fn credentials(bytes: &[u8]) -> Credentials<'_> {
    let Ok(Parsed::Complete { value, .. }) = Frame::decode(bytes, 4, Limits::default()) else {
        panic!("the frame is whole");
    };
    let Packet::Connect(connect) = value.packet else {
        panic!("it is a CONNECT");
    };
    Credentials::new(connect.uid, connect.device_flag, connect.token)
        .with_device_id(connect.device_id)
}

fn verify(bytes: &[u8], verifier: &Verifier, store: &MemoryStore) -> Result<Verified, VerifyError> {
    verifier.verify(store, &credentials(bytes), NOW)
}

/// Without the diagnosis.
fn verdict(
    bytes: &[u8],
    verifier: &Verifier,
    store: &MemoryStore,
) -> Result<Verified, VerifyError> {
    verifier.verdict(store, &credentials(bytes), NOW)
}

/// The number of allocations until the answer is ready, and the answer.
fn allocations(
    uid: &str,
    registered: &str,
    presented: &str,
) -> (u64, Result<Verified, VerifyError>) {
    let verifier = Verifier::new().with_manager_token(Token::new("manager"));
    let (bytes, store) = (connect(uid, presented), store(uid, registered));
    let mut outcome = None;
    let info = allocation_counter::measure(|| outcome = Some(verify(&bytes, &verifier, &store)));
    (info.count_total, outcome.unwrap())
}

#[test]
fn an_accepted_client_allocates_nothing() {
    let cases = [
        ("current", UID, CURRENT, CURRENT, VerifiedBy::Current),
        ("superseded", UID, CURRENT, BEFORE, VerifiedBy::Superseded),
        (
            "uid of 38 bytes",
            &"u".repeat(38),
            CURRENT,
            CURRENT,
            VerifiedBy::Current,
        ),
        (
            "token of 64 bytes",
            UID,
            &"t".repeat(64),
            &"t".repeat(64),
            VerifiedBy::Current,
        ),
        (
            "token of 500 bytes",
            UID,
            &"t".repeat(500),
            &"t".repeat(500),
            VerifiedBy::Current,
        ),
        (
            "UTF-8 uid",
            "用户一二三",
            CURRENT,
            CURRENT,
            VerifiedBy::Current,
        ),
    ];
    for (label, uid, registered, presented, by) in cases {
        let (count, outcome) = allocations(uid, registered, presented);
        let verified = outcome.unwrap();
        assert_eq!(
            (verified.accepted_by(), verified.uid()),
            (by, uid),
            "{label}"
        );
        assert_eq!(count, 0, "{label}");
    }
}

/// Only a thread's very first lookup may allocate: its number is stored for the thread's lifetime.
#[test]
fn only_the_first_lookup_of_a_thread_may_allocate() {
    let store = store(UID, CURRENT);
    let look_up = || allocation_counter::measure(|| drop(store.get(UID, DeviceFlag::Web)));
    let in_a_thread = || [look_up(), look_up(), look_up()].map(|info| info.count_total);
    for _ in 0..20 {
        let [first, others @ ..] = std::thread::scope(|s| s.spawn(in_a_thread).join().unwrap());
        assert!(first <= 2, "{first}");
        assert_eq!(others, [0, 0]);
    }
}

/// A uid that does not fit inline costs one copy.
#[test]
fn a_long_uid_costs_one_allocation() {
    let (count, outcome) = allocations(&"u".repeat(39), CURRENT, CURRENT);
    assert_eq!(outcome.unwrap().uid().len(), 39);
    assert_eq!(count, 1);
}

/// The embedded store keeps a record in its slot of the table, and rare fields beside it.
#[test]
fn an_ordinary_record_is_kept_without_allocating() {
    let store = MemoryStore::new();
    let kept = |record: TokenRecord| {
        // The table has room from here on.
        store.insert(UID, DeviceFlag::Web, record.clone());
        store.update(UID, DeviceFlag::Web, |_| None);
        let insert = || store.insert(UID, DeviceFlag::Web, record);
        allocation_counter::measure(insert).count_total
    };
    let issued = || TokenRecord::issue(Token::new(CURRENT), DeviceLevel::Master);
    assert_eq!(kept(issued()), 0);
    assert_eq!(kept(issued().with_expiry(NOW)), 1);
    assert_eq!(kept(issued().revoke(NOW)), 2);
}

/// A rejection's details for the operator are on the heap: the error, and the claim's text in one
/// piece. This also shows that the counter counts.
#[test]
fn a_refusal_costs_two_allocations() {
    let (bytes, store) = (connect(UID, "wrong"), store(UID, CURRENT));
    let verifier = Verifier::new();
    let mut outcome = None;
    let info = allocation_counter::measure(|| outcome = Some(verdict(&bytes, &verifier, &store)));
    assert_eq!(outcome.unwrap().unwrap_err().cause().label(), "mismatch");
    assert_eq!(info.count_total, 2);
}

/// From the first byte to the reply, with buffers that are reused across connections.
#[test]
fn a_connection_costs_these_allocations() {
    let json = |token| {
        format!(
            r#"{{"jsonrpc":"2.0","method":"connect","id":"1","params":{{"uid":"{UID}","token":"{token}","deviceFlag":1}}}}"#
        )
    };
    let cases = [
        ("CONNECT, accepted", connect(UID, CURRENT), true, 0),
        ("CONNECT, refused", connect(UID, "wrong"), false, 2),
        ("JSON-RPC, accepted", json(CURRENT).into_bytes(), true, 2),
    ];
    let (store, mut door) = (store(UID, CURRENT), Door::default());
    for (label, bytes, accepted, at_most) in cases {
        assert_eq!(door.greet(&store, &bytes), accepted, "{label}");
        let info = allocation_counter::measure(|| {
            door.greet(&store, &bytes);
        });
        assert!(info.count_total <= at_most, "{label}: {info:?}");
    }
}

/// A server's buffers.
#[derive(Default)]
struct Door {
    received: Vec<u8>,
    reply: Vec<u8>,
}

impl Door {
    fn greet(&mut self, store: &MemoryStore, bytes: &[u8]) -> bool {
        let mut acceptor =
            Acceptor::with_buffer(std::mem::take(&mut self.received)).with_json_rpc();
        let pending = acceptor.push(bytes).unwrap().unwrap();
        let handshake = pending.handshake().unwrap();
        let accepted = self.answer(store, &handshake);
        self.received = pending.into_remaining();
        accepted
    }

    fn answer(&mut self, store: &MemoryStore, handshake: &Handshake<'_>) -> bool {
        self.reply.clear();
        let verdict = Verifier::new().verdict(store, &handshake.credentials(), NOW);
        let options = AcceptOptions::new(KeyPolicy::Never);
        let outcome = handshake.answer_into(verdict, &options, &mut self.reply);
        outcome.is_ok_and(|session| session.verified().uid() == UID)
    }
}

/// A server that has the complete request needs no buffer for it.
#[test]
fn reading_a_request_in_place_allocates_nothing() {
    let (bytes, store, mut door) = (connect(UID, CURRENT), store(UID, CURRENT), Door::default());
    let mut read = || {
        let (handshake, rest) = Handshake::read(&bytes, Limits::default()).unwrap();
        assert!(rest.is_empty());
        door.answer(&store, &handshake)
    };
    assert!(read());
    let info = allocation_counter::measure(|| assert!(read()));
    assert_eq!(info.count_total, 0);
}

/// An `Answer` allocates one buffer, and with session keys one more block for them, which is wiped.
#[test]
fn an_answer_costs_these_allocations() {
    let cases = [
        (CURRENT, KeyPolicy::Never, 1),
        (CURRENT, KeyPolicy::Required, 2),
        ("wrong", KeyPolicy::Required, 3),
    ];
    for (token, keys, expected) in cases {
        let (bytes, store) = (connect(UID, token), store(UID, CURRENT));
        let (handshake, _) = Handshake::read(&bytes, Limits::default()).unwrap();
        let options = AcceptOptions::new(keys);
        let info = allocation_counter::measure(|| {
            let verdict = Verifier::new().verdict(&store, &handshake.credentials(), NOW);
            let answer = handshake.answer(verdict, &options);
            assert_eq!(answer.outcome.is_ok(), token == CURRENT);
        });
        assert_eq!(info.count_total, expected, "{token} {keys:?}");
    }
}

/// Tables whose room was reserved are not moved while they are filled.
#[test]
fn a_store_with_room_does_not_grow() {
    const USERS: usize = 5_000;
    let uids: Vec<String> = (0..USERS).map(|user| format!("{user:032x}")).collect();
    let filled = |reserved: usize| {
        let records: Vec<_> = uids.iter().map(|uid| (uid, issued(CURRENT))).collect();
        let store = MemoryStore::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
        store.reserve(reserved);
        let info = allocation_counter::measure(|| {
            for (uid, record) in records {
                store.insert(uid, DeviceFlag::App, record);
            }
        });
        assert_eq!(store.len(), USERS);
        info.count_total
    };
    assert_eq!(filled(USERS), 0);
    // Controls: a store without room grows, and one with too little of it.
    assert!(filled(0) > 64, "each shard grows more than once");
    assert!(filled(USERS / 8) > 0);
}

#[test]
fn cloning_a_token_allocates_nothing() {
    for token in [Token::new(CURRENT), Token::new("t".repeat(500))] {
        let info = allocation_counter::measure(|| drop(token.clone()));
        assert_eq!(info.count_total, 0);
    }
}
