//! What all connections share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use wukongim_auth::compare::Secret;
use wukongim_auth::{AcceptOptions, BoxError, KeyPolicy, Verifier};

use crate::key_agreement;
use crate::messages::MessageIds;
use crate::options::Options;
use crate::sessions::Sessions;
use crate::store::Store;

/// Made once at the start.
pub struct Gateway {
    pub store: Store,
    pub verifier: Verifier,
    pub sessions: Arc<Sessions>,
    pub message_ids: MessageIds,
    pub accept: AcceptOptions,
    pub connect_timeout: Duration,
    pub token_lifetime: Option<Duration>,
    pub manager_token: Option<Secret>,
    /// A permit for each connection that has not authenticated yet: what one costs is bounded,
    /// and so is their number.
    pub unauthenticated: Arc<Semaphore>,
}

impl Gateway {
    /// As the command line says.
    pub fn open(options: Options) -> Result<Self, BoxError> {
        let manager_token = options.manager_token.map(Secret::from);
        // Known to the verifier, a client that presents it by mistake is recognised.
        let store = Store::open(&options.store)?;
        let verifier = Verifier::new()
            .with_stored_form(store.secret_form())
            .with_device_flags(options.device_flags);
        let verifier = match &manager_token {
            Some(token) => verifier.with_manager_token(token.clone()),
            None => verifier,
        };
        let keys = match options.no_keys {
            true => KeyPolicy::Never,
            false => KeyPolicy::Required,
        };
        Ok(Gateway {
            store,
            verifier,
            sessions: Arc::default(),
            message_ids: MessageIds::default(),
            accept: key_agreement::chosen(AcceptOptions::new(keys)).with_node_id(options.node_id),
            connect_timeout: options.connect_timeout,
            token_lifetime: options.token_lifetime,
            manager_token,
            unauthenticated: Arc::new(Semaphore::new(options.max_unauthenticated)),
        })
    }
}
