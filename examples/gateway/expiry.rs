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

#[cfg(test)]
mod tests {
    use clap::Parser;
    use futures_util::FutureExt;
    use wukongim_auth::{
        Credentials, DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord, check,
    };

    use super::*;
    use crate::options::Options;
    use crate::sessions::{Farewell, Place};
    use crate::store::Store;
    use crate::store::double::{Double, Fault};

    const FLAG: DeviceFlag = DeviceFlag::App;

    /// A session of alice's under this record.
    fn session(gateway: &Gateway, record: &TokenRecord, now: Timestamp) -> Place {
        let credentials = Credentials::new("alice", FLAG, "s3cret");
        let verified = check(&credentials, Some(record), now).unwrap();
        gateway.sessions.register(&verified, "phone")
    }

    fn gateway() -> Gateway {
        Gateway::open(Options::parse_from(["gateway"])).unwrap()
    }

    fn record() -> TokenRecord {
        TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave)
    }

    #[test]
    fn a_session_ends_right_after_its_token() {
        let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
        let mut ends = session(&gateway, &record().with_expiry(end), end);
        gateway.sessions.kick_ended(end);
        assert_eq!(ends.farewell().now_or_never(), None);
        gateway.sessions.kick_ended(Timestamp::from_millis(5_001));
        let farewell = ends.farewell().now_or_never();
        assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));

        let mut stays = session(&gateway, &record(), end);
        gateway.sessions.kick_ended(Timestamp::MAX);
        assert_eq!(stays.farewell().now_or_never(), None, "without an end");
    }

    #[tokio::test]
    async fn a_revocation_that_came_another_way_is_seen() {
        let (gateway, now) = (gateway(), Timestamp::now());
        let Store::Memory(store) = &gateway.store else {
            panic!("memory is the default");
        };
        let mut place = session(&gateway, &record(), now);
        store.0.insert("alice", FLAG, record());
        kick_revoked(&gateway).await;
        assert_eq!(place.farewell().now_or_never(), None);

        store.0.insert("alice", FLAG, record().revoke(now));
        kick_revoked(&gateway).await;
        let farewell = place.farewell().now_or_never();
        assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
    }

    #[tokio::test]
    async fn a_store_that_cannot_tell_ends_no_session() {
        let mut gateway = gateway();
        gateway.store = Store::Double(Double {
            memory: MemoryStore::new(),
            fault: Fault::Unreachable,
        });
        let mut place = session(&gateway, &record(), Timestamp::now());
        kick_revoked(&gateway).await;
        assert_eq!(place.farewell().now_or_never(), None);
    }
}
