//! `POST /user/token` and `POST /user/device_quit`: sent to upstream unchanged, and learned from
//! once upstream has answered 200.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use serde_json::Value;
use tracing::{info, warn};
use wukongim_auth::{BoxError, DeviceFlags};
use wukongim_serving::refusal_kind;

use crate::apply;
use crate::change::{Body, Change, Endpoint};
use crate::devices::{Held, Row};
use crate::forward::{Answer, incoming, outgoing, refused};
use crate::guard::{Guard, Mode};
use crate::limits::MAX_BODY;
use crate::order::Turn;
use crate::progress::{Broken, collect};

/// Sends the request to upstream, and learns from its answer. This is done even if the caller has
/// disconnected by then.
pub async fn learn(
    guard: Arc<Guard>,
    peer: SocketAddr,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let refuse = |label, status: StatusCode, told: &str| {
        guard.metrics.manager_refused(label);
        let path = endpoint.path();
        warn!(%peer, label, "POST {path} answered with {}, not forwarded: {told}", status.as_u16());
        refused(status, told)
    };
    let bytes = match collect(body, MAX_BODY).await {
        Ok(bytes) => bytes,
        Err(broken) => {
            let (label, status, told) = turned_away(&broken);
            return refuse(label, status, &told);
        }
    };
    let body = Body::read(endpoint, &bytes);
    if let Err(unclear) = &body.change {
        guard.report.unclear();
        let label = refusal_kind::AMBIGUOUS_BODY;
        if guard.mode == Mode::Enforce {
            return refuse(label, StatusCode::BAD_REQUEST, &unclear.to_string());
        }
        let path = endpoint.path();
        warn!(%peer, label, "POST {path} forwarded; it would be answered with 400: {unclear}");
    }
    let request = Request::from_parts(parts, Either::Right(Full::new(bytes)));
    let request = outgoing(request);
    let done = tokio::spawn(async move { in_turn(&guard, endpoint, request, body).await });
    let failed = |_| refused(StatusCode::INTERNAL_SERVER_ERROR, "the guard failed");
    done.await.unwrap_or_else(failed)
}

/// The label, the status and the answer if the body did not arrive.
fn turned_away(broken: &Broken) -> (&'static str, StatusCode, String) {
    match broken {
        Broken::TooLong => (
            refusal_kind::TOO_LARGE,
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {} KiB", MAX_BODY >> 10),
        ),
        Broken::Off => (
            refusal_kind::GONE,
            StatusCode::BAD_REQUEST,
            "the body broke off".to_owned(),
        ),
        Broken::Slow => (
            refusal_kind::SILENT,
            StatusCode::REQUEST_TIMEOUT,
            "no body in time".to_owned(),
        ),
    }
}

/// Sends one user's requests one after another, so that the last one that upstream accepts is also
/// the last one learned here.
async fn in_turn(
    guard: &Guard,
    endpoint: Endpoint,
    request: Request<crate::server::Body>,
    body: Body,
) -> Answer {
    let (uid, path) = (body.uid.as_deref(), endpoint.path());
    let turn = guard.order.turn(uid.unwrap_or_default()).await;
    let response = match guard.api.send(request).await {
        Ok(response) => response,
        Err(error) => {
            warn!(
                uid,
                "POST {path} answered with 502; it is not known whether upstream did it: {error}"
            );
            turn.changed();
            guard.learned.may_come_late(uid, wanted(&body));
            return refused(StatusCode::BAD_GATEWAY, "upstream did not answer");
        }
    };
    let (response, says_ok) = match response.status() {
        StatusCode::OK => read(response).await,
        status => {
            if may_have_begun(status) {
                turn.changed();
                guard.learned.may_come_late(uid, wanted(&body));
            }
            return incoming(response.map(Either::Left));
        }
    };
    turn.changed();
    if !says_ok {
        // For example for a banned user: upstream has registered nothing.
        guard.learned.unsure(uid);
    } else if let Err(error) = apply(guard, &body, &turn).await {
        warn!(
            uid,
            "POST {path} answered with 503: upstream did it, and the store failed: {error}"
        );
        guard.learned.unsure(uid);
        let told = "upstream did it, and the guard's store cannot be reached: send it again";
        return refused(StatusCode::SERVICE_UNAVAILABLE, told);
    }
    response
}

/// Whether upstream may have begun to change something. If its cluster did not agree in time, it
/// answers 400.
fn may_have_begun(status: StatusCode) -> bool {
    status == StatusCode::BAD_REQUEST || status.is_server_error()
}

/// The rows that upstream has once it has made the change.
fn wanted(body: &Body) -> Vec<Row> {
    let Some(uid) = &body.uid else {
        return Vec::new();
    };
    match &body.change {
        Ok(Change::Issue {
            device_flag, token, ..
        }) => vec![Row::new(uid, *device_flag, Held::Token(token.clone()))],
        Ok(Change::Quit { flags, .. }) => {
            let flags = flags.iter();
            flags
                .map(|flag| Row::new(uid, flag, Held::Cleared))
                .collect()
        }
        Err(_) => Vec::new(),
    }
}

/// Upstream's answer, and whether it reports success; an answer without a status does.
async fn read(response: Response<Incoming>) -> (Answer, bool) {
    let (parts, body) = response.into_parts();
    let Ok(body) = collect(body, MAX_BODY).await else {
        // Its head had the status 200.
        return (
            refused(StatusCode::BAD_GATEWAY, "upstream's answer broke off"),
            true,
        );
    };
    let status = serde_json::from_slice::<Value>(&body).ok();
    let status = status.and_then(|answer| answer.get("status").and_then(Value::as_i64));
    let response = Response::from_parts(parts, Either::Right(Full::<Bytes>::new(body)));
    (
        incoming(response),
        status.is_none_or(|status| status == 200),
    )
}

/// Makes the change in the store that upstream has made.
async fn apply(guard: &Guard, body: &Body, _turn: &Turn<'_>) -> Result<(), BoxError> {
    match &body.change {
        Ok(Change::Issue {
            uid,
            device_flag,
            request,
            ..
        }) => {
            let Err(why) = apply::issue(guard, request.clone()).await? else {
                return Ok(());
            };
            warn!(
                uid,
                "upstream accepted a token that no client can use here, the one before is revoked: {why}"
            );
            // Upstream now has something else than the store.
            guard.learned.unsure(Some(uid));
            apply::revoke(guard, uid, *device_flag).await
        }
        Ok(Change::Quit { request, .. }) => {
            let Ok((uid, flags)) = request.clone().into_flags(DeviceFlags::CLIENTS) else {
                // It names no user.
                return Ok(());
            };
            let mut outcome = Ok(());
            for flag in flags.iter() {
                let revoked = apply::revoke(guard, &uid, flag).await;
                outcome = outcome.and(revoked);
            }
            info!(uid, "revoked");
            outcome
        }
        // Only in observe mode: upstream knows what it made of the request.
        Err(_) => {
            guard.learned.unsure(body.uid.as_deref());
            Ok(())
        }
    }
}
