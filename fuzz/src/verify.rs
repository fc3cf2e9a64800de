// What has to hold for a check: the outcome is the one that the rules name, found here by comparing
// texts, and all ways to ask for it agree.
//
// Input: a policy and a way to ask, the store's faults, changes that make up a few records, a claim,
// and what is asked next.

use std::convert::Infallible;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wukongim_auth::compare::SecretForm;
use wukongim_auth::diagnosis::Alteration;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{
    AsyncTokenStore, Cause, Credentials, DeviceFlags, Disposition, MemoryStore, Ready, TokenStore,
    Verified, Verifier, VerifyError,
};

include!("input.rs");
include!("model.rs");
include!("rules.rs");

/// With fixed hashes, so that an input means the same each time.
type Memory = MemoryStore<BuildHasherDefault<DefaultHasher>>;

fn verify(data: &[u8]) {
    let mut input = Input(data);
    let (mut question, way) = ask(&mut input);
    question.answered(way);
    if question.changed(&mut input) {
        question.answered(Way::Verify);
    }
}

/// The question in every way, and all that is near to it.
#[allow(dead_code, reason = "too slow for a fuzzer: for the seeds")]
fn every_way(data: &[u8]) {
    let (mut question, _) = ask(&mut Input(data));
    Way::ALL.into_iter().for_each(|way| question.answered(way));
    (0..PAIRS.len()).for_each(|pair| question.genuine_token_is_accepted(pair));
    let stored = [0, 1].map(|which| question.stored_token(which));
    for text in stored.into_iter().flatten() {
        for (how, len) in (0..ALTERATIONS).flat_map(|how| cuts(text.len()).map(|len| (how, len))) {
            question.token = altered_text(&text, how, len);
            question.answered(Way::Verify);
        }
        let asked = (question.flag, question.now);
        question.token = text;
        for (flag, now) in FLAGS
            .into_iter()
            .flat_map(|flag| TIMES.map(|now| (flag, now)))
        {
            (question.flag, question.now) = (flag.into(), now);
            question.answered(Way::Verify);
        }
        (question.flag, question.now) = asked;
    }
}

/// What is asked, and all that the answer depends on.
struct Question {
    store: Own,
    policy: Policy,
    faults: Faults,
    uid: &'static str,
    flag: DeviceFlag,
    token: String,
    now: i64,
}

struct Policy {
    leeway: Duration,
    allowed: DeviceFlags,
    keeps_digests: bool,
    manager: Option<Kept>,
    reveals_not_issued: bool,
}

/// Which lookups fail.
#[derive(Clone, Copy)]
struct Faults {
    of_flags: [bool; 4],
    of_others: bool,
    /// Whether the store asks for other flags one by one.
    one_by_one: bool,
}

impl Faults {
    fn of(self, flag: DeviceFlag) -> bool {
        let place = [0, 1, 2, 4]
            .into_iter()
            .position(|number| number == u8::from(flag));
        place.is_some_and(|place| self.of_flags[place])
    }
}

/// How the question is put.
#[derive(Clone, Copy, Debug)]
enum Way {
    Verify,
    VerdictThenDiagnosis,
    VerifyAsync,
    VerdictThenDiagnosisAsync,
    /// By a host that looks up by itself, which no fault reaches.
    Check,
    /// Of the embedded store, where there are no faults.
    MemoryStore,
    ThroughPointers,
}

impl Way {
    const ALL: [Way; 7] = [
        Way::Verify,
        Way::VerdictThenDiagnosis,
        Way::VerifyAsync,
        Way::VerdictThenDiagnosisAsync,
        Way::Check,
        Way::MemoryStore,
        Way::ThroughPointers,
    ];
}

fn ask(input: &mut Input<'_>) -> (Question, Way) {
    let settings = input.byte();
    let policy = Policy {
        leeway: input.pick(&SPANS),
        allowed: allowed(settings),
        keeps_digests: settings & 2 != 0,
        manager: (settings & 4 != 0).then(|| Kept::choose(input)),
        reveals_not_issued: settings & 16 != 0,
    };
    let fails = input.byte();
    let is_faulty = |bit: u8| fails & 0xc0 == 0xc0 && fails & bit != 0;
    let faults = Faults {
        of_flags: [1, 2, 4, 32].map(is_faulty),
        of_others: is_faulty(8),
        one_by_one: fails & 16 != 0,
    };
    let mut store = Own::default();
    for _ in 0..input.byte() % 9 {
        let (pair, change) = (pair(input), Change::choose(input));
        store.change(pair, &change);
    }
    let mut question = Question {
        uid: input.pick(&[
            "alice", "alice", "alice", "alice", "bob", "", "a\u{7f}", "\u{85}",
        ]),
        flag: input.pick(&[0, 1, 2, 0, 1, 2, 99, 7, 4, 200]).into(),
        now: input.pick(&TIMES),
        token: presented(input, &store, policy.manager.as_ref()),
        store,
        policy,
        faults,
    };
    question.policy.allowed = exchanged(question.policy.allowed, input.byte());
    (
        question,
        Way::ALL[usize::from(settings >> 5) % Way::ALL.len()],
    )
}

