//! Stores that fail, hang, or return wrong records: they never cause a false acceptance or a panic,
//! and the error explains the failure without repeating the store's text.
//!
//! Every answer of the own lookup with every answer for the other flags, with every token, by every
//! way to ask.

use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wukongim_auth::DeviceFlag::{App, Pc, System, Web};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::provision::{StoredRecord, StoredRecordError};
use wukongim_auth::{
    AsyncTokenStore, BoxError, Cause, Credentials, DeviceFlag, Disposition, Ready, Timestamp,
    TokenRecord, TokenStore, Verified, Verifier, VerifyError,
};

use crate::common::block_on;
use crate::records::issued;
use crate::scripted_store::{OneByOne, Records, ScriptedStore};

const NOW: Timestamp = Timestamp::from_millis(1_000);
const EARLIER: Timestamp = Timestamp::from_millis(500);

/// The text of the store's own error, which must not be repeated anywhere else.
const WORDS: &str = "redis://:hunter2@10.0.0.1 is down";

const OWN: &str = "token-of-alice-on-web-0123456789";
const SIBLING: &str = "token-of-alice-on-app-0123456789";
const STRANGER: &str = "token-of-bob-0123456789";
const UNKNOWN: &str = "token-of-nobody-0123456789";

#[derive(Debug, thiserror::Error)]
#[error("{WORDS}")]
struct Down;

/// Records that cannot be read: from the future, damaged, mistyped.
const UNREADABLE: [&str; 14] = [
    r#"{"v":2,"token":"token-of-alice-on-web-0123456789","device_level":0}"#,
    r#"{"v":0,"token":"token-of-alice-on-web-0123456789","device_level":0}"#,
    r#"{"v":4294967295,"token":"token-of-alice-on-web-0123456789"}"#,
    r#"{"v":1,"token":"token-of-alice-on-web-0123456789","sha256":"00"}"#,
    r#"{"v":1,"device_level":0}"#,
    r#"{"v":1,"sha256":"zz"}"#,
    r#"{"v":1,"token":"token-of-alice-on-web-0123456789","device_level":2}"#,
    r#"{"v":1,"token":"token-of-alice-on-web-0123456789","superseded":{"until":1}}"#,
    r#"{"v":1,"token":"token-of-alice-on-web-0123456789","revoked":1}"#,
    r#"{"v":1,"token":"token-of-alice-on-web-0123456789","revoked_at":"1"}"#,
    r#"{"token":"token-of-alice-on-web-0123456789"}"#,
    r#"{"v":1,"token":"token-of-alice-on-web-0123456"#,
    r#"["token-of-alice-on-web-0123456789"]"#,
    "",
];

fn read(text: &str) -> Result<TokenRecord, BoxError> {
    let stored: StoredRecord = serde_json::from_str(text)?;
    Ok(TokenRecord::try_from(stored)?)
}

