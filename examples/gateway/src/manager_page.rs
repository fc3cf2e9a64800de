//! The manager port's pages about the gateway itself, which anyone may read: they contain no
//! secret, uid or address, and monitoring has no manager token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use wukongim_serving::metrics::{self, Now};

use crate::gateway::Gateway;

/// The paths that requests are counted by. All others share one label, because a peer could invent
/// as many as it likes.
const ENDPOINTS: [&str; 5] = [
    "/cluster/devices",
    "/health",
    "/metrics",
    "/user/device_quit",
    "/user/token",
];

/// It answers, so it is healthy.
pub async fn health() -> Json<serde_json::Value> {
    Json(json!({"status": 200}))
}

/// The metrics in Prometheus' format.
pub async fn metrics(gateway: State<Arc<Gateway>>) -> Response {
    let now = Now {
        sessions: gateway.sessions.len(),
        unauthenticated: gateway.arrivals.admission.taken(),
    };
    match gateway.metrics.page(now) {
        Ok(page) => ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Counts each request by the status of its answer.
pub async fn count(gateway: State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let endpoint = ENDPOINTS.iter().find(|endpoint| **endpoint == path);
    let endpoint = endpoint.copied().unwrap_or("other");
    let response = next.run(request).await;
    let metrics = &gateway.metrics;
    metrics.manager_request(endpoint, response.status());
    response
}