/// Those that ordinary clients use, perhaps with one more, perhaps with one less.
fn allowed(settings: u8) -> DeviceFlags {
    let flags = match settings & 8 {
        0 => DeviceFlags::CLIENTS,
        _ => DeviceFlags::CLIENTS.without(DeviceFlag::Pc),
    };
    match settings & 1 {
        0 => flags,
        _ => flags.with(DeviceFlag::System),
    }
}

/// The set with these flags taken out, or in; with all that are left for a few inputs only, since
/// each takes part in every diagnosis.
fn exchanged(flags: DeviceFlags, which: u8) -> DeviceFlags {
    let chosen = FLAGS.into_iter().chain([7]).enumerate();
    let chosen = chosen.filter(|(bit, _)| which >> bit & 1 == 1);
    let chosen = chosen.map(|(_, number)| DeviceFlag::from(number));
    let flags = chosen.fold(flags, |flags, flag| match flags.contains(flag) {
        true => flags.without(flag),
        false => flags.with(flag),
    });
    match which {
        0xf8.. => (8..=255)
            .map(DeviceFlag::from)
            .fold(flags, DeviceFlags::with),
        _ => flags,
    }
}

/// One of the texts that are stored somewhere, or one of their kind.
fn presented(input: &mut Input<'_>, store: &Own, manager: Option<&Kept>) -> String {
    let stored: Vec<_> = store
        .models()
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
    match input.byte() % 4 != 0 && !stored.is_empty() {
        true => token_text(input, &stored),
        false => token_text(input, &TOKENS),
    }
}

impl Question {
    fn verifier(&self) -> Verifier {
        let policy = &self.policy;
        let mut verifier = Verifier::new()
            .with_leeway(policy.leeway)
            .with_device_flags(policy.allowed);
        if policy.keeps_digests {
            verifier = verifier.with_stored_form(SecretForm::Digest);
        }
        if let Some(manager) = &policy.manager {
            verifier = verifier.with_manager_token(manager.secret());
        }
        if policy.reveals_not_issued {
            verifier = verifier.dangerously_reveal_not_issued();
        }
        verifier
    }

    fn claim(&self) -> Credentials<'_> {
        Credentials::new(self.uid, self.flag, self.token.as_str())
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn answered(&self, way: Way) {
        let Faults {
            of_flags,
            of_others,
            one_by_one,
        } = self.faults;
        let has_faults = of_flags != [false; 4] || of_others;
        match way {
            Way::Check | Way::MemoryStore if has_faults => self.asked_of_own(Way::Verify),
            Way::Check => self.asked_without(),
            Way::MemoryStore => self.asked(&self.store.in_memory(), Way::Verify),
            Way::ThroughPointers if one_by_one => {
                self.asked(&std::sync::Arc::new(Box::new(OneByOne(self))), Way::Verify);
                self.asked_async(&&OneByOne(self), Way::VerifyAsync);
            }
            Way::ThroughPointers => {
                self.asked(&std::sync::Arc::new(Box::new(Faulty(self))), Way::Verify);
            }
            way => self.asked_of_own(way),
        }
    }

    fn asked_of_own(&self, way: Way) {
        match (way, self.faults.one_by_one) {
            (Way::VerifyAsync | Way::VerdictThenDiagnosisAsync, true) => {
                self.asked_async(&OneByOne(self), way);
            }
            (Way::VerifyAsync | Way::VerdictThenDiagnosisAsync, false) => {
                self.asked_async(&Ready(Faulty(self)), way);
            }
            (way, true) => self.asked(&OneByOne(self), way),
            (way, false) => self.asked(&Faulty(self), way),
        }
    }

    fn asked<S: TokenStore>(&self, store: &S, way: Way) {
        let (verifier, claim, now) = (self.verifier(), self.claim(), self.time());
        if !matches!(way, Way::VerdictThenDiagnosis) {
            return self.is_expected(verifier.verify(store, &claim, now));
        }
        match verifier.verdict(store, &claim, now) {
            Err(error) => {
                assert_refused(&error, &self.expected_at_first());
                let error = verifier.diagnose(store, error);
                let expected = self.expected_in_the_end();
                assert_refused(&error, &expected);
                // A second diagnosis has nothing to add.
                assert_refused(&verifier.diagnose(store, error), &expected);
            }
            accepted => self.is_expected(accepted),
        }
    }

