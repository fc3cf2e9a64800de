//! One double for every store: it holds records, fails or hangs as it is told to, and writes down what
//! it was asked.
//!
//! It is a [`TokenStore`] and an [`AsyncTokenStore`]. What neither of them can be scripted to do has a
//! double of its own beside its tests.

use std::collections::HashMap;
use std::future::{pending, poll_fn};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, TokenRecord, TokenStore};

pub type Records = Vec<(DeviceFlag, TokenRecord)>;

/// One question that the store was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Get(String, DeviceFlag),
    GetAll(String, DeviceFlags),
}

/// What a lookup comes to.
enum Reply {
    /// What the records say.
    Ok,
    Err(MakeError),
    /// Never: for async code alone.
    Hang,
}

type MakeError = Box<dyn Fn() -> BoxError + Send + Sync>;

/// Answers for one user's flags from its records, unless it is told otherwise.
pub struct ScriptedStore {
    records: HashMap<DeviceFlag, TokenRecord>,
    /// The users that it knows; empty if every user is the one.
    uids: Vec<&'static str>,
    get: Reply,
    get_by_flag: HashMap<DeviceFlag, Reply>,
    get_all: Reply,
    /// Answered to `get_all` whatever it asks for, against the contract.
    given: Option<Records>,
    waits: usize,
    calls: Mutex<Vec<Call>>,
}

impl ScriptedStore {
    /// A store that has these records for every uid.
    pub fn new(records: impl IntoIterator<Item = (DeviceFlag, TokenRecord)>) -> Self {
        ScriptedStore {
            records: records.into_iter().collect(),
            uids: Vec::new(),
            get: Reply::Ok,
            get_by_flag: HashMap::new(),
            get_all: Reply::Ok,
            given: None,
            waits: 0,
            calls: Mutex::default(),
        }
    }

    /// Only these users have the records, any other has none.
    pub fn known_to(self, uids: impl Into<Vec<&'static str>>) -> Self {
        let uids = uids.into();
        ScriptedStore { uids, ..self }
    }

    /// Every `get` fails with this error.
    pub fn get_fails<E: Into<BoxError>>(
        mut self,
        error: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.get = failing(error);
        self
    }

    /// No `get` is ever answered.
    pub fn get_hangs(self) -> Self {
        let get = Reply::Hang;
        ScriptedStore { get, ..self }
    }

    /// Lookups of this flag fail, by `get` and within `get_all`.
    pub fn get_fails_for<E: Into<BoxError>>(
        mut self,
        flag: DeviceFlag,
        error: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.get_by_flag.insert(flag, failing(error));
        self
    }

    /// Lookups of this flag are never answered, by `get` and within `get_all`.
    pub fn get_hangs_for(mut self, flag: DeviceFlag) -> Self {
        self.get_by_flag.insert(flag, Reply::Hang);
        self
    }

    /// Every `get_all` fails with this error.
    pub fn get_all_fails<E: Into<BoxError>>(
        mut self,
        error: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        self.get_all = failing(error);
        self
    }

    /// No `get_all` is ever answered.
    pub fn get_all_hangs(self) -> Self {
        let get_all = Reply::Hang;
        ScriptedStore { get_all, ..self }
    }

    /// Every `get_all` gives these, whatever it asks for.
    pub fn get_all_gives(mut self, records: Records) -> Self {
        self.given = Some(records);
        self
    }

    /// Async lookups are polled so many times in vain before they are answered.
    pub fn waiting(self, waits: usize) -> Self {
        ScriptedStore { waits, ..self }
    }

    /// What was asked since this was last called.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many `get`s and how many `get_all`s were asked since the calls were last taken.
    pub fn counts(&self) -> (usize, usize) {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let gets = calls.iter().filter(|call| matches!(call, Call::Get(..)));
        let gets = gets.count();
        (gets, calls.len() - gets)
    }

    fn note(&self, call: Call) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(call);
    }

    fn record(&self, uid: &str, flag: DeviceFlag) -> Option<TokenRecord> {
        let is_known = self.uids.is_empty() || self.uids.contains(&uid);
        self.records.get(&flag).filter(|_| is_known).cloned()
    }

    /// `None` if it hangs.
    fn one(&self, uid: &str, flag: DeviceFlag) -> Option<Result<Option<TokenRecord>, BoxError>> {
        match self.get_by_flag.get(&flag).unwrap_or(&Reply::Ok) {
            Reply::Ok => Some(Ok(self.record(uid, flag))),
            Reply::Err(error) => Some(Err(error())),
            Reply::Hang => None,
        }
    }

    fn get_now(
        &self,
        uid: &str,
        flag: DeviceFlag,
    ) -> Option<Result<Option<TokenRecord>, BoxError>> {
        self.note(Call::Get(uid.into(), flag));
        match &self.get {
            Reply::Ok => self.one(uid, flag),
            Reply::Err(error) => Some(Err(error())),
            Reply::Hang => None,
        }
    }

    fn get_all_now(&self, uid: &str, flags: DeviceFlags) -> Option<Result<Records, BoxError>> {
        self.note(Call::GetAll(uid.into(), flags));
        match (&self.get_all, &self.given) {
            (Reply::Err(error), _) => return Some(Err(error())),
            (Reply::Hang, _) => return None,
            (Reply::Ok, Some(given)) => return Some(Ok(given.clone())),
            (Reply::Ok, None) => {}
        }
        let mut records = Records::new();
        for flag in flags.iter() {
            match self.one(uid, flag)? {
                Ok(record) => records.extend(record.map(|record| (flag, record))),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(records))
    }

    async fn wait(&self) {
        let mut left = self.waits;
        poll_fn(|_| match left.checked_sub(1) {
            Some(fewer) => {
                left = fewer;
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
    }
}

fn failing<E: Into<BoxError>>(error: impl Fn() -> E + Send + Sync + 'static) -> Reply {
    Reply::Err(Box::new(move || error().into()))
}

const HANGS: &str = "a lookup that hangs can only be asked by async code";

impl TokenStore for ScriptedStore {
    type Error = BoxError;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        self.get_now(uid, flag).expect(HANGS)
    }

    fn get_all(&self, uid: &str, flags: DeviceFlags) -> Result<Records, BoxError> {
        self.get_all_now(uid, flags).expect(HANGS)
    }
}

impl AsyncTokenStore for ScriptedStore {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        self.wait().await;
        match self.get_now(uid, flag) {
            Some(answer) => answer,
            None => pending().await,
        }
    }

    async fn get_all(&self, uid: &str, flags: DeviceFlags) -> Result<Records, BoxError> {
        self.wait().await;
        match self.get_all_now(uid, flags) {
            Some(answer) => answer,
            None => pending().await,
        }
    }
}

/// A store that leaves `get_all` to the trait, which asks for one flag after the other.
pub struct OneByOne<S>(pub S);

impl<S: TokenStore> TokenStore for OneByOne<S> {
    type Error = S::Error;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, S::Error> {
        self.0.get(uid, flag)
    }
}

impl<S: AsyncTokenStore> AsyncTokenStore for OneByOne<S> {
    type Error = S::Error;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, S::Error> {
        self.0.get(uid, flag).await
    }
}
