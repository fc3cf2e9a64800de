//! A store that keeps the contract, and its twins that break one thing each: doubles of their own by
//! purpose, since what they break is how records are kept, not what a lookup comes to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wukongim_auth::compare::Secret;
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{
    AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, Timestamp, Token, TokenRecord,
};

use crate::records::{issued, issued_with};

/// What a twin does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    AbsentIsAnEmptyToken,
    AbsentIsAnError,
    AllIsInvented,
    UidFoldsCase,
    UidLosesTrailingBlanks,
    UidLosesLeadingBlanks,
    UidIsAPattern,
    UidLosesAccents,
    UidIsCut,
    UidIsCutAt255,
    FlagIsIgnored,
    SystemIsApp,
    FlagIsASignedByte,
    CustomIsOneFlag,
    AllHoldsMore,
    AllIsClientsOnly,
    AllLacksTombstones,
    AllLacksPc,
    AllFoldsCase,
    AllIsAnotherFlags,
    RepliesGoByOrder,
    TokenIsCut,
    TokenIsTrimmed,
    TokenFoldsCase,
    DigestIsTakenForAToken,
    TimesAreSeconds,
    TimesAreFloats,
    LevelIsLost,
    LevelIsLostInRotation,
    UnreadableIsNone,
    AllPassesOverUnreadable,
    VersionIsIgnored,
    IssueFailsOverUnreadable,
    ReadsAreCached,
    IssueIsForTheFirstTimeOnly,
    IssueKeepsTombstones,
    IssueKeepsLevel,
    RotationDropsTheOld,
    RotationLosesExpiry,
    OverlapNeverEnds,
    RotationKeepsTheOldest,
    RevocationIsLate,
    IssueForgetsRevocations,
    RevocationsAreNotWritten,
    RotationForgetsRevocations,
    RevocationsAreABit,
    IssueCountsItself,
    IssueReadsFirst,
    RevocationDeletes,
    RevocationPanics,
    TombstoneIsHidden,
    TombstoneForgetsItsToken,
    LastRevocationStays,
    TombstoneIsRotated,
    RotationRegisters,
    RevocationRegisters,
    IssueInTwoSteps,
    LevelInASecondStep,
    RotationInTwoSteps,
    UserIsOneValue,
}

type Key = (String, u8);

pub struct Twin {
    fault: Fault,
    written: Mutex<BTreeMap<Key, Vec<u8>>>,
    cache: Mutex<BTreeMap<Key, Option<Vec<u8>>>>,
    replies: Mutex<VecDeque<Option<Vec<u8>>>>,
    late: Mutex<Option<(Key, Timestamp)>>,
    turn: AtomicUsize,
}

