//! What all connections share.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Semaphore;
use wukongim_auth::compare::SecretForm;
use wukongim_auth::frame::Limits;
use wukongim_auth::{BoxError, Token, Verifier};
use wukongim_serving::admission::{Admission, WhenFull};
use wukongim_serving::arrival::Arrivals;
use wukongim_serving::expiry::Custodian;
use wukongim_serving::metrics::Metrics;
use wukongim_serving::sessions::Sessions;
use wukongim_serving::shutdown::Stop;
use wukongim_serving::store::Store;

use crate::counts::Counts;
use crate::learned::Learned;
use crate::options::Options;
use crate::order::Order;
use crate::report::Report;
use crate::server::Server;
use crate::upstream::{Introduction, Upstream};

/// How often revocations through another guard are looked for if the store does not announce them.
const RECHECK: Duration = Duration::from_secs(15);

/// What becomes of a client that would be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// It is rejected, and the server never sees the connection. 拒绝，服务器看不到这个连接。
    Enforce,
    /// It is forwarded, and the report says why it would be rejected. 照常转发，报告会说明它会因何被拒绝。
    Observe,
}

/// Created once at the start.
pub struct Guard {
    pub mode: Mode,
    pub store: Store,
    pub verifier: Verifier,
    /// How much is read from a client before its verdict.
    pub limits: Limits,
    pub sessions: Arc<Sessions>,
    pub report: Report,
    pub metrics: Arc<Metrics>,
    /// What only a guard counts.
    pub counts: Counts,
    pub arrivals: Arc<Arrivals>,
    /// One permit for each connection that is forwarded.
    pub relays: Semaphore,
    pub tcp: Upstream,
    pub ws: Upstream,
    /// Subprotocols that a client may choose.
    pub ws_protocols: Vec<HeaderValue>,
    /// Upstream's API, for forwarded requests and for the guard's own questions.
    pub api: Server,
    /// The order of each user's changes.
    pub order: Order,
    pub learned: Learned,
    pub compare_interval: Option<Duration>,
    /// Connections that have not authenticated yet listen to it.
    pub stop: Stop,
}

impl Guard {
    /// As the command line says.
    pub fn open(options: Options) -> Result<Self, BoxError> {
        // Tokens are kept as digests, whatever the store.
        let verifier = Verifier::new()
            .with_stored_form(SecretForm::Digest)
            .with_device_flags(options.device_flags);
        let verifier = match &options.manager_token {
            // A client that presents it by mistake is recognised.
            Some(token) => verifier.with_manager_token(Token::new(token.expose_secret())),
            None => verifier,
        };
        let upstream = |address: String, introduction| Upstream {
            address,
            within: options.upstream_timeout,
            introduction: match options.send_proxy {
                true => introduction,
                false => Introduction::None,
            },
        };
        let Some(server) = options.upstream else {
            return Err("no server to stand in front of: set --upstream-http, -tcp and -ws / 未指定服务器：请设置 --upstream-http、-tcp 和 -ws".into());
        };
        let mut metrics = Metrics::new();
        let counts = Counts::new(&mut metrics);
        let metrics = Arc::new(metrics);
        Ok(Guard {
            mode: options.mode,
            store: Store::open(&options.store)?,
            verifier,
            limits: Limits::default(),
            sessions: Arc::new(Sessions::new(usize::MAX)),
            report: Report::new(options.mode),
            metrics: metrics.clone(),
            counts,
            arrivals: Arc::new(Arrivals {
                admission: Admission::new(options.max_unauthenticated, WhenFull::RefuseNewest),
                patience: options.connect_timeout,
                proxies: options.proxy_protocol,
                metrics,
            }),
            relays: Semaphore::new(options.max_sessions),
            tcp: upstream(server.upstream_tcp, Introduction::ProxyProtocol),
            ws: upstream(server.upstream_ws, Introduction::Headers),
            ws_protocols: options.ws_protocols,
            api: Server::new(&server.upstream_http, options.manager_token)?,
            order: Order::default(),
            learned: Learned::default(),
            compare_interval: options.compare_interval.0,
            stop: Stop::default(),
        })
    }
}

impl Guard {
    /// Whether it is too early to judge any client: one with a valid token would be rejected for
    /// good.
    pub fn must_wait(&self) -> bool {
        self.mode == Mode::Enforce && !self.learned.is_ready()
    }
}

impl Custodian for Guard {
    fn store(&self) -> &Store {
        &self.store
    }

    fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    fn recheck(&self) -> Duration {
        RECHECK
    }

    fn lookup_failed(&self) {
        self.metrics.store_failure("recheck");
    }
}
