//! What all connections share.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use wukongim_auth::compare::Secret;
use wukongim_auth::frame::Limits;
use wukongim_auth::{AcceptOptions, BoxError, KeyPolicy, Verifier};
use wukongim_serving::admission::{Admission, WhenFull};
use wukongim_serving::arrival::Arrivals;
use wukongim_serving::cross_site::AllowedHosts;
use wukongim_serving::expiry::Custodian;
use wukongim_serving::metrics::Metrics;
use wukongim_serving::shutdown::Stop;

use crate::key_agreement;
use crate::messages::MessageIds;
use crate::options::Options;
use crate::sessions::Sessions;
use crate::store::Store;

/// Created once at the start.
pub struct Gateway {
    pub store: Store,
    pub verifier: Verifier,
    /// The limits before authentication; a token that a client could not present within them is not
    /// registered.
    pub limits: Limits,
    pub sessions: Arc<Sessions>,
    pub message_ids: MessageIds,
    pub accept: AcceptOptions,
    pub token_lifetime: Option<Duration>,
    /// The longest time after which an unannounced revocation is noticed: one through another node,
    /// or by another tool on the same store. It may take even longer if there are more sessions
    /// than the store can look up in that time.
    pub recheck: Duration,
    pub manager_token: Option<Secret>,
    /// Names that the manager port may be called by.
    pub allowed_hosts: AllowedHosts,
    /// A permit for each connection that has not authenticated yet: the cost of each is bounded,
    /// and so is their number.
    pub arrivals: Arc<Arrivals>,
    /// The subprotocols that a client may request in its WebSocket handshake.
    pub ws_protocols: Vec<HeaderValue>,
    pub metrics: Arc<Metrics>,
    /// Unauthenticated connections listen to it, and WebSockets that close say that the server
    /// stops.
    pub stop: Stop,
}

impl Custodian for Gateway {
    fn store(&self) -> &Store {
        &self.store
    }

    fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    fn recheck(&self) -> Duration {
        self.recheck
    }

    fn lookup_failed(&self) {
        self.metrics.store_failure("recheck");
    }
}

impl Gateway {
    /// As the command line says.
    pub fn open(options: Options) -> Result<Self, BoxError> {
        let manager_token = options.manager_token.map(Secret::from);
        // The verifier knows it, so a client that presents it by mistake is recognised.
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
        let metrics = Arc::new(Metrics::new());
        Ok(Gateway {
            store,
            verifier,
            limits: Limits::default(),
            sessions: Arc::new(Sessions::new(options.max_sessions)),
            message_ids: MessageIds::default(),
            accept: key_agreement::chosen(AcceptOptions::new(keys)).with_node_id(options.node_id),
            token_lifetime: options.token_lifetime,
            recheck: options.recheck,
            manager_token,
            allowed_hosts: AllowedHosts::new(options.allowed_hosts),
            arrivals: Arc::new(Arrivals {
                admission: Admission::new(options.max_unauthenticated, WhenFull::RefuseNewest),
                patience: options.connect_timeout,
                proxies: options.proxy_protocol,
                metrics: metrics.clone(),
            }),
            ws_protocols: options.ws_protocols,
            metrics,
            stop: Stop::default(),
        })
    }
}

#[cfg(test)]
mod tests;
