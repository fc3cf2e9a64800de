// What has to hold for a check: the outcome is the one that the rules name, found here by comparing
// texts, and all ways to ask for it agree.
//
// Input: a policy, the store's faults, changes that make up a few records, and a claim.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wukongim_auth::{
    AsyncTokenStore, Blocking, Candidate, Cause, Credentials, Deformation, DeviceFlags,
    Disposition, MemoryStore, OtherRecords, ReasonCode, SecretForm, TokenStore, Verified,
    VerifiedBy, Verifier, VerifyError,
};

include!("input.rs");
include!("model.rs");

/// With fixed hashes, so that an input means the same each time.
type Memory = MemoryStore<BuildHasherDefault<DefaultHasher>>;

type Records = HashMap<(&'static str, DeviceFlag), Model>;

/// What is asked, and all that the answer depends on.
struct Question {
    records: Records,
    policy: Policy,
    faults: Faults,
    uid: &'static str,
    flag: DeviceFlag,
    token: String,
    now: i64,
}

struct Policy {
    leeway: Duration,
    allows_system: bool,
    keeps_digests: bool,
    manager: Option<Kept>,
    diagnoses: bool,
    reveals_not_issued: bool,
}

/// Which look-ups fail.
struct Faults {
    of_flags: Vec<DeviceFlag>,
    of_others: bool,
    /// Whether the store asks for other flags one by one.
    one_by_one: bool,
}

fn verify(data: &[u8]) {
    let mut input = Input(data);
    let (mut question, store) = ask(&mut input);
    question.answered_alike(&store);
    question.genuine_tokens_are_accepted(&store);
    for token in question.near_tokens() {
        question.token = token;
        question.answered(&store);
    }
    for token in question.stored_tokens() {
        question.token = token;
        for (flag, now) in [0, 1, 2]
            .into_iter()
            .flat_map(|f| TIMES.map(|now| (f, now)))
        {
            (question.flag, question.now) = (flag.into(), now);
            question.answered(&store);
        }
    }
}

fn ask(input: &mut Input<'_>) -> (Question, Memory) {
    let settings = input.byte();
    let policy = Policy {
        leeway: input.pick(&SPANS),
        allows_system: settings & 1 != 0,
        keeps_digests: settings & 2 != 0,
        manager: (settings & 4 != 0).then(|| Kept::choose(input)),
        diagnoses: settings & 8 == 0,
        reveals_not_issued: settings & 16 != 0,
    };
    let fails = input.byte();
    let is_faulty = |bit: u8| fails & 0xc0 == 0xc0 && fails & bit != 0;
    let faults = Faults {
        of_flags: [(1, 0), (2, 1), (4, 2)]
            .into_iter()
            .filter(|(bit, _)| is_faulty(*bit))
            .map(|(_, flag)| DeviceFlag::from(flag))
            .collect(),
        of_others: is_faulty(8),
        one_by_one: fails & 16 != 0,
    };
    let (mut records, store) = (
        Records::new(),
        Memory::with_hasher(BuildHasherDefault::default()),
    );
    for _ in 0..input.byte() % 9 {
        let (pair, change) = (pair(input), Change::choose(input));
        store.update(pair.0, pair.1, |record| change.of_record(record));
        let model = change.of_model(records.remove(&pair));
        records.extend(model.map(|model| (pair, model)));
    }
    let question = Question {
        uid: input.pick(&[
            "alice", "alice", "alice", "alice", "bob", "", "a\u{7f}", "\u{85}",
        ]),
        flag: input.pick(&[0, 1, 2, 0, 1, 2, 99, 7]).into(),
        now: input.pick(&TIMES),
        token: presented(input, &records, policy.manager.as_ref()),
        records,
        policy,
        faults,
    };
    (question, store)
}

/// One of the texts that are stored somewhere, or one of their kind.
fn presented(input: &mut Input<'_>, records: &Records, manager: Option<&Kept>) -> String {
    let mut stored: Vec<_> = records
        .values()
        .flat_map(|model| {
            [
                Some(&model.current),
                model.superseded.as_ref().map(|(old, _)| old),
            ]
        })
        .chain([manager])
        .flatten()
        .map(|kept| kept.text.as_str())
        .collect();
    stored.sort_unstable();
    match input.byte() % 4 != 0 && !stored.is_empty() {
        true => token_text(input, &stored),
        false => token_text(input, &TOKENS),
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Accepted {
        by: VerifiedBy,
        level: DeviceLevel,
        ends_at: Option<i64>,
    },
    Refused {
        cause: String,
        disposition: Disposition,
    },
}

/// What the rules say, and from where.
enum Verdict {
    Accepted(Outcome),
    /// Nothing else can be the cause.
    Final(Cause),
    /// The other flags may say more.
    Open(Cause),
}

impl Question {
    fn record(&self) -> Option<&Model> {
        self.records.get(&(self.uid, self.flag))
    }

    /// Rules 1 to 4.
    fn verdict(&self) -> Verdict {
        if let Some(cause) = self.refused_at_sight() {
            return Verdict::Final(cause);
        }
        if self.faults.of_flags.contains(&self.flag) {
            return Verdict::Final(Cause::Store("down".into()));
        }
        let Some(record) = self.record() else {
            return Verdict::Open(Cause::NotIssued);
        };
        let at = Timestamp::from_millis;
        if record.current.is(&self.token) {
            return match (record.revoked, record.expires) {
                (Some(revoked), _) => Verdict::Final(Cause::Revoked { at: at(revoked) }),
                (None, Some(end)) if !record.is_live(self.now, self.policy.leeway) => {
                    Verdict::Final(Cause::Expired { at: at(end) })
                }
                (None, end) => Verdict::Accepted(Outcome::Accepted {
                    by: VerifiedBy::Current,
                    level: record.level,
                    ends_at: end.map(|end| later(end, self.policy.leeway)),
                }),
            };
        }
        match (record.overlap(), record.revoked) {
            (Some((old, until)), _) if old.is(&self.token) && until < self.now => {
                Verdict::Final(Cause::Superseded { at: at(until) })
            }
            (Some((old, until)), _) if old.is(&self.token) => {
                Verdict::Accepted(Outcome::Accepted {
                    by: VerifiedBy::Superseded,
                    level: record.level,
                    ends_at: Some(until),
                })
            }
            (_, Some(revoked)) => Verdict::Open(Cause::Revoked { at: at(revoked) }),
            (_, None) if record.current.text.is_empty() => Verdict::Open(Cause::NotIssued),
            (_, None) => Verdict::Open(Cause::Mismatch),
        }
    }

    fn refused_at_sight(&self) -> Option<Cause> {
        let number = u8::from(self.flag);
        let is_allowed = number <= 2 || number == 99 && self.policy.allows_system;
        match () {
            () if self.uid.is_empty() => Some(Cause::EmptyUid),
            () if self.uid.contains(char::is_control) => Some(Cause::InvalidUid),
            () if !is_allowed => Some(Cause::UnknownDeviceFlag(number)),
            () if self.token.trim().is_empty() => Some(Cause::EmptyToken),
            () => None,
        }
    }

    /// Rule 5, by the precedence of causes.
    fn explained(&self, verdict: Cause) -> Cause {
        let siblings = self.siblings();
        let manager = self.policy.manager.as_ref();
        if manager.is_some_and(|manager| manager.is(&self.token)) {
            return Cause::ManagerToken;
        }
        let matching = self.flags(siblings.iter().flatten(), |sibling| {
            self.is_live_token_of(sibling)
        });
        if let Some(issued_for) = matching {
            return Cause::IssuedForOtherFlag { issued_for };
        }
        if let Some(how) = self.deformation() {
            return Cause::Deformed { how };
        }
        let Some(siblings) = siblings else {
            return undecided(&verdict);
        };
        let live = self.flags(siblings.iter(), |sibling| {
            sibling.is_live(self.now, self.policy.leeway)
        });
        match (verdict, live) {
            (Cause::NotIssued, Some(issued_for)) => Cause::NotIssuedForFlag { issued_for },
            (verdict, _) => verdict,
        }
    }

    /// `None` where a look-up fails.
    fn siblings(&self) -> Option<Vec<(DeviceFlag, &Model)>> {
        let others = || {
            [0, 1, 2]
                .map(DeviceFlag::from)
                .into_iter()
                .filter(|flag| *flag != self.flag)
        };
        let fails = match self.faults.one_by_one {
            true => others().any(|flag| self.faults.of_flags.contains(&flag)),
            false => self.faults.of_others,
        };
        let record = |flag| Some((flag, self.records.get(&(self.uid, flag))?));
        (!fails).then(|| others().filter_map(record).collect())
    }

    fn flags<'a>(
        &self,
        siblings: impl Iterator<Item = &'a (DeviceFlag, &'a Model)>,
        is_meant: impl Fn(&Model) -> bool,
    ) -> Option<DeviceFlags> {
        let meant = siblings.filter(|(_, model)| is_meant(model));
        let flags: DeviceFlags = meant.map(|(flag, _)| *flag).collect();
        (!flags.is_empty()).then_some(flags)
    }

    fn is_live_token_of(&self, record: &Model) -> bool {
        let is_current = record.current.is(&self.token);
        let is_old = record
            .overlapping(self.now)
            .is_some_and(|old| old.is(&self.token));
        is_current && record.is_live(self.now, self.policy.leeway) || is_old
    }

    /// What the token is without what may have happened to it, if that is this pair's.
    fn deformation(&self) -> Option<Deformation> {
        let record = self.record()?;
        let is_known = |text: &String| {
            record.current.is(text) || record.overlapping(self.now).is_some_and(|old| old.is(text))
        };
        let found = undone(&self.token)
            .into_iter()
            .find(|(_, text)| is_known(text));
        let stored = &record.current;
        let (len, whole) = (self.token.len(), stored.text.len());
        let is_cut = !stored.is_digest && stored.text.starts_with(&self.token) && len < whole;
        let is_long_enough = len >= 16 && 2 * len >= whole;
        found
            .map(|(how, _)| how)
            .or((is_cut && is_long_enough).then_some(Deformation::CutOff))
    }

    fn expected(&self) -> Outcome {
        let cause = match self.verdict() {
            Verdict::Accepted(outcome) => return outcome,
            Verdict::Final(cause) => cause,
            Verdict::Open(cause) if self.policy.diagnoses => self.explained(cause),
            Verdict::Open(cause) => cause,
        };
        self.refused(cause)
    }

    /// Before and after a diagnosis, where there is one to be made.
    fn expected_in_two_steps(&self) -> (Outcome, Outcome) {
        match self.verdict() {
            Verdict::Open(cause) => {
                let Verdict::Open(same) = self.verdict() else {
                    unreachable!()
                };
                (self.refused(cause), self.refused(self.explained(same)))
            }
            _ => (self.expected(), self.expected()),
        }
    }

    fn refused(&self, cause: Cause) -> Outcome {
        let is_retried = match cause {
            Cause::Store(_) => true,
            Cause::NotIssued => self.policy.reveals_not_issued,
            _ => false,
        };
        Outcome::Refused {
            cause: format!("{cause:?}"),
            disposition: match is_retried {
                true => Disposition::CloseForRetry,
                false => Disposition::Reject(ReasonCode::AuthFail),
            },
        }
    }
}