    fn asked_async<S: AsyncTokenStore>(&self, store: &S, way: Way) {
        let (verifier, claim, now) = (self.verifier(), self.claim(), self.time());
        if !matches!(way, Way::VerdictThenDiagnosisAsync) {
            return self.is_expected(ready(verifier.verify_async(store, &claim, now)));
        }
        match ready(verifier.verdict_async(store, &claim, now)) {
            Err(error) => {
                assert_refused(&error, &self.expected_at_first());
                let error = ready(verifier.diagnose_async(store, error));
                assert_refused(&error, &self.expected_in_the_end());
            }
            accepted => self.is_expected(accepted),
        }
    }

    fn asked_without(&self) {
        let (verifier, store) = (self.verifier(), &self.store);
        let record = store.record(self.uid, self.flag);
        match verifier.verify_record(&self.claim(), record, self.time()) {
            Err(error) => {
                assert_refused(&error, &self.expected_at_first());
                let others = store.all(self.uid, self.policy.allowed);
                let error = verifier.diagnose_with(error, Ok(others));
                assert_refused(&error, &self.expected_in_the_end());
            }
            accepted => self.is_expected(accepted),
        }
    }

    fn is_expected(&self, result: Result<Verified, VerifyError>) {
        match (result, self.expected()) {
            (Ok(verified), Outcome::Accepted { by, level, ends_at }) => {
                let about = (verified.uid(), verified.device_flag());
                assert_eq!(about, (self.uid, self.flag));
                assert_eq!(
                    (verified.accepted_by(), verified.device_level()),
                    (by, level)
                );
                // The last moment that can be written stands for no end.
                let ends_at = ends_at.filter(|end| *end < i64::MAX);
                assert_eq!(verified.expires_at().map(Timestamp::as_millis), ends_at);
            }
            (Err(error), expected) => {
                assert_eq!((error.uid(), error.device_flag()), (self.uid, self.flag));
                assert_eq!(error.actual_token().expose_secret(), self.token);
                assert_refused(&error, &expected);
            }
            (result, expected) => panic!("{result:?}, expected {expected:?}"),
        }
    }
}

fn assert_refused(error: &VerifyError, expected: &Outcome) {
    let is_it = match expected {
        Outcome::Accepted { .. } => false,
        Outcome::Refused { cause, disposition } => {
            is_same(error.cause(), cause) && error.disposition() == *disposition
        }
    };
    assert!(is_it, "{error:?}, expected {expected:?}");
}