impl Twin {
    pub fn new(fault: Fault) -> Self {
        Twin {
            fault,
            written: Mutex::default(),
            cache: Mutex::default(),
            replies: Mutex::default(),
            late: Mutex::default(),
            turn: AtomicUsize::new(0),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Vec<u8>>> {
        self.written.lock().unwrap()
    }

    fn key(&self, uid: &str, flag: DeviceFlag) -> Key {
        let uid = match self.fault {
            Fault::UidFoldsCase => uid.to_lowercase(),
            Fault::UidLosesTrailingBlanks => uid.trim_end().into(),
            Fault::UidLosesLeadingBlanks => uid.trim_start().into(),
            Fault::UidLosesAccents => uid.replace(['\u{301}', '\u{200b}', '\u{feff}'], ""),
            Fault::UidIsCut => uid.chars().take(64).collect(),
            Fault::UidIsCutAt255 => uid.chars().take(255).collect(),
            _ => uid.into(),
        };
        let flag = match (self.fault, flag) {
            (Fault::FlagIsIgnored, _) => 0,
            (Fault::SystemIsApp, DeviceFlag::System) => 0,
            (Fault::FlagIsASignedByte, flag) => u8::from(flag) % 128,
            (Fault::CustomIsOneFlag, DeviceFlag::Custom(_)) => 3,
            (_, flag) => flag.into(),
        };
        (uid, flag)
    }

    /// What is written under a key, or under one that the pattern in it matches.
    fn find(&self, key: &Key) -> Option<Vec<u8>> {
        let written = self.lock();
        let exact = written.get(key).cloned();
        let Some(beginning) = key.0.strip_suffix('%') else {
            return exact;
        };
        exact.or_else(|| {
            let is_like = |other: &&Key| other.0.starts_with(beginning) && other.1 == key.1;
            let like = written.keys().find(is_like)?;
            self.has(Fault::UidIsAPattern)
                .then(|| written[like].clone())
        })
    }

    fn look_up(&self, uid: &str, flag: DeviceFlag) -> Option<Vec<u8>> {
        let key = self.key(uid, flag);
        if self.has(Fault::ReadsAreCached) {
            let mut cache = self.cache.lock().unwrap();
            return cache
                .entry(key.clone())
                .or_insert_with(|| self.find(&key))
                .clone();
        }
        let found = self.find(&key);
        // Seen by the next one.
        let mut late = self.late.lock().unwrap();
        if let Some((key, at)) = late.take_if(|(late, _)| *late == key) {
            let revoked = read(&self.lock()[&key]).unwrap().revoke(at);
            self.lock().insert(key, write(&revoked));
        }
        found
    }

    /// The bytes that a record is written as.
    fn write(&self, record: &TokenRecord) -> Vec<u8> {
        let mut fields: Value = serde_json::from_slice(&write(record)).unwrap();
        if self.has(Fault::TimesAreSeconds) {
            each_time(&mut fields, |millis| json!(millis / 1000 * 1000));
        }
        if self.has(Fault::TimesAreFloats) {
            each_time(&mut fields, |millis| json!((millis as f64) as i64));
        }
        if self.has(Fault::LevelIsLost) {
            fields["device_level"] = json!(0);
        }
        if self.has(Fault::RevocationsAreNotWritten) {
            fields.as_object_mut().unwrap().remove("revocations");
        }
        if self.has(Fault::RevocationsAreABit) {
            fields["revocations"] = json!(record.revocations().min(1));
        }
        if let Some(token) = fields.get("token").and_then(Value::as_str) {
            let token: String = match self.fault {
                Fault::TokenIsCut => token.chars().take(255).collect(),
                Fault::TokenIsTrimmed => token.trim().into(),
                Fault::TokenFoldsCase => token.to_lowercase(),
                _ => token.into(),
            };
            fields["token"] = json!(token);
        }
        if self.has(Fault::DigestIsTakenForAToken) {
            if let Some(digest) = fields.as_object_mut().unwrap().remove("sha256") {
                fields["token"] = digest;
            }
        }
        fields.to_string().into_bytes()
    }

    fn read(&self, written: &[u8]) -> Result<Option<TokenRecord>, BoxError> {
        let record = if self.has(Fault::VersionIsIgnored) {
            let mut fields: Value = serde_json::from_slice(written)?;
            if let Some(version) = fields.get_mut("v") {
                *version = json!(1);
            }
            read(fields.to_string().as_bytes())
        } else {
            read(written)
        };
        if self.has(Fault::UnreadableIsNone) {
            return Ok(record.ok());
        }
        let mut record = record?;
        if record.revoked_at().is_some() && self.has(Fault::TombstoneForgetsItsToken) {
            let at = record.revoked_at().unwrap();
            record = TokenRecord::issue(Token::new(""), record.device_level()).revoke(at);
        }
        let hidden = record.revoked_at().is_some() && self.has(Fault::TombstoneIsHidden);
        Ok(Some(record).filter(|_| !hidden))
    }

    fn get_now(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        match self.look_up(uid, flag) {
            Some(written) => self.read(&written),
            None if self.has(Fault::AbsentIsAnEmptyToken) => Ok(Some(issued(""))),
            None if self.has(Fault::AbsentIsAnError) => Err("no such row".into()),
            None => Ok(None),
        }
    }

    fn get_all_now(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        let lower = uid.to_lowercase();
        let uid = match self.fault {
            Fault::AllFoldsCase => &lower,
            _ => uid,
        };
        let flags: DeviceFlags = match self.fault {
            Fault::AllHoldsMore => (0..=u8::MAX).map(DeviceFlag::from).collect(),
            Fault::AllIsClientsOnly => {
                let clients = DeviceFlags::CLIENTS.iter();
                clients.filter(|flag| flags.contains(*flag)).collect()
            }
            Fault::AllLacksPc => flags.without(DeviceFlag::Pc),
            _ => flags,
        };
        let mut all = Vec::new();
        for flag in flags.iter() {
            let asked = match flag {
                DeviceFlag::Pc if self.has(Fault::AllIsAnotherFlags) => DeviceFlag::Web,
                _ => flag,
            };
            let found = match self.get_now(uid, asked) {
                Err(_) if self.has(Fault::AllPassesOverUnreadable) => None,
                found => found?,
            };
            let lacks = |record: &TokenRecord| {
                record.revoked_at().is_some() && self.has(Fault::AllLacksTombstones)
            };
            all.extend(found.filter(|r| !lacks(r)).map(|record| (flag, record)));
        }
        if all.is_empty() && self.has(Fault::AllIsInvented) {
            all.extend(flags.iter().next().map(|flag| (flag, issued(""))));
        }
        Ok(all)
    }

    /// One step on what is there; two for some faults.
    fn change(
        &self,
        uid: &str,
        flag: DeviceFlag,
        change: impl FnOnce(Option<TokenRecord>) -> Option<TokenRecord>,
    ) {
        let key = self.key(uid, flag);
        let mut written = self.lock();
        let before = written.get(&key).map(|bytes| read(bytes).unwrap());
        if self.has(Fault::RotationInTwoSteps) {
            drop(written);
            self.dawdle();
            written = self.lock();
        }
        if let Some(record) = change(before) {
            written.insert(key, self.write(&record));
        }
    }

    /// Never the same time twice in a row.
    fn dawdle(&self) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_micros(200 + 700 * (turn as u64 * 7 % 5)));
    }
}

