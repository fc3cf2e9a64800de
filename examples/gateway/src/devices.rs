//! `GET /cluster/devices?uid=alice`: the tokens of a user, in the form in which WuKongIM v2
//! answers. A token is replaced by its fingerprint, which is enough to tell whether a client
//! presented it; that of a revoked one is empty, like upstream's cleared tokens. Times are in
//! nanoseconds. Records do not store when a token was issued.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use wukongim_auth::{AsyncTokenStore, DeviceFlag, Timestamp, TokenRecord};

use crate::deadline::promptly;
use crate::gateway::Gateway;
use crate::http::Refusal;

/// All flags are in one answer, so there is no second page.
pub async fn list(
    gateway: State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let uid = pairs.find(|(name, _)| name == "uid").map(|(_, uid)| uid);
    let Some(uid) = uid.filter(|uid| !uid.is_empty()) else {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "uid is wanted"));
    };
    let flags = gateway.verifier.device_flags();
    let records = promptly(gateway.store.get_all(&uid, flags)).await;
    let records = records.inspect_err(|_| gateway.metrics.store_failure("lookup"))?;
    let rows: Vec<_> = records
        .iter()
        .map(|(flag, record)| row(&uid, *flag, record))
        .collect();
    let body = json!({ "total": rows.len(), "more": 0, "data": rows });
    Ok(Json(body).into_response())
}

fn row(uid: &str, flag: DeviceFlag, record: &TokenRecord) -> Value {
    let token = match record.revoked_at() {
        Some(_) => String::new(),
        None => record.secret().to_string(),
    };
    let mut row = json!({
        "uid": uid,
        "token": token,
        "device_flag": u8::from(flag),
        "device_level": u8::from(record.device_level()),
    });
    let times = [
        ("expires_at", record.expires_at()),
        ("revoked_at", record.revoked_at()),
    ];
    for (name, at) in times {
        if let Some(at) = at {
            row[name] = nanos(at).into();
        }
    }
    row
}

fn nanos(at: Timestamp) -> i64 {
    at.as_millis().saturating_mul(1_000_000)
}
