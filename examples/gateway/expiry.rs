//! Sessions end when their token does: one sweep for all of them, no timer per connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::interval;
use tracing::warn;
use wukongim_auth::{AsyncTokenStore, Timestamp};

use crate::gateway::Gateway;

/// How late a session may end.
const SWEEP: Duration = Duration::from_secs(1);

/// How late a revocation is seen that did not come through this gateway: another node, another
/// tool on the same store.
const RECHECK: Duration = Duration::from_secs(15);

/// How often the store is cleared of what nobody needs any more.
const PURGE: Duration = Duration::from_secs(3600);

/// Sweeps for ever.
pub async fn run(gateway: Arc<Gateway>) {
    let (mut sweep, mut recheck, mut purge) = (interval(SWEEP), interval(RECHECK), interval(PURGE));
    loop {
        tokio::select! {
            _ = sweep.tick() => gateway.sessions.kick_ended(Timestamp::now()),
            _ = recheck.tick() => kick_revoked(&gateway).await,
            _ = purge.tick() => {
                if let Err(error) = gateway.store.purge(Timestamp::now()).await {
                    warn!("the store was not cleared: {error}");
                }
            }
        }
    }
}

async fn kick_revoked(gateway: &Gateway) {
    for (uid, device_flag) in gateway.sessions.keys() {
        match gateway.store.get(&uid, device_flag).await {
            Ok(Some(record)) if record.revoked_at().is_none() => {}
            Ok(_) => gateway
                .sessions
                .kick(&uid, device_flag, "the token was revoked"),
            Err(error) => {
                // A store that cannot tell says nothing about anybody: sessions stay.
                warn!("revocations were not looked up: {error}");
                return;
            }
        }
    }
}
