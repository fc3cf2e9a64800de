//! A store that reproduces rare events.

use std::sync::{Arc, Mutex};

use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, MemoryStore, Timestamp, Token,
    TokenRecord, TokenStore,
};

use crate::sessions::{Place, Sessions};

/// What goes wrong.
pub enum Fault {
    /// Every record is revoked, and its sessions are kicked, as soon as it has been looked up.
    RevokedWhenSeen(Arc<Sessions>),
    /// Every record is revoked and another token issued, through another server that announces it,
    /// as soon as the record has been looked up.
    ReplacedWhenSeen(Arc<Sessions>),
    /// A session connects as soon as its record is about to be revoked.
    EntersWhenRevoked(Arc<Sessions>, Arc<Mutex<Option<Place>>>),
    /// Lookups never complete.
    Silent,
    /// Lookups of other flags, for a diagnosis, never complete.
    SilentOfOthers,
    /// This user's record cannot be read.
    Unreadable(&'static str),
    /// All lookups fail without an answer.
    Unreachable,
}

pub struct Double {
    pub memory: MemoryStore,
    pub fault: Fault,
}

impl Double {
    pub async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        match &self.fault {
            Fault::Silent => std::future::pending::<()>().await,
            Fault::Unreachable => return Err("unreachable".into()),
            Fault::Unreadable(broken) if uid == *broken => return Err("unreadable".into()),
            _ => {}
        }
        let seen = self.memory.get(uid, flag)?;
        if let Fault::RevokedWhenSeen(sessions) = &self.fault {
            self.memory.revoke(uid, flag, Timestamp::now());
            sessions.kick(uid, flag, "revoked when seen");
        }
        if let Fault::ReplacedWhenSeen(sessions) = &self.fault {
            self.memory.revoke(uid, flag, Timestamp::now());
            let next = TokenRecord::issue(Token::new("next"), DeviceLevel::Slave);
            self.memory.insert(uid, flag, next);
            drop(sessions.changed(uid, flag));
        }
        Ok(seen)
    }

    pub async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        if let Fault::SilentOfOthers = &self.fault {
            std::future::pending::<()>().await;
        }
        Ok(self.memory.get_all(uid, flags)?)
    }

    pub fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) {
        if let Fault::EntersWhenRevoked(sessions, entered) = &self.fault {
            let place = sessions.register(&Credentials::new(uid, flag, "s3cret"));
            *entered.lock().unwrap() = Some(place);
        }
        self.memory.revoke(uid, flag, now);
    }
}