fn undecided(verdict: &Cause) -> Cause {
    use Candidate::*;
    let candidates: &[_] = match verdict {
        Cause::NotIssued => &[IssuedForOtherFlag, NotIssuedForFlag, NotIssued],
        Cause::Revoked { .. } => &[IssuedForOtherFlag, Revoked],
        _ => &[IssuedForOtherFlag, Mismatch],
    };
    Cause::Undecided {
        candidates,
        error: "down".into(),
    }
}

/// One thing after the other taken back, in the order of [`Deformation`].
fn undone(token: &str) -> Vec<(Deformation, String)> {
    let mut steps = Vec::new();
    let mut text = match token.chars().next() {
        Some('\u{feff}') => token.chars().skip(1).collect(),
        _ => token.to_owned(),
    };
    steps.push((Deformation::ByteOrderMark, text.clone()));
    text = text.trim_matches(char::is_whitespace).to_owned();
    steps.push((Deformation::Blanks, text.clone()));
    let chars: Vec<char> = text.chars().collect();
    if let [first @ ('"' | '\'' | '`'), inside @ .., last] = &chars[..] {
        if first == last {
            text = inside.iter().collect();
        }
    }
    steps.push((Deformation::Quotes, text.clone()));
    if text.to_ascii_lowercase().starts_with("bearer ") {
        text = text["bearer ".len()..].trim_start().to_owned();
    }
    steps.push((Deformation::Bearer, text.clone()));
    text = String::from_utf8(unescaped(text.as_bytes())).unwrap_or(text);
    steps.push((Deformation::PercentEncoded, text.clone()));
    if text.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
        steps.push((Deformation::HexCase, text.to_lowercase()));
        steps.push((Deformation::HexCase, text.to_uppercase()));
    }
    steps
}

fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        match digits.and_then(|digits| std::str::from_utf8(digits).ok()) {
            Some(digits) => {
                plain.push(u8::from_str_radix(digits, 16).unwrap());
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    plain
}

impl Question {
    fn verifier(&self) -> Verifier {
        let policy = &self.policy;
        let mut verifier = Verifier::new().with_leeway(policy.leeway);
        if policy.allows_system {
            verifier = verifier.with_system_device();
        }
        if policy.keeps_digests {
            verifier = verifier.with_secret_form(SecretForm::Digest);
        }
        if let Some(manager) = &policy.manager {
            verifier = verifier.with_manager_token(manager.secret());
        }
        if !policy.diagnoses {
            verifier = verifier.without_diagnosis();
        }
        if policy.reveals_not_issued {
            verifier = verifier.dangerously_reveal_not_issued();
        }
        verifier
    }

    fn answered_alike(&self, store: &Memory) {
        let faulty = Faulty {
            store,
            faults: &self.faults,
        };
        match self.faults.one_by_one {
            true => {
                self.answered_by(&OneByOne(&faulty));
                self.answered_by_async(&OneByOne(&faulty));
            }
            false => self.answered_by(&faulty),
        }
        if self.faults.of_flags.is_empty() && !self.faults.of_others {
            self.answered_by(store);
            self.answered_by(&std::sync::Arc::new(store));
            self.answered_without(store);
        }
    }

    fn answered(&self, store: &Memory) {
        let (verifier, claim) = (self.verifier(), self.claim());
        let now = Timestamp::from_millis(self.now);
        let faulty = Faulty {
            store,
            faults: &self.faults,
        };
        let result = match self.faults.one_by_one {
            true => verifier.verify(&OneByOne(&faulty), &claim, now),
            false => verifier.verify(&faulty, &claim, now),
        };
        assert_eq!(self.seen(result), self.expected(), "{}", self.token);
    }

    fn stored_tokens(&self) -> Vec<String> {
        let record = self.record();
        let current = record.map(|record| &record.current);
        let superseded = record.and_then(|record| record.superseded.as_ref().map(|(old, _)| old));
        let stored = current.into_iter().chain(superseded);
        stored.map(|kept| kept.text.clone()).collect()
    }

    /// What is one step away from what this pair's record holds.
    fn near_tokens(&self) -> Vec<String> {
        let near = |text: String| {
            let len = text.len();
            let cuts = [15, 16, len / 2, len.div_ceil(2), len.saturating_sub(1)];
            let cut = cuts.map(|len| deformed(&text, 15, len));
            let others = (0..DEFORMATIONS).map(|how| deformed(&text, how, len));
            others.chain(cut).collect::<Vec<_>>()
        };
        self.stored_tokens().into_iter().flat_map(near).collect()
    }

    fn answered_by<S: TokenStore<Error: Send> + Sync>(&self, store: &S) {
        let (verifier, claim) = (self.verifier(), self.claim());
        let now = Timestamp::from_millis(self.now);
        let expected = self.expected();
        assert_eq!(self.seen(verifier.verify(store, &claim, now)), expected);
        let (before, after) = self.expected_in_two_steps();
        match verifier.verdict(store, &claim, now) {
            Ok(verified) => assert_eq!(self.seen(Ok(verified)), before),
            Err(error) => {
                assert_eq!(refusal(&error), before);
                let error = verifier.diagnose(store, error);
                assert_eq!(refusal(&error), after);
                // A second diagnosis has nothing to add.
                assert_eq!(refusal(&verifier.diagnose(store, error)), after);
            }
        }
        self.answered_by_async(&Blocking(store));
    }

    fn answered_by_async<S: AsyncTokenStore>(&self, store: &S) {
        let (verifier, claim) = (self.verifier(), self.claim());
        let now = Timestamp::from_millis(self.now);
        let verified = ready(verifier.verify_async(store, &claim, now));
        assert_eq!(self.seen(verified), self.expected());
        let (before, after) = self.expected_in_two_steps();
        match ready(verifier.verdict_async(store, &claim, now)) {
            Ok(verified) => assert_eq!(self.seen(Ok(verified)), before),
            Err(error) => {
                assert_eq!(refusal(&error), before);
                let error = ready(verifier.diagnose_async(store, error));
                assert_eq!(refusal(&error), after);
            }
        }
    }

    /// By a host that looks up by itself.
    fn answered_without(&self, store: &Memory) {
        let now = Timestamp::from_millis(self.now);
        let record = store.get(self.uid, self.flag).unwrap();
        let (before, after) = self.expected_in_two_steps();
        match self.verifier().check(&self.claim(), record.as_ref(), now) {
            Ok(verified) => assert_eq!(self.seen(Ok(verified)), before),
            Err(error) => {
                assert_eq!(refusal(&error), before);
                let others = store.others(self.uid, self.flag).unwrap();
                assert_eq!(refusal(&self.verifier().explain(error, Ok(others))), after);
            }
        }
    }

    /// Whatever else is registered, and only they.
    fn genuine_tokens_are_accepted(&self, store: &Memory) {
        for (&(uid, flag), model) in &self.records {
            let token = &model.current.text;
            let is_usable = !token.trim().is_empty()
                && model.is_live(self.now, self.policy.leeway)
                && (u8::from(flag) <= 2 || self.policy.allows_system);
            let claim = Credentials::new(uid, flag, token.as_str());
            let verified = self
                .verifier()
                .verify(store, &claim, Timestamp::from_millis(self.now));
            assert_eq!(
                verified.is_ok_and(|v| v.by() == VerifiedBy::Current),
                is_usable
            );
        }
    }

    fn claim(&self) -> Credentials<'_> {
        Credentials::new(self.uid, self.flag, self.token.as_str())
    }

    fn seen(&self, result: Result<Verified, VerifyError>) -> Outcome {
        match result {
            Ok(verified) => {
                let about = (verified.uid(), verified.device_flag());
                assert_eq!(about, (self.uid, self.flag));
                Outcome::Accepted {
                    by: verified.by(),
                    level: verified.device_level(),
                    ends_at: verified.ends_at().map(Timestamp::as_millis),
                }
            }
            Err(error) => {
                assert_eq!((error.uid(), error.device_flag()), (self.uid, self.flag));
                assert_eq!(error.actual().expose_secret(), self.token);
                refusal(&error)
            }
        }
    }
}

fn refusal(error: &VerifyError) -> Outcome {
    Outcome::Refused {
        cause: format!("{:?}", error.cause()),
        disposition: error.disposition(),
    }
}

struct Faulty<'a> {
    store: &'a Memory,
    faults: &'a Faults,
}

impl TokenStore for Faulty<'_> {
    type Error = &'static str;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, &'static str> {
        match self.faults.of_flags.contains(&flag) {
            true => Err("down"),
            false => Ok(self.store.get(uid, flag).unwrap()),
        }
    }

    fn others(&self, uid: &str, flag: DeviceFlag) -> Result<OtherRecords, &'static str> {
        match self.faults.of_others {
            true => Err("down"),
            false => Ok(self.store.others(uid, flag).unwrap()),
        }
    }
}

/// With the trait's own `others`.
struct OneByOne<'a>(&'a Faulty<'a>);

impl TokenStore for OneByOne<'_> {
    type Error = &'static str;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, &'static str> {
        self.0.get(uid, flag)
    }
}

impl AsyncTokenStore for OneByOne<'_> {
    type Error = &'static str;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, &'static str> {
        TokenStore::get(self.0, uid, flag)
    }
}

/// The output of a future that has nothing to wait for.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing to wait for"),
    }
}