fn is_same(a: &Cause, b: &Cause) -> bool {
    use Cause::*;
    match (a, b) {
        (
            UnknownDeviceFlag {
                number: a,
                allowed: c,
            },
            UnknownDeviceFlag {
                number: b,
                allowed: d,
            },
        ) => (a, c) == (b, d),
        (Revoked { at: a }, Revoked { at: b })
        | (Expired { at: a }, Expired { at: b })
        | (Superseded { at: a }, Superseded { at: b }) => a == b,
        (IssuedForOtherFlag { issued_for: a }, IssuedForOtherFlag { issued_for: b })
        | (NotIssuedForFlag { issued_for: a }, NotIssuedForFlag { issued_for: b }) => a == b,
        (Altered { how: a }, Altered { how: b }) => a == b,
        (Ambiguous { candidates: a, .. }, Ambiguous { candidates: b, .. }) => a == b,
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

impl Question {
    /// Whether there is something else to ask of the same records.
    fn changed(&mut self, input: &mut Input<'_>) -> bool {
        let (kind, which, how) = (input.byte() % 4, input.byte(), input.byte());
        match kind {
            // What is one step away from what this pair's record holds.
            1 => self.stored_token(which).is_some_and(|text| {
                self.token =
                    altered_text(&text, how, cuts(text.len())[usize::from(which >> 4) % 5]);
                true
            }),
            // What it holds, for any flag at any time.
            2 => self.stored_token(which).is_some_and(|text| {
                self.token = text;
                self.flag = FLAGS[usize::from(how % 16) % FLAGS.len()].into();
                self.now = TIMES[usize::from(how >> 4) % TIMES.len()];
                true
            }),
            3 => {
                self.genuine_token_is_accepted(which.into());
                false
            }
            _ => false,
        }
    }

    fn stored_token(&self, which: u8) -> Option<String> {
        let model = self.store.model(self.uid, self.flag)?;
        match (which % 2, &model.superseded) {
            (1, Some((old, _))) => Some(old.text.clone()),
            _ => Some(model.current.text.clone()),
        }
    }

    /// Whatever else is registered, and only they.
    fn genuine_token_is_accepted(&self, which: usize) {
        let (uid, flag) = PAIRS[which % PAIRS.len()];
        let flag = DeviceFlag::from(flag);
        let Some(model) = self.store.model(uid, flag) else {
            return;
        };
        let token = &model.current.text;
        let is_usable = !token.trim().is_empty()
            && model.is_live(self.now, self.policy.leeway)
            && self.policy.allowed.contains(flag);
        let claim = Credentials::new(uid, flag, token.as_str());
        let verified = self.verifier().verify(&self.store, &claim, self.time());
        let is_accepted =
            verified.is_ok_and(|verified| verified.accepted_by() == VerifiedBy::Current);
        assert_eq!(is_accepted, is_usable);
    }
}

/// Lengths around those from which the beginning of a token is recognised.
fn cuts(len: usize) -> [usize; 5] {
    [15, 16, len / 2, len.div_ceil(2), len.saturating_sub(1)]
}

const UIDS: [&str; 2] = ["alice", "bob"];

const PAIRS: [(&str, u8); UIDS.len() * FLAGS.len()] = {
    let mut pairs = [("", 0); UIDS.len() * FLAGS.len()];
    let mut at = 0;
    while at < pairs.len() {
        pairs[at] = (UIDS[at / FLAGS.len()], FLAGS[at % FLAGS.len()]);
        at += 1;
    }
    pairs
};

/// Records and what they should be, by pair: a small store is made in no time.
#[derive(Default)]
struct Own([Option<(TokenRecord, Model)>; PAIRS.len()]);

impl Own {
    fn place(uid: &str, flag: DeviceFlag) -> Option<usize> {
        let of_uid = UIDS.iter().position(|known| *known == uid)?;
        let of_flag = FLAGS.iter().position(|known| *known == u8::from(flag))?;
        Some(of_uid * FLAGS.len() + of_flag)
    }

    fn change(&mut self, (uid, flag): (&str, DeviceFlag), change: &Change) {
        let place = &mut self.0[Own::place(uid, flag).expect("it is one of the pairs")];
        let (record, model) = place.take().unzip();
        *place = change.of_record(record).zip(change.of_model(model));
    }

    fn models(&self) -> impl Iterator<Item = &Model> {
        self.0.iter().flatten().map(|(_, model)| model)
    }

    fn model(&self, uid: &str, flag: DeviceFlag) -> Option<&Model> {
        let (_, model) = self.0[Own::place(uid, flag)?].as_ref()?;
        Some(model)
    }

    fn record(&self, uid: &str, flag: DeviceFlag) -> Option<&TokenRecord> {
        let (record, _) = self.0[Own::place(uid, flag)?].as_ref()?;
        Some(record)
    }

    fn all(&self, uid: &str, flags: DeviceFlags) -> Vec<(DeviceFlag, TokenRecord)> {
        let record = |flag| Some((flag, self.record(uid, flag)?.clone()));
        flags.iter().filter_map(record).collect()
    }

    fn in_memory(&self) -> Memory {
        let memory = Memory::with_hasher(BuildHasherDefault::default());
        for ((uid, flag), kept) in PAIRS.into_iter().zip(&self.0) {
            if let Some((record, _)) = kept {
                memory.insert(uid, flag.into(), record.clone());
            }
        }
        memory
    }
}

impl TokenStore for Own {
    type Error = Infallible;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        Ok(self.record(uid, flag).cloned())
    }
}

/// The question's own store, with its faults.
struct Faulty<'a>(&'a Question);

impl TokenStore for Faulty<'_> {
    type Error = &'static str;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, &'static str> {
        match self.0.faults.of(flag) {
            true => Err("down"),
            false => Ok(self.0.store.record(uid, flag).cloned()),
        }
    }

    fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, &'static str> {
        match self.0.faults.of_others {
            true => Err("down"),
            false => Ok(self.0.store.all(uid, flags)),
        }
    }
}

/// With the trait's own `get_all`.
struct OneByOne<'a>(&'a Question);

impl TokenStore for OneByOne<'_> {
    type Error = &'static str;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, &'static str> {
        Faulty(self.0).get(uid, flag)
    }
}

impl AsyncTokenStore for OneByOne<'_> {
    type Error = &'static str;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, &'static str> {
        Faulty(self.0).get(uid, flag)
    }
}

/// The output of a future that has nothing to wait for.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing to wait for"),
    }
}
