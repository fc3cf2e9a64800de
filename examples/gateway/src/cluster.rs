//! Other gateways on the same store: what is revoked through one of them ends sessions here too.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, info, warn};
use wukongim_auth::{BoxError, Timestamp};

use crate::expiry;
use crate::gateway::Gateway;

/// How long to wait before the next attempt to listen.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens for ever, where there is anything to listen to.
pub fn start(gateway: &Arc<Gateway>) {
    let gateway = gateway.clone();
    tokio::spawn(async move {
        let mut is_deaf = false;
        while let Err(error) = listen(&gateway, &mut is_deaf).await {
            // Once for each time that it was lost, not for each attempt.
            if !is_deaf {
                warn!("revocations through other gateways are seen late: {error}");
            }
            is_deaf = true;
            tokio::time::sleep(PAUSE).await;
        }
    });
}

/// Ends without an error where the store is ours alone.
async fn listen(gateway: &Gateway, is_deaf: &mut bool) -> Result<(), BoxError> {
    let Some(mut revocations) = gateway.store.revocations().await? else {
        return Ok(());
    };
    info!("revocations through other gateways are seen at once");
    *is_deaf = false;
    // Those that were missed until now.
    expiry::hold_all(gateway).await;
    loop {
        let revocation = revocations.next().await?;
        let Some(life) = gateway
            .sessions
            .life(&revocation.uid, revocation.device_flag)
        else {
            continue;
        };
        debug!(uid = revocation.uid, "told of a revocation");
        // What was said may be outdated, the token issued anew: the store knows.
        if let Err(error) = expiry::hold(gateway, &life, Timestamp::now()).await {
            warn!("a revocation is seen late: {error}");
        }
    }
}
