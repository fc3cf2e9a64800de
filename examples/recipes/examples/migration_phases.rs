//! From a table of plaintext tokens, compared with `==`, to records with digests, while clients
//! connect; and from the tokens of a WuKongIM.
//!
//! `cargo run -p wukongim-recipes --example migration_phases` goes through the phases.

// recipe: migration-phases
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wukongim_auth::compare::SecretForm;
use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord,
    TokenStore, Verifier,
};

/// The old table: (uid, device flag) to the token itself. Stands for your database.
#[derive(Default)]
pub struct OldTable(Mutex<BTreeMap<(String, u8), String>>);

impl OldTable {
    pub fn rows(&self) -> MutexGuard<'_, BTreeMap<(String, u8), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, uid: &str, flag: DeviceFlag) -> Option<TokenRecord> {
        let token = self.rows().get(&(uid.to_owned(), flag.into()))?.clone();
        Some(TokenRecord::issue(Token::new(token), DeviceLevel::Slave).into_digest_only())
    }
}

/// The store from phase 2 on: the new table, and the old one for what is not there yet.
#[derive(Default)]
pub struct Both {
    pub new: MemoryStore,
    pub old: OldTable,
}

impl TokenStore for Both {
    type Error = BoxError;

    /// A tombstone is a record, so a revoked token is not looked up in the old table. All
    /// records are digests, wherever they come from, so every rejection takes the same time.
    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        match self.new.get(uid, flag)? {
            Some(record) => Ok(Some(record)),
            None => Ok(self.old.record(uid, flag)),
        }
    }
}

impl Both {
    /// Phases 1 to 3: writes both, so that the old server can be started again at any time.
    pub fn issue(&self, uid: &str, flag: DeviceFlag, token: &str) {
        let record = TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
        self.new.insert(uid, flag, record.into_digest_only());
        let key = (uid.to_owned(), flag.into());
        self.old.rows().insert(key, token.to_owned());
    }

    /// Phases 1 to 3. The tombstone comes first: it also covers a token that was not copied yet.
    pub fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) {
        self.new.update(uid, flag, |record| {
            let record = record.or_else(|| self.old.record(uid, flag))?;
            Some(record.revoke(now))
        });
        self.old.rows().remove(&(uid.to_owned(), flag.into()));
    }

    /// Phase 3, as often as you like: copies what is not there. What was issued or revoked in the
    /// meantime stays as it is.
    pub fn fill(&self) -> usize {
        let keys: Vec<_> = self.old.rows().keys().cloned().collect();
        let mut copied = 0;
        for (uid, flag) in keys {
            let flag = DeviceFlag::from(flag);
            self.new.update(&uid, flag, |record| {
                copied += usize::from(record.is_none());
                record.or_else(|| self.old.record(&uid, flag))
            });
        }
        copied
    }
}

pub fn main() -> Result<(), BoxError> {
    let both = Both::default();
    let old_key = ("alice".to_owned(), 0);
    both.old.rows().insert(old_key, "old-token".to_owned());

    println!(
        "1 add: old tokens accepted by the new table: {}",
        is_accepted(&both.new)?
    );
    println!("2 read both: {}", is_accepted(&both)?);
    println!("3 fill: {} copied", both.fill());
    println!("4 drop the old one: {}", is_accepted(&both.new)?);
    Ok(())
}

/// The verifier knows that all records are digests.
fn is_accepted<S: TokenStore>(store: &S) -> Result<bool, BoxError> {
    let verifier = Verifier::new().with_stored_form(SecretForm::Digest);
    let credentials = Credentials::new("alice", DeviceFlag::App, "old-token");
    match verifier.verify(store, &credentials, Timestamp::now()) {
        Ok(_) => Ok(true),
        Err(error) if error.label() == "store" => Err(error.into()),
        Err(_) => Ok(false),
    }
}
// recipe ends

pub mod upstream {
    // recipe: migration-upstream
    use serde::Deserialize;
    use wukongim_auth::frame::Limits;
    use wukongim_auth::provision::{IssueTokenRequest, ProvisionError, Registration};
    use wukongim_auth::{BoxError, DeviceFlags};

    /// The answer of WuKongIM v2 to `GET /cluster/devices?uid=UID`.
    #[derive(Deserialize)]
    struct Devices {
        data: Vec<IssueTokenRequest>, // each has these members, and some more
    }

    /// What to register. A token that was cleared is empty there, and is left out.
    pub fn registrations(answer: &str) -> Result<Vec<Registration>, BoxError> {
        let devices: Devices = serde_json::from_str(answer)?;
        let mut registrations = Vec::new();
        for device in devices.data {
            match device.into_registration(DeviceFlags::CLIENTS, Limits::default()) {
                Ok(registration) => registrations.push(registration),
                Err(ProvisionError::EmptyToken) => {}
                // No client could connect with it here: a flag that is not allowed, for example.
                Err(error) => eprintln!("left out: {error}"),
            }
        }
        Ok(registrations)
    }
    // recipe ends
}