/// The result of a lookup.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Nothing,
    Record(&'static str),
    Tombstone(&'static str),
    Expired(&'static str),
    Down,
    Unreadable(&'static str),
}

impl Answer {
    fn give(self) -> Result<Option<TokenRecord>, BoxError> {
        match self {
            Answer::Nothing => Ok(None),
            Answer::Record(token) => Ok(Some(issued(token))),
            Answer::Tombstone(token) => Ok(Some(issued(token).revoke(EARLIER))),
            Answer::Expired(token) => Ok(Some(issued(token).with_expiry(EARLIER))),
            Answer::Down => Err(Down.into()),
            Answer::Unreadable(text) => read(text).map(Some),
        }
    }

    fn is_fault(self) -> bool {
        matches!(self, Answer::Down | Answer::Unreadable(_))
    }
}

fn own_answers() -> Vec<Answer> {
    let mut answers = vec![
        Answer::Nothing,
        Answer::Record(OWN),
        Answer::Tombstone(OWN),
        Answer::Expired(OWN),
        Answer::Down,
    ];
    answers.extend(UNREADABLE.map(Answer::Unreadable));
    answers
}

const OTHER_ANSWERS: [Answer; 7] = [
    Answer::Nothing,
    Answer::Record(SIBLING),
    Answer::Tombstone(SIBLING),
    Answer::Expired(SIBLING),
    // Another user's, against the contract.
    Answer::Record(STRANGER),
    Answer::Down,
    Answer::Unreadable(UNREADABLE[0]),
];

/// Returns results for alice's WEB, APP and PC.
#[derive(Clone, Copy, Debug)]
struct Faulty {
    own: Answer,
    app: Answer,
    pc: Answer,
    others: Others,
}

/// How the other flags' records are returned.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Others {
    OneByOne,
    AtOnce,
    /// Against the contract: in another order, twice, with the pair's own flag and one of no client.
    Jumbled,
}

impl Faulty {
    /// With `get_all` of its own, and for `OneByOne` without.
    fn store(self) -> ScriptedStore {
        let asked = [(Web, self.own), (App, self.app), (Pc, self.pc)];
        let mut store = ScriptedStore::new(given(&asked).0);
        for (flag, answer) in asked {
            if answer.is_fault() {
                store = store.get_fails_for(flag, move || answer.give().unwrap_err());
            }
        }
        if self.others == Others::Jumbled {
            let more = [(System, self.pc), (App, self.app)];
            let asked = [
                [(App, self.app), (Web, self.app)],
                [(Pc, self.app), (Pc, self.pc)],
            ];
            let asked = [&more[..], &asked.concat()].concat();
            store = match given(&asked) {
                (_, Some(fault)) => store.get_all_fails(move || fault.give().unwrap_err()),
                (mut records, None) => {
                    records.reverse();
                    store.get_all_gives(records)
                }
            };
        }
        store
    }
}

/// The records among these answers, and the first fault.
fn given(answers: &[(DeviceFlag, Answer)]) -> (Records, Option<Answer>) {
    let mut records = Records::new();
    for (flag, answer) in answers {
        let record = answer.give().unwrap_or_default();
        records.extend(record.map(|record| (*flag, record)));
    }
    let mut answers = answers.iter().map(|(_, answer)| *answer);
    (records, answers.find(|answer| answer.is_fault()))
}

fn faulty_stores() -> Vec<Faulty> {
    let mut stores = Vec::new();
    for own in own_answers() {
        // Which of the unreadable records it is makes no difference to the others.
        let is_another = matches!(own, Answer::Unreadable(text) if text != UNREADABLE[0]);
        let others = if is_another { 1 } else { OTHER_ANSWERS.len() };
        for &app in &OTHER_ANSWERS[..others] {
            for &pc in &OTHER_ANSWERS[..others] {
                for others in [Others::OneByOne, Others::AtOnce, Others::Jumbled] {
                    stores.push(Faulty {
                        own,
                        app,
                        pc,
                        others,
                    });
                }
            }
        }
    }
    stores
}

type Outcome = Result<Verified, VerifyError>;

/// Verifies through every entry point, including that of a caller which does the lookup itself.
fn asked<S: TokenStore<Error = BoxError> + Sync>(
    store: &S,
    claim: &Credentials<'_>,
) -> [Outcome; 5] {
    let verifier = Verifier::new();
    let in_steps = verifier
        .verdict(store, claim, NOW)
        .map_err(|error| verifier.diagnose(store, error));
    let remote = Ready(store);
    let in_steps_async = block_on(async {
        match verifier.verdict_async(&remote, claim, NOW).await {
            Err(error) => Err(verifier.diagnose_async(&remote, error).await),
            verified => verified,
        }
    });
    let by_itself = match store.get(claim.uid, claim.device_flag) {
        Err(error) => Err(verifier.store_failed(claim, error, NOW)),
        Ok(record) => verifier
            .verify_record(claim, record.as_ref(), NOW)
            .map_err(|error| {
                let others = store.get_all(claim.uid, verifier.device_flags());
                verifier.diagnose_with(error, others)
            }),
    };
    [
        by_itself,
        verifier.verify(store, claim, NOW),
        in_steps,
        block_on(verifier.verify_async(&remote, claim, NOW)),
        in_steps_async,
    ]
}

#[test]
fn a_faulty_store_lets_nobody_in_and_the_error_says_what_happened() {
    let mut seen = [0; 3];
    for store in faulty_stores() {
        for token in [OWN, SIBLING, STRANGER, UNKNOWN] {
            let claim = Credentials::new("alice", Web, token);
            let outcomes = match store.others {
                Others::OneByOne => asked(&OneByOne(store.store()), &claim),
                _ => asked(&store.store(), &claim),
            };
            for outcome in outcomes {
                seen[judged(outcome, store, token)] += 1;
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}

/// Accepted, a fault, or another refusal.
fn judged(outcome: Outcome, store: Faulty, token: &str) -> usize {
    let is_genuine = store.own == Answer::Record(OWN) && token == OWN;
    let about = format!("{token} in {store:?}");
    let error = match outcome {
        Ok(_) => {
            assert!(is_genuine, "{about}");
            return 0;
        }
        Err(error) => error,
    };
    assert!(!is_genuine, "{about}: {error}");
    let others_fail = store.app.is_fault() || store.pc.is_fault();
    match error.cause() {
        Cause::Store(_) => assert!(store.own.is_fault(), "{about}"),
        Cause::Ambiguous { .. } => assert!(others_fail && !store.own.is_fault(), "{about}"),
        cause => {
            assert!(!store.own.is_fault(), "{about}: {error}");
            // The others' records are not there to be told anything from, but for what this
            // pair's own record proves.
            let is_proven = matches!(cause, Cause::Revoked { .. } | Cause::Expired { .. });
            assert!(
                !others_fail || is_proven && token == OWN,
                "{about}: {error}"
            );
            assert!(error.source().is_none(), "{about}");
        }
    }
    fault_is_told(&error, &about)
}

fn fault_is_told(error: &VerifyError, about: &str) -> usize {
    let is_retried = matches!(error.cause(), Cause::Store(_));
    let disposition = match is_retried {
        true => Disposition::CloseForRetry,
        false => Disposition::Reject(ReasonCode::AuthFail),
    };
    assert_eq!(error.disposition(), disposition, "{about}");
    let Some(source) = error.source() else {
        return 2;
    };
    let is_known =
        source.is::<Down>() || source.is::<StoredRecordError>() || source.is::<serde_json::Error>();
    assert!(is_known, "{about}: {source:?}");
    let json = serde_json::to_string(error).unwrap();
    let revealed = error.revealed().to_string();
    for line in [error.to_string(), format!("{error:?}"), json, revealed] {
        assert!(!line.contains(WORDS), "{about}: {line}");
        assert!(!line.contains(&source.to_string()), "{about}: {line}");
    }
    1
}

#[test]
fn what_cannot_be_read_is_an_error_of_the_store() {
    for text in UNREADABLE {
        assert!(read(text).is_err(), "{text}");
    }
    assert!(read(r#"{"v":1,"token":"t","device_level":0}"#).is_ok());
}

/// Waits some polls at each lookup; the one that hangs never ends.
fn hanging(hangs_at: DeviceFlag) -> OneByOne<ScriptedStore> {
    let store = healthy().store().waiting(WAITS);
    OneByOne(store.get_hangs_for(hangs_at))
}

const WAITS: usize = 2;

/// The number of polls after which the server gives up a lookup: a deadline without a clock.
struct Deadline<S>(S, usize);

impl<S: AsyncTokenStore<Error = BoxError>> AsyncTokenStore for Deadline<S> {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        let mut lookup = pin!(self.0.get(uid, flag));
        let mut polls = 0;
        poll_fn(|context| match lookup.as_mut().poll(context) {
            Poll::Pending if polls == self.1 => Poll::Ready(Err(Down.into())),
            polled => {
                polls += 1;
                polled
            }
        })
        .await
    }
}

/// Polls the future this many times, and drops it.
fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

fn healthy() -> Faulty {
    Faulty {
        own: Answer::Record(OWN),
        app: Answer::Record(SIBLING),
        pc: Answer::Nothing,
        others: Others::OneByOne,
    }
}

#[test]
fn a_lookup_that_hangs_decides_nothing_and_can_be_dropped_at_every_await() {
    let verifier = Verifier::new();
    for hangs_at in [Web, App, Pc] {
        let store = hanging(hangs_at);
        // Three lookups of two waits each, and some polls more.
        for polls in 0..12 {
            let wrong = Credentials::new("alice", Web, UNKNOWN);
            let outcome = polled(verifier.verify_async(&store, &wrong, NOW), polls);
            assert!(outcome.is_none(), "{hangs_at} after {polls}: {outcome:?}");
            let right = Credentials::new("alice", Web, OWN);
            let outcome = polled(verifier.verify_async(&store, &right, NOW), polls);
            let is_there = hangs_at != Web && polls > WAITS;
            assert_eq!(
                outcome.is_some_and(|o| o.is_ok()),
                is_there,
                "{hangs_at} {polls}"
            );
        }
    }
}

#[test]
fn a_deadline_makes_a_store_failure_of_a_lookup_that_hangs() {
    let verifier = Verifier::new();
    for (hangs_at, deadline) in [Web, App, Pc]
        .into_iter()
        .flat_map(|f| [0, 1, 5].map(|d| (f, d)))
    {
        let store = Deadline(hanging(hangs_at), deadline);
        let wrong = Credentials::new("alice", Web, UNKNOWN);
        let error = polled(verifier.verify_async(&store, &wrong, NOW), 40).unwrap();
        let error = error.unwrap_err();
        // A deadline shorter than an honest lookup ends that one first.
        let is_own = hangs_at == Web || deadline < WAITS;
        assert_eq!(matches!(error.cause(), Cause::Store(_)), is_own, "{error}");
        assert_eq!(
            matches!(error.cause(), Cause::Ambiguous { .. }),
            !is_own,
            "{error}"
        );
        assert!(error.source().unwrap().is::<Down>());
        fault_is_told(&error, "a deadline");
    }
}

/// The check above catches a verifier that trusts too much: this one accepts the record of any flag
/// for the client's own.
#[test]
#[should_panic(expected = "token-of-alice-on-app")]
fn a_verifier_that_accepts_another_flags_token_is_caught() {
    let store = Faulty {
        own: Answer::Nothing,
        ..healthy()
    };
    let careless = Verifier::new().verify(
        &store.store(),
        &Credentials::new("alice", App, SIBLING),
        NOW,
    );
    judged(careless, store, SIBLING);
}
