//! `MemoryStore` used by threads that issue, rotate, revoke and verify the same few users' tokens.
//! Their observations are checked against the one order in which the changes were made.
//!
//! Each change and each check records the value of one shared counter before it begins and after it
//! returned. Nothing else is known about the time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use wukongim_auth::DeviceFlag::Web;
use wukongim_auth::{
    Cause, Credentials, DeviceFlag, MemoryStore, Timestamp, Token, TokenRecord, TokenStore, verify,
};

use crate::records::issued;

const NOW: Timestamp = Timestamp::from_millis(1_000);
const BEFORE: Timestamp = Timestamp::from_millis(999);

const USERS: usize = 3;
const WRITERS: usize = 3;
const READERS: usize = 3;
const CHANGES: usize = 1_500;
const CHECKS: usize = 4_000;

/// A store that can be changed, to put one beside `MemoryStore` that does it wrong.
trait Subject: TokenStore<Error = Infallible> + Sync {
    fn update(&self, uid: &str, change: &mut dyn FnMut(Option<TokenRecord>) -> TokenRecord);
}

impl Subject for MemoryStore {
    fn update(&self, uid: &str, change: &mut dyn FnMut(Option<TokenRecord>) -> TokenRecord) {
        MemoryStore::update(self, uid, Web, |record| Some(change(record)));
    }
}

/// Between two numbers of the counter.
#[derive(Clone, Copy, Debug)]
struct Span {
    began: u64,
    ended: u64,
}

/// What a change did to a user's token: the one with this number became current, or was revoked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Did {
    Issue(u64),
    Revoke(u64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Saw {
    Accepted,
    Revoked,
    OtherRefusal,
}

#[derive(Default)]
struct History {
    clock: AtomicU64,
    changes: Mutex<Vec<(usize, Did, Span)>>,
    checks: Mutex<Vec<(usize, u64, Saw, Span)>>,
    /// The highest number that a token of each user may have by now.
    newest: [AtomicU64; USERS],
}

impl History {
    fn timed<T>(&self, action: impl FnOnce() -> T) -> (T, Span) {
        let began = self.clock.fetch_add(1, Ordering::SeqCst);
        let done = action();
        let ended = self.clock.fetch_add(1, Ordering::SeqCst);
        (done, Span { began, ended })
    }
}

fn token(number: u64) -> String {
    format!("token-{number}")
}

fn number(record: &TokenRecord) -> u64 {
    let wukongim_auth::compare::Secret::Plain(token) = record.secret() else {
        panic!("a digest");
    };
    let number = token.expose_secret().strip_prefix("token-").unwrap();
    number.parse().unwrap()
}

fn write(store: &impl Subject, history: &History, writer: usize) {
    for round in 0..CHANGES {
        let kind = (round / USERS + writer) % 4;
        change(store, history, (round + writer) % USERS, kind);
    }
}

fn change(store: &impl Subject, history: &History, user: usize, kind: usize) {
    let (did, span) = history.timed(|| {
        let mut did = None;
        store.update(&format!("user-{user}"), &mut |record| {
            let (next, done) = changed(record, kind);
            if let Did::Issue(number) = done {
                // Before it is there: readers may try what was never current yet.
                history.newest[user].fetch_max(number, Ordering::SeqCst);
            }
            did = Some(done);
            next
        });
        did.unwrap()
    });
    history.changes.lock().unwrap().push((user, did, span));
}

/// The next record. A token's number is one more than that of the one before.
fn changed(record: Option<TokenRecord>, kind: usize) -> (TokenRecord, Did) {
    let Some(record) = record else {
        let first = issued(token(1));
        return (first, Did::Issue(1));
    };
    let (current, next) = (number(&record), number(&record) + 1);
    match kind {
        0 => (record.revoke(NOW), Did::Revoke(current)),
        // Without an overlap the old token is rejected immediately.
        1 | 2 if record.revoked_at().is_none() => {
            let rotated = record.rotate(Token::new(token(next)), BEFORE).unwrap();
            (rotated, Did::Issue(next))
        }
        _ => (issued(token(next)), Did::Issue(next)),
    }
}

fn read(store: &impl Subject, history: &History, reader: usize) {
    for round in 0..CHECKS {
        let user = (round + reader) % USERS;
        let newest = history.newest[user].load(Ordering::SeqCst);
        // The newest, those just before it, and one that nobody has issued yet.
        let tried = (newest + 1).saturating_sub(round as u64 % 4);
        let (uid, token) = (format!("user-{user}"), token(tried));
        let claim = Credentials::new(&uid, Web, token.as_str());
        let (verified, span) = history.timed(|| verify(store, &claim, NOW));
        let saw = match verified {
            Ok(_) => Saw::Accepted,
            Err(error) if matches!(error.cause(), Cause::Revoked { .. }) => Saw::Revoked,
            Err(_) => Saw::OtherRefusal,
        };
        history
            .checks
            .lock()
            .unwrap()
            .push((user, tried, saw, span));
    }
}

fn recorded(store: &impl Subject) -> History {
    let history = History::default();
    // So that there is something to see however the threads take turns: a token that is current, and
    // one that nobody has issued yet.
    (0..USERS).for_each(|user| change(store, &history, user, 0));
    read(store, &history, 0);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let history = &history;
            scope.spawn(move || write(store, history, writer));
        }
        for reader in 0..READERS {
            let history = &history;
            scope.spawn(move || read(store, history, reader));
        }
    });
    history
}

