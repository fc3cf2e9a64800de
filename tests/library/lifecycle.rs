//! Issue, rotate, revoke, expire, purge in every order, against a model.

use std::time::Duration;

use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verified, Verifier,
    VerifyError,
};

use crate::common::all_rounds;
use crate::records::{issued, issued_to_master};

const LEEWAY: i64 = 7;
const RETENTION: i64 = 40;
const LIFETIME: i64 = 25;
const OVERLAP: i64 = 12;
const FLAG: DeviceFlag = DeviceFlag::Web;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(millis.try_into().unwrap())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Issues a token that never ends.
    Issue,
    /// Issues one that ends after `LIFETIME`.
    IssueEnding,
    /// Issues the very first token again.
    IssueFirst,
    /// Rotates, the expiry stays.
    Rotate,
    /// Rotates to a token that ends after `LIFETIME`.
    RotateEnding,
    Revoke,
    Purge,
    /// Lets time go by: within an overlap, beyond it, beyond the retention.
    Wait(i64),
}

const STEPS: [Step; 10] = [
    Step::Issue,
    Step::IssueEnding,
    Step::IssueFirst,
    Step::Rotate,
    Step::RotateEnding,
    Step::Revoke,
    Step::Purge,
    Step::Wait(OVERLAP),
    Step::Wait(LIFETIME - OVERLAP + 1),
    Step::Wait(RETENTION + 1),
];

/// The rules for one (uid, device flag), modelled as the fate of each token.
#[derive(Clone, Default)]
struct Model {
    current: Option<usize>,
    previous: Option<Previous>,
    ends: Option<i64>,
    revoked: Option<i64>,
    /// Since the pair was last purged.
    revocations: u32,
}

#[derive(Clone)]
struct Previous {
    token: usize,
    last_moment: i64,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Accepted(VerifiedBy, Option<i64>),
    Refused(&'static str, Option<i64>),
}

impl Model {
    fn apply(&mut self, step: Step, now: i64, fresh: usize) {
        match step {
            Step::Issue => self.issue(fresh, None),
            Step::IssueEnding => self.issue(fresh, Some(now + LIFETIME)),
            Step::IssueFirst => self.issue(0, None),
            Step::Rotate => self.rotate(now, fresh),
            Step::RotateEnding => {
                let rotates = self.current.is_some() && self.revoked.is_none();
                self.rotate(now, fresh);
                if rotates {
                    self.ends = Some(now + LIFETIME);
                }
            }
            Step::Revoke if self.current.is_some() => {
                self.previous = None;
                if self.revoked.is_none() {
                    self.revoked = Some(now);
                    self.revocations += 1;
                }
            }
            Step::Purge => {
                // A tombstone is kept for the retention from its revocation on.
                let over = match self.revoked {
                    Some(revoked) => Some(revoked),
                    None => self.ends,
                };
                if over.is_some_and(|over| over + RETENTION < now) {
                    *self = Model::default();
                }
            }
            Step::Revoke | Step::Wait(_) => {}
        }
    }

    fn issue(&mut self, token: usize, ends: Option<i64>) {
        *self = Model {
            current: Some(token),
            ends,
            revocations: self.revocations,
            ..Model::default()
        };
    }

    fn rotate(&mut self, now: i64, fresh: usize) {
        let (Some(token), None) = (self.current, self.revoked) else {
            return;
        };
        let last_moment = self
            .ends
            .map_or(now + OVERLAP, |end| end.min(now + OVERLAP));
        self.previous = Some(Previous { token, last_moment });
        self.current = Some(fresh);
    }

