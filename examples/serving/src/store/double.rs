//! A store that does what is hard to catch a real one at.

use std::sync::Arc;

use wukongim_auth::{BoxError, DeviceFlag, MemoryStore, Timestamp, TokenRecord, TokenStore};

use crate::sessions::Sessions;

/// What goes wrong.
pub enum Fault {
    /// Every record is revoked, and its sessions are kicked, as soon as it has been looked up.
    RevokedWhenSeen(Arc<Sessions>),
    /// No lookup ends.
    Silent,
    /// This user's record cannot be read.
    Unreadable(&'static str),
    /// No lookup gets an answer.
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
        Ok(seen)
    }
}