/// When a token became current, and when it stopped being so.
#[derive(Clone, Copy, Default)]
struct Life {
    issued: Option<Span>,
    /// By a revocation, or by the next token.
    ended: Option<Span>,
}

/// What is wrong with a history, in words.
fn fault(history: &History) -> Result<(), String> {
    let mut lives: HashMap<(usize, u64), Life> = HashMap::new();
    let changes = history.changes.lock().unwrap();
    for (user, did, span) in changes.iter().copied() {
        match did {
            Did::Issue(number) => {
                let life = lives.entry((user, number)).or_default();
                if life.issued.replace(span).is_some() {
                    return Err(format!("token {number} of user {user} was issued twice"));
                }
                let before = lives.entry((user, number - 1)).or_default();
                before.ended = Some(first(before.ended, span));
            }
            Did::Revoke(number) => {
                let life = lives.entry((user, number)).or_default();
                life.ended = Some(first(life.ended, span));
            }
        }
    }
    let checks = history.checks.lock().unwrap();
    for (user, number, saw, check) in checks.iter().copied() {
        let Life { issued, ended } = lives.get(&(user, number)).copied().unwrap_or_default();
        let may_be_current = issued.is_some_and(|issued| issued.began < check.ended)
            && ended.is_none_or(|ended| ended.ended > check.began);
        let must_be_current = issued.is_some_and(|issued| issued.ended < check.began)
            && ended.is_none_or(|ended| ended.began > check.ended);
        let about = || {
            format!(
                "token {number} of user {user} {saw:?} at {check:?}, issued {issued:?}, ended {ended:?}"
            )
        };
        match saw {
            Saw::Accepted if !may_be_current => return Err(format!("not current: {}", about())),
            Saw::Revoked | Saw::OtherRefusal if must_be_current => {
                return Err(format!("current: {}", about()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Of two that ended the same token, such as two revocations: either may have done it, so that it may
/// have ended when the first of them began, and had ended when the first was over.
fn first(one: Option<Span>, other: Span) -> Span {
    let one = one.unwrap_or(other);
    Span {
        began: one.began.min(other.began),
        ended: one.ended.min(other.ended),
    }
}

#[test]
fn no_check_sees_a_token_that_is_not_current() {
    let history = recorded(&MemoryStore::new());
    assert_eq!(fault(&history), Ok(()));
    // It saw something.
    let checks = history.checks.lock().unwrap();
    let count = |saw| checks.iter().filter(|(_, _, seen, _)| *seen == saw).count();
    assert!(count(Saw::Accepted) > 0 && count(Saw::OtherRefusal) > 0);
    assert_eq!(checks.len(), (1 + READERS) * CHECKS);
    let changes = history.changes.lock().unwrap();
    assert_eq!(changes.len(), USERS + WRITERS * CHANGES);
}

/// Returns the previous record to readers, like a cache that was not invalidated.
#[derive(Default)]
struct Stale {
    store: MemoryStore,
    shown: MemoryStore,
}

impl TokenStore for Stale {
    type Error = Infallible;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        self.shown.get(uid, flag)
    }
}

impl Subject for Stale {
    fn update(&self, uid: &str, change: &mut dyn FnMut(Option<TokenRecord>) -> TokenRecord) {
        self.store.update(uid, Web, |record| {
            if let Some(record) = &record {
                self.shown.insert(uid, Web, record.clone());
            }
            Some(change(record))
        });
    }
}

#[test]
fn control_a_stale_cache_is_caught() {
    let fault = fault(&recorded(&Stale::default())).unwrap_err();
    assert!(fault.contains("current: "), "{fault}");
}

/// Acknowledges every change, but drops every seventh.
#[derive(Default)]
struct Forgetful {
    store: MemoryStore,
    changes: AtomicU64,
}

impl TokenStore for Forgetful {
    type Error = Infallible;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        self.store.get(uid, flag)
    }
}

impl Subject for Forgetful {
    fn update(&self, uid: &str, change: &mut dyn FnMut(Option<TokenRecord>) -> TokenRecord) {
        let forgets = self.changes.fetch_add(1, Ordering::Relaxed) % 7 == 6;
        self.store.update(uid, Web, |record| {
            let next = change(record.clone());
            if forgets { record } else { Some(next) }
        });
    }
}

#[test]
fn control_a_lost_update_is_caught() {
    let fault = fault(&recorded(&Forgetful::default())).unwrap_err();
    assert!(
        fault.contains("issued twice") || fault.contains("current: "),
        "{fault}"
    );
}