impl AsyncTokenStore for Twin {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        if !self.has(Fault::RepliesGoByOrder) {
            return self.get_now(uid, flag);
        }
        let reply = self.look_up(uid, flag);
        self.replies.lock().unwrap().push_back(reply);
        yield_once().await;
        let reply = self.replies.lock().unwrap().pop_front().flatten();
        reply.map_or(Ok(None), |written| self.read(&written))
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        self.get_all_now(uid, flags)
    }
}

impl StoreUnderTest for Twin {
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        mut record: TokenRecord,
    ) -> Result<(), BoxError> {
        let key = self.key(uid, flag);
        let before = self.lock().get(&key).map(|bytes| read(bytes));
        let before = match self.fault {
            Fault::IssueFailsOverUnreadable => before.transpose()?,
            _ => before.and_then(Result::ok),
        };
        if self.has(Fault::IssueReadsFirst) {
            record = record.replacing(before.as_ref());
            self.dawdle();
        }
        if let (Fault::IssueCountsItself, Some(before)) = (self.fault, &before) {
            let counted = before.clone().revoke(Timestamp::MAX);
            record = record.replacing(Some(&counted));
        }
        if let Some(before) = before {
            let keeps = match self.fault {
                Fault::IssueIsForTheFirstTimeOnly => true,
                Fault::IssueKeepsTombstones => before.revoked_at().is_some(),
                _ => false,
            };
            if keeps {
                return Ok(());
            }
            if self.has(Fault::IssueKeepsLevel) {
                let end = record.expires_at();
                record = TokenRecord::issue(record.secret().clone(), before.device_level());
                record = record.with_expiry(end);
            }
        }
        match self.fault {
            Fault::IssueInTwoSteps => {
                let level = record.device_level();
                let half = TokenRecord::issue(record.secret().clone(), level);
                self.lock().insert(key.clone(), self.write(&half));
                self.dawdle();
                let mut written = self.lock();
                let there = read(&written[&key])
                    .unwrap()
                    .with_expiry(record.expires_at());
                written.insert(key, self.write(&there));
            }
            Fault::LevelInASecondStep => {
                self.lock().insert(key.clone(), self.write(&record));
                self.dawdle();
                let mut written = self.lock();
                let mut there: Value = serde_json::from_slice(&written[&key]).unwrap();
                there["device_level"] = json!(record.device_level());
                written.insert(key, there.to_string().into_bytes());
            }
            Fault::UserIsOneValue => {
                let mut user = self.lock().clone();
                self.dawdle();
                user.insert(key, self.write(&record));
                *self.lock() = user;
            }
            Fault::IssueForgetsRevocations | Fault::IssueReadsFirst => {
                self.lock().insert(key, self.write(&record));
            }
            _ => {
                let mut written = self.lock();
                let before = written.get(&key).and_then(|bytes| read(bytes).ok());
                written.insert(key, self.write(&record.replacing(before.as_ref())));
            }
        }
        Ok(())
    }

    async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), BoxError> {
        self.change(uid, flag, |record| {
            let Some(record) = record else {
                return self
                    .has(Fault::RotationRegisters)
                    .then(|| issued_with(secret));
            };
            let (level, end) = (record.device_level(), record.expires_at());
            match self.fault {
                Fault::TombstoneIsRotated if record.revoked_at().is_some() => {
                    return Some(issued_with(secret));
                }
                Fault::RotationDropsTheOld if record.revoked_at().is_none() => {
                    return Some(TokenRecord::issue(secret, level).with_expiry(end));
                }
                Fault::RotationKeepsTheOldest if record.superseded_until().is_some() => {
                    return Some(with_current(&record, secret));
                }
                _ => {}
            }
            let until = match self.fault {
                Fault::OverlapNeverEnds => Timestamp::MAX,
                _ => overlap_ends,
            };
            let mut rotated = record.clone().rotate(secret, until).unwrap_or(record);
            if self.has(Fault::RotationForgetsRevocations) && rotated.revoked_at().is_none() {
                let mut fields = json!(rotated.expose_for_storage());
                fields.as_object_mut().unwrap().remove("revocations");
                rotated = read(fields.to_string().as_bytes()).unwrap();
            }
            if self.has(Fault::RotationLosesExpiry) {
                rotated = rotated.with_expiry(None);
            }
            if self.has(Fault::LevelIsLostInRotation) {
                let mut fields = json!(rotated.expose_for_storage());
                fields["device_level"] = json!(0);
                rotated = read(fields.to_string().as_bytes()).unwrap();
            }
            Some(rotated)
        });
        Ok(())
    }

    async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
        assert!(!self.has(Fault::RevocationPanics), "the host's own code");
        let key = self.key(uid, flag);
        if self.has(Fault::RevocationDeletes) {
            self.lock().remove(&key);
            return Ok(());
        }
        if self.has(Fault::RevocationIsLate) {
            *self.late.lock().unwrap() = self.lock().contains_key(&key).then_some((key, now));
            return Ok(());
        }
        self.change(uid, flag, |record| match record {
            Some(record) if self.has(Fault::LastRevocationStays) => {
                let live = TokenRecord::issue(record.secret().clone(), record.device_level());
                Some(live.with_expiry(record.expires_at()).revoke(now))
            }
            Some(record) => Some(record.revoke(now)),
            None => self
                .has(Fault::RevocationRegisters)
                .then(|| issued("").revoke(now)),
        });
        Ok(())
    }

    async fn overwrite(
        &self,
        uid: &str,
        flag: DeviceFlag,
        written: &[u8],
    ) -> Result<bool, BoxError> {
        self.lock().insert(self.key(uid, flag), written.into());
        Ok(true)
    }
}

fn with_current(record: &TokenRecord, secret: Secret) -> TokenRecord {
    let mut fields = json!(record.expose_for_storage());
    let current = json!(issued_with(secret).expose_for_storage());
    fields["token"] = current["token"].clone();
    read(fields.to_string().as_bytes()).unwrap()
}

fn write(record: &TokenRecord) -> Vec<u8> {
    serde_json::to_vec(&record.expose_for_storage()).unwrap()
}

fn read(written: &[u8]) -> Result<TokenRecord, BoxError> {
    let stored: StoredRecord = serde_json::from_slice(written)?;
    Ok(TokenRecord::try_from(stored)?)
}

fn each_time(fields: &mut Value, change: impl Fn(i64) -> Value) {
    for name in ["/expires_at", "/revoked_at", "/superseded/until"] {
        if let Some(time) = fields.pointer_mut(name) {
            *time = change(time.as_i64().unwrap());
        }
    }
}

async fn yield_once() {
    let mut was_polled = false;
    std::future::poll_fn(|context| match std::mem::replace(&mut was_polled, true) {
        true => std::task::Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        }
    })
    .await;
}
