//! A store that does what is hard to catch a real one at.

use wukongim_auth::{BoxError, DeviceFlag, MemoryStore, Timestamp, TokenRecord, TokenStore};

/// What goes wrong.
#[derive(PartialEq, Eq)]
pub enum Fault {
    /// Every record is revoked as soon as it has been looked up.
    RevokedWhenSeen,
    /// No look-up ends.
    Silent,
    /// This user's record cannot be read.
    Unreadable(&'static str),
    /// No look-up gets an answer.
    Unreachable,
}

pub struct Double {
    pub memory: MemoryStore,
    pub fault: Fault,
}

impl Double {
    pub async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        match self.fault {
            Fault::Silent => std::future::pending::<()>().await,
            Fault::Unreachable => return Err("unreachable".into()),
            Fault::Unreadable(broken) if uid == broken => return Err("unreadable".into()),
            _ => {}
        }
        let seen = self.memory.get(uid, flag)?;
        if self.fault == Fault::RevokedWhenSeen {
            self.memory.update(uid, flag, |record| {
                record.map(|record| record.revoke(Timestamp::now()))
            });
        }
        Ok(seen)
    }
}
