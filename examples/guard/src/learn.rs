//! `POST /user/token` and `POST /user/device_quit`: sent to upstream as they came, and learned from once
//! it has answered 200.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use serde_json::Value;
use tracing::{info, warn};
use wukongim_auth::{BoxError, DeviceFlags};

use crate::apply;
use crate::change::{Body, Change, Endpoint};
use crate::devices::{Held, Row};
use crate::forward::{Answer, incoming, outgoing, refused};
use crate::guard::{Guard, Mode};
use crate::order::Turn;
use crate::progress::{Broken, collect};

/// The longest body of these two.
const MAX_BODY: usize = 64 * 1024;

/// What a request is to be learned from, if it is.
pub fn endpoint(request: &Request<Incoming>) -> Option<Endpoint> {
    if request.method() != http::Method::POST {
        return None;
    }
    let path = decoded(request.uri().path());
    let mut known = [Endpoint::Token, Endpoint::DeviceQuit].into_iter();
    known.find(|endpoint| endpoint.path().as_bytes() == path)
}

/// As upstream reads it: it decodes what is percent-encoded before it looks for an endpoint.
fn decoded(path: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// Sends it to upstream, and learns. Whoever asked may be gone by then: it is done all the same.
pub async fn learn(guard: Arc<Guard>, endpoint: Endpoint, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let bytes = match collect(body, MAX_BODY).await {
        Ok(bytes) => bytes,
        Err(Broken::TooLong) => {
            let told = "the body is longer than 64 KiB";
            return refused(StatusCode::PAYLOAD_TOO_LARGE, told);
        }
        Err(Broken::Off) => return refused(StatusCode::BAD_REQUEST, "the body broke off"),
        Err(Broken::Slow) => return refused(StatusCode::REQUEST_TIMEOUT, "no body in time"),
    };
    let body = Body::read(endpoint, &bytes);
    if let Err(unclear) = &body.change {
        warn!("{} is not clear: {unclear}", endpoint.path());
        guard.report.unclear();
        if guard.mode == Mode::Enforce {
            return refused(StatusCode::BAD_REQUEST, &unclear.to_string());
        }
    }
    let request = Request::from_parts(parts, Either::Right(Full::new(bytes)));
    let request = outgoing(request);
    let done = tokio::spawn(async move { in_turn(&guard, request, body).await });
    let failed = |_| refused(StatusCode::INTERNAL_SERVER_ERROR, "the guard failed");
    done.await.unwrap_or_else(failed)
}

/// One user's requests one after another, so that the last that upstream takes is the last here.
async fn in_turn(guard: &Guard, request: Request<crate::server::Body>, body: Body) -> Answer {
    let uid = body.uid.as_deref();
    let turn = guard.order.turn(uid.unwrap_or_default()).await;
    let response = match guard.api.send(request).await {
        Ok(response) => response,
        Err(error) => {
            warn!("not known whether upstream took it: {error}");
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
        // As for a banned user: upstream has registered nothing.
        guard.learned.unsure(uid);
    } else if let Err(error) = apply(guard, &body, &turn).await {
        warn!("upstream took it, and the store failed: {error}");
        guard.learned.unsure(uid);
        let told = "upstream took it, and the guard's store cannot be reached: send it again";
        return refused(StatusCode::SERVICE_UNAVAILABLE, told);
    }
    response
}

/// Whether upstream may have begun to change something, as where its cluster did not agree in time: it
/// says 400 then.
fn may_have_begun(status: StatusCode) -> bool {
    status == StatusCode::BAD_REQUEST || status.is_server_error()
}

/// What upstream has once it has done it.
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

/// Upstream's answer, and whether it says that all went well; without a word on that, it does.
async fn read(response: Response<Incoming>) -> (Answer, bool) {
    let (parts, body) = response.into_parts();
    let Ok(body) = collect(body, MAX_BODY).await else {
        // It had begun with 200.
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

/// Upstream has done it: so does the store.
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
            warn!("upstream took a token that no client can use here: {why}");
            // Upstream has something else now than the store.
            guard.learned.unsure(Some(uid));
            apply::revoke(guard, uid, *device_flag).await
        }
        Ok(Change::Quit { request, .. }) => {
            let Ok((uid, flags)) = request.clone().into_flags(DeviceFlags::CLIENTS) else {
                // Of no user.
                return Ok(());
            };
            let mut outcome = Ok(());
            for flag in flags.iter() {
                let revoked = apply::revoke(guard, &uid, flag).await;
                outcome = outcome.and(revoked);
            }
            info!(uid = uid.escape_debug().to_string(), "revoked");
            outcome
        }
        // Only while observing: upstream knows what it has made of it.
        Err(_) => {
            guard.learned.unsure(body.uid.as_deref());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_as_upstream_does() {
        for (path, expected) in [
            ("/user/token", "/user/token"),
            ("/user/%74oken", "/user/token"),
            ("/user%2Ftoken", "/user/token"),
            ("/user/%7", "/user/%7"),
            ("/user/%zz", "/user/%zz"),
            ("/user/%", "/user/%"),
        ] {
            assert_eq!(decoded(path), expected.as_bytes(), "{path}");
        }
    }
}
