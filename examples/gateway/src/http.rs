//! The business server's side: registering and clearing tokens over HTTP (PROTOCOL §7).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Extension, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::json;
use tracing::{info, warn};
use wukongim_auth::compare::{PresentedToken, SecretForm, compare};
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest, ProvisionError};
use wukongim_auth::{BoxError, DeviceLevel, Timestamp};
use wukongim_serving::admission::Place;
use wukongim_serving::refusal_kind;

use crate::deadline::promptly;
use crate::devices;
use crate::gateway::Gateway;
use crate::manager_page;

/// The longest request body.
const MAX_BODY: usize = 64 * 1024;

/// The answers to all requests.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/user/token", post(issue_token))
        .route("/user/device_quit", post(quit_device))
        .route("/cluster/devices", get(devices::list))
        .fallback(|| refuse(StatusCode::NOT_FOUND, "no such endpoint"))
        .method_not_allowed_fallback(|| refuse(StatusCode::METHOD_NOT_ALLOWED, "POST is wanted"))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(gateway.clone(), check_manager))
        // Outside that layer: monitoring has no manager token.
        .route("/health", get(manager_page::health))
        .route("/metrics", get(manager_page::metrics))
        .layer(from_fn_with_state(gateway.clone(), manager_page::count))
        .with_state(gateway)
}

async fn refuse(status: StatusCode, message: &str) -> Refusal {
    Refusal::new(status, message)
}

/// The origin of a request.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The body of a request.
type Body = Result<Bytes, BytesRejection>;

/// `{uid, token, device_flag, device_level}`
async fn issue_token(
    gateway: State<Arc<Gateway>>,
    place: Extension<Arc<Place>>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: IssueTokenRequest = parse(&body?)?;
    place.leave();
    let mut registration =
        request.into_registration(gateway.verifier.device_flags(), gateway.limits)?;
    if let Some(lifetime) = gateway.token_lifetime {
        let end = Timestamp::now().saturating_add(lifetime);
        registration.record = registration.record.with_expiry(end);
    }
    let (uid, device_flag) = (registration.uid.clone(), registration.device_flag);
    let is_master = registration.record.device_level() == DeviceLevel::Master;
    let issued = promptly(gateway.store.issue(registration)).await;
    issued.inspect_err(|_| gateway.metrics.store_failure("issue"))?;
    if is_master {
        let why = "a new token was issued";
        gateway.sessions.kick(&uid, device_flag, why);
    }
    info!(uid, %device_flag, "token issued");
    Ok(Json(json!({"status": 200})).into_response())
}

/// `{uid, device_flag}`
async fn quit_device(
    gateway: State<Arc<Gateway>>,
    place: Extension<Arc<Place>>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: DeviceQuitRequest = parse(&body?)?;
    // A request in progress is not aborted, least of all a revocation.
    place.leave();
    let (uid, device_flags) = request.into_flags(gateway.verifier.device_flags())?;
    for device_flag in device_flags.iter() {
        // In this order: a client that connects in between is either rejected or found.
        let now = Timestamp::now();
        let revoked = promptly(gateway.store.revoke(&uid, device_flag, now)).await;
        revoked.inspect_err(|_| gateway.metrics.store_failure("revoke"))?;
        gateway
            .sessions
            .kick(&uid, device_flag, "the token was revoked");
        info!(uid, %device_flag, "token revoked");
    }
    Ok(Json(json!({"status": 200})).into_response())
}

/// In constant time, like every comparison with a secret.
async fn check_manager(
    gateway: State<Arc<Gateway>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(manager_token) = &gateway.manager_token {
        let header = request.headers().get("token");
        let presented = header
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let presented = PresentedToken::new(presented);
        if !compare(presented, Some(manager_token), SecretForm::Plain) {
            let label = refusal_kind::MANAGER_TOKEN_WRONG;
            gateway.metrics.manager_refused(label);
            warn!(%peer, label, "manager token verify fail: {presented}");
            return Refusal::new(StatusCode::UNAUTHORIZED, "manager token verify fail")
                .into_response();
        }
    } else if let Err(error) = gateway.allowed_hosts.check(request.headers()) {
        // If no credentials are required, a web page could make the request through any visitor's
        // browser.
        let label = refusal_kind::CROSS_SITE;
        gateway.metrics.manager_refused(label);
        warn!(%peer, label, "request refused: {error}");
        return Refusal::new(StatusCode::FORBIDDEN, error.to_string()).into_response();
    }
    next.run(request).await
}

/// Regardless of the content type: upstream's callers often send none.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        // The crate's message about a member quotes no value; the parser's own message may quote
        // the body.
        let message = match error.is_data() {
            true => error.to_string(),
            false => format!(
                "invalid JSON at line {} column {}",
                error.line(),
                error.column()
            ),
        };
        Refusal::new(StatusCode::BAD_REQUEST, message)
    })
}

/// `{"msg":…,"status":400}`
pub struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Refusal { status, message }
    }
}

/// A body that is too long, or ends too early.
impl From<BytesRejection> for Refusal {
    fn from(rejection: BytesRejection) -> Self {
        Refusal::new(rejection.status(), rejection.body_text())
    }
}

impl From<ProvisionError> for Refusal {
    fn from(error: ProvisionError) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

/// The store's own message is only for the gateway's log.
impl From<BoxError> for Refusal {
    fn from(error: BoxError) -> Self {
        warn!("the store failed: {error}");
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the store cannot be reached",
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"msg": self.message, "status": self.status.as_u16()});
        (self.status, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests;
