//! The business server's side over HTTP: registers and revokes tokens, as `POST /user/token` and
//! `POST /user/device_quit` of WuKongIM do.
//!
//! `MANAGER_TOKEN=… cargo run -p wukongim-recipes --example provisioning` listens on 127.0.0.1:5001.

// recipe: provisioning
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::ORIGIN;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::net::TcpListener;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::frame::Limits;
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest, ProvisionError};
use wukongim_auth::{BoxError, DeviceFlags, MemoryStore, Timestamp, Token};

/// The flags that clients may use: pass the same to `Verifier::with_device_flags`.
const FLAGS: DeviceFlags = DeviceFlags::CLIENTS;

pub struct Provisioning {
    pub tokens: Arc<MemoryStore>,
    pub manager_token: Secret,
}

pub fn router(provisioning: Arc<Provisioning>) -> Router {
    Router::new()
        .route("/user/token", post(issue))
        .route("/user/device_quit", post(quit))
        .layer(DefaultBodyLimit::max(64 << 10))
        .layer(from_fn_with_state(provisioning.clone(), check_caller))
        .with_state(provisioning)
}

/// Takes the body as bytes: callers of WuKongIM's API often send no content type, at which axum's
/// `Json` would answer 415.
async fn issue(provisioning: State<Arc<Provisioning>>, body: Bytes) -> Result<Response, Refusal> {
    let request: IssueTokenRequest = parse(&body)?;
    let registration = request.into_registration(FLAGS, Limits::default())?;
    let (uid, flag) = (&registration.uid, registration.device_flag);
    provisioning.tokens.insert(uid, flag, registration.record);
    Ok(Json(json!({"status": 200})).into_response())
}

/// After this, close the sessions whose `Verified::standing` is `Revoked`.
async fn quit(provisioning: State<Arc<Provisioning>>, body: Bytes) -> Result<Response, Refusal> {
    let request: DeviceQuitRequest = parse(&body)?;
    let (uid, flags) = request.into_flags(FLAGS)?;
    for flag in flags.iter() {
        provisioning.tokens.revoke(&uid, flag, Timestamp::now());
    }
    Ok(Json(json!({"status": 200})).into_response())
}

/// The manager's token in the header `token`, compared in constant time. A browser sends this header
/// for another site's page only after a preflight request, which is answered with 401 here; and no
/// business server sends `Origin`.
async fn check_caller(
    provisioning: State<Arc<Provisioning>>,
    request: Request,
    next: Next,
) -> Response {
    if request.headers().contains_key(ORIGIN) {
        return Refusal::new(StatusCode::FORBIDDEN, "not for web pages").into_response();
    }
    let token = request.headers().get("token");
    let token = token.and_then(|token| token.to_str().ok()).unwrap_or("");
    let manager_token = Some(&provisioning.manager_token);
    if !compare(PresentedToken::new(token), manager_token, SecretForm::Plain) {
        return Refusal::new(StatusCode::UNAUTHORIZED, "manager token verify fail").into_response();
    }
    next.run(request).await
}

/// The crate's messages never quote a member's value; the JSON parser's messages may.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| match error.is_data() {
        true => Refusal::new(StatusCode::BAD_REQUEST, error.to_string()),
        false => Refusal::new(StatusCode::BAD_REQUEST, "the body is not JSON"),
    })
}

/// As WuKongIM answers: `{"msg":"uid must not be empty","status":400}`.
struct Refusal(StatusCode, String);

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Refusal(status, message.into())
    }
}

impl From<ProvisionError> for Refusal {
    fn from(error: ProvisionError) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal(status, message) = self;
        (
            status,
            Json(json!({"msg": message, "status": status.as_u16()})),
        )
            .into_response()
    }
}

#[tokio::main]
pub async fn main() -> Result<(), BoxError> {
    let manager_token = std::env::var("MANAGER_TOKEN")?; // an empty one would match nothing
    let provisioning = Provisioning {
        tokens: Arc::new(MemoryStore::new()), // shared with the server that verifies
        manager_token: Token::new(manager_token).into(),
    };
    let listener = TcpListener::bind("127.0.0.1:5001").await?;
    Ok(axum::serve(listener, router(Arc::new(provisioning))).await?)
}
// recipe ends