    /// Rule 4, and the precedence of causes for a user with one flag.
    fn verdict(&self, token: usize, now: i64) -> Expected {
        let Some(current) = self.current else {
            return Expected::Refused("not_issued", None);
        };
        if token == current {
            return match (self.revoked, self.ends) {
                (Some(revoked), _) => Expected::Refused("revoked", Some(revoked)),
                (None, Some(end)) if end + LEEWAY < now => Expected::Refused("expired", Some(end)),
                (None, end) => Expected::Accepted(VerifiedBy::Current, end.map(|end| end + LEEWAY)),
            };
        }
        if let Some(previous) = self.previous.as_ref().filter(|old| old.token == token) {
            let last = self
                .ends
                .map_or(previous.last_moment, |end| end.min(previous.last_moment));
            return if now <= last {
                Expected::Accepted(VerifiedBy::Superseded, Some(last))
            } else {
                Expected::Refused("superseded", Some(last))
            };
        }
        match self.revoked {
            Some(revoked) => Expected::Refused("revoked", Some(revoked)),
            None => Expected::Refused("mismatch", None),
        }
    }
}

fn token(number: usize) -> String {
    format!("token number {number} of this user")
}

fn apply(record: Option<TokenRecord>, step: Step, now: i64, fresh: usize) -> Option<TokenRecord> {
    let issue = |number| issued(token(number));
    let rotate = |record: TokenRecord| {
        let overlap_ends = at(now + OVERLAP);
        let rotated = record
            .clone()
            .rotate(Token::new(token(fresh)), overlap_ends);
        let is_tombstone = record.revoked_at().is_some();
        assert_eq!(rotated.is_err(), is_tombstone);
        (rotated.unwrap_or(record), !is_tombstone)
    };
    match step {
        Step::Issue => Some(issue(fresh).replacing(record.as_ref())),
        Step::IssueEnding => {
            let issued = issue(fresh).with_expiry(at(now + LIFETIME));
            Some(issued.replacing(record.as_ref()))
        }
        Step::IssueFirst => Some(issue(0).replacing(record.as_ref())),
        Step::Rotate => record.map(|record| rotate(record).0),
        Step::RotateEnding => record.map(|record| match rotate(record) {
            (record, true) => record.with_expiry(at(now + LIFETIME)),
            (tombstone, false) => tombstone,
        }),
        Step::Revoke => record.map(|record| record.revoke(at(now))),
        Step::Purge => record.filter(|record| !record.is_purgeable(at(now), millis(RETENTION))),
        Step::Wait(_) => record,
    }
}

fn observed(outcome: Result<Verified, VerifyError>) -> Expected {
    use wukongim_auth::Cause;
    match outcome {
        Ok(verified) => {
            assert_eq!((verified.uid(), verified.device_flag()), ("u", FLAG));
            Expected::Accepted(
                verified.accepted_by(),
                verified.expires_at().map(Timestamp::as_millis),
            )
        }
        Err(error) => {
            let moment = match *error.cause() {
                Cause::Revoked { at } | Cause::Expired { at } | Cause::Superseded { at } => {
                    Some(at)
                }
                _ => None,
            };
            Expected::Refused(error.cause().label(), moment.map(Timestamp::as_millis))
        }
    }
}

/// The record and what is expected of it, after the same steps.
#[derive(Clone, Default)]
struct State {
    record: Option<TokenRecord>,
    model: Model,
    now: i64,
    done: Vec<Step>,
}

impl State {
    fn after(&self, step: Step) -> Self {
        let mut next = self.clone();
        let fresh = self.done.len();
        if let Step::Wait(duration) = step {
            next.now += duration;
        }
        next.record = apply(next.record, step, next.now, fresh);
        next.model.apply(step, next.now, fresh);
        next.done.push(step);
        next
    }

    /// Presents every token that ever existed, and one that never did.
    fn compare(&self, tokens: &[String]) {
        let verifier = Verifier::new().with_leeway(millis(LEEWAY));
        let revocations = self.record.as_ref().map_or(0, TokenRecord::revocations);
        assert_eq!(revocations, self.model.revocations, "{:?}", self.done);
        for (number, token) in tokens.iter().enumerate().take(self.done.len() + 1) {
            let credentials = Credentials::new("u", FLAG, token.as_str());
            let outcome = verifier.verify_record(&credentials, self.record.as_ref(), at(self.now));
            assert_eq!(
                observed(outcome),
                self.model.verdict(number, self.now),
                "token {number} at {} after {:?}",
                self.now,
                self.done
            );
        }
    }

