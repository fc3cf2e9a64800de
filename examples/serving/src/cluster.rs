//! Other servers on the same store: a revocation through one of them ends sessions here too.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, info, warn};
use wukongim_auth::BoxError;

use crate::expiry::{self, Custodian};

/// How long to wait before the next attempt to listen.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens forever, if there is anything to listen to.
pub fn start(custodian: &Arc<impl Custodian>) {
    let custodian = custodian.clone();
    tokio::spawn(async move {
        let mut is_deaf = false;
        while let Err(error) = listen(&*custodian, &mut is_deaf).await {
            // Logged once each time that the connection is lost, not for each attempt.
            if !is_deaf {
                warn!("revocations through other servers on this store are seen late: {error}");
                // The reason may be a missing right.
                custodian.store().check_up().await;
            }
            is_deaf = true;
            tokio::time::sleep(PAUSE).await;
        }
    });
}

/// Returns without an error if no other server uses the store.
async fn listen(custodian: &impl Custodian, is_deaf: &mut bool) -> Result<(), BoxError> {
    let Some(mut revocations) = custodian.store().revocations().await? else {
        return Ok(());
    };
    info!("revocations through other servers on this store are seen immediately");
    *is_deaf = false;
    // Revocations that were missed until now.
    expiry::hold_all(custodian).await;
    // Also after a reconnect: another Redis may answer by then.
    custodian.store().check_up().await;
    loop {
        let revocation = revocations.next().await?;
        let (uid, device_flag) = (&revocation.uid, revocation.device_flag);
        if let Some(pair) = custodian.sessions().changed(uid, device_flag) {
            debug!(uid, "told of a revocation");
            // The message may be outdated, and the token issued again: the record decides.
            expiry::hold_changed(custodian, &pair).await;
        }
    }
}