    /// Continues from here in every order, and returns the number of sequences. Of the last steps,
    /// one in every so many is tried, in turn.
    fn explore(&self, steps_left: usize, one_in: usize, tokens: &[String]) -> usize {
        self.compare(tokens);
        let Some(steps_left) = steps_left.checked_sub(1) else {
            return 1;
        };
        let turn = self
            .done
            .iter()
            .map(|done| STEPS.iter().position(|step| step == done));
        let turn: usize = turn.map(Option::unwrap_or_default).sum();
        let (skipped, stride) = match steps_left {
            0 => (turn % one_in, one_in),
            _ => (0, 1),
        };
        let next = STEPS.iter().skip(skipped).step_by(stride);
        1 + next
            .map(|step| self.after(*step).explore(steps_left, one_in, tokens))
            .sum::<usize>()
    }
}

fn tokens() -> Vec<String> {
    (0..9).map(token).collect()
}

#[test]
fn every_sequence_does_what_the_model_says() {
    // With `ROUNDS=full` all of them, else a quarter of the last steps, but each step at every place.
    let one_in = if all_rounds() { 1 } else { 4 };
    let sequences = State::default().explore(5, one_in, &tokens());
    assert_eq!(sequences, if all_rounds() { 111_111 } else { 36_109 });
}

/// The same at every millisecond, for the sequences that have all kinds of ends.
#[test]
fn every_token_ends_on_its_millisecond() {
    use Step::{IssueEnding, Purge, Revoke, Rotate, RotateEnding, Wait};
    let sequences: [&[Step]; 8] = [
        &[IssueEnding],
        &[IssueEnding, Rotate],
        &[IssueEnding, Wait(20), Rotate],
        &[IssueEnding, Wait(20), RotateEnding],
        &[IssueEnding, Rotate, Wait(5), RotateEnding],
        &[IssueEnding, Wait(3), Revoke],
        &[IssueEnding, Wait(30), Revoke],
        &[IssueEnding, Rotate, Wait(1), Revoke, Purge],
    ];
    for sequence in sequences {
        let state = sequence
            .iter()
            .fold(State::default(), |state, step| state.after(*step));
        for later in 0..=90 {
            let state = state.after(Wait(later));
            state.compare(&tokens());
            state.after(Purge).compare(&tokens());
        }
    }
}

#[test]
fn a_tombstone_is_not_rotated() {
    let tombstone = issued("first").revoke(at(5));
    let refused = tombstone.rotate(Token::new("second"), at(100)).unwrap_err();
    assert_eq!(refused.revoked_at(), at(5));
    // The record comes back as it was, and once issued again it can be rotated.
    let tombstone = refused.into_record();
    assert_eq!(
        (tombstone.revoked_at(), tombstone.revocations()),
        (Some(at(5)), 1)
    );
    let issued = issued("third").replacing(Some(&tombstone));
    let rotated = issued.rotate(Token::new("fourth"), at(100)).unwrap();
    assert_eq!((rotated.revoked_at(), rotated.revocations()), (None, 1));
}

#[test]
fn rotating_keeps_one_superseded_token() {
    let record = issued_to_master("first")
        .rotate(Token::new("second"), at(100))
        .and_then(|record| record.rotate(Token::new("third"), at(200)))
        .unwrap();
    assert_eq!(record.superseded_until(), Some(at(200)));
    assert_eq!(record.device_level(), DeviceLevel::Master);
    let by = |text| {
        let credentials = Credentials::new("u", FLAG, text);
        observed(wukongim_auth::verify_record(
            &credentials,
            Some(&record),
            at(50),
        ))
    };
    assert_eq!(by("third"), Expected::Accepted(VerifiedBy::Current, None));
    assert_eq!(
        by("second"),
        Expected::Accepted(VerifiedBy::Superseded, Some(200))
    );
    assert_eq!(by("first"), Expected::Refused("mismatch", None));
}

#[test]
fn a_later_expiry_does_not_lengthen_the_superseded_token() {
    let record = issued("first").with_expiry(at(50));
    let record = record.rotate(Token::new("second"), at(100)).unwrap();
    let record = record.with_expiry(at(1_000));
    assert_eq!(record.superseded_until(), Some(at(50)));
    assert_eq!(record.with_expiry(at(20)).superseded_until(), Some(at(20)));
}

#[test]
fn the_first_revocation_stays() {
    let tombstone = issued("first").revoke(at(5)).revoke(at(9));
    assert_eq!(tombstone.revoked_at(), Some(at(5)));
    assert_eq!(tombstone.revocations(), 1);
    assert_eq!(tombstone.superseded_until(), None);
}

#[test]
fn a_tombstone_is_kept_for_the_retention_though_its_token_had_expired() {
    let tombstone = issued("first").with_expiry(at(100)).revoke(at(500));
    assert!(!tombstone.is_purgeable(at(500 + RETENTION), millis(RETENTION)));
    assert!(tombstone.is_purgeable(at(501 + RETENTION), millis(RETENTION)));
}

#[test]
fn the_default_retention_is_30_days() {
    assert_eq!(TokenRecord::RETENTION.as_secs(), 2_592_000);
}

#[test]
fn nothing_that_can_be_accepted_is_purgeable() {
    let forever = issued("first");
    assert!(!forever.is_purgeable(Timestamp::MAX, Duration::ZERO));
    let ending = forever.with_expiry(at(100));
    assert!(!ending.is_purgeable(at(100), Duration::ZERO));
    assert!(ending.is_purgeable(at(101), Duration::ZERO));
    // Saturated times neither wrap nor panic.
    let last = ending.with_expiry(Timestamp::MAX);
    assert!(!last.is_purgeable(Timestamp::MAX, Duration::MAX));
}

#[test]
fn a_revoked_token_stays_refused_whatever_the_leeway() {
    let verifier = Verifier::new().with_leeway(Duration::MAX);
    let tombstone = issued("first").with_expiry(at(1_000)).revoke(at(5));
    let credentials = Credentials::new("u", FLAG, "first");
    for now in [i64::MIN, 0, 4, 5, 6, i64::MAX] {
        let outcome = verifier.verify_record(&credentials, Some(&tombstone), at(now));
        assert_eq!(observed(outcome), Expected::Refused("revoked", Some(5)));
    }
}
