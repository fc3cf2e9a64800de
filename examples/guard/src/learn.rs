//! `POST /user/token` and `POST /user/device_quit`: sent to upstream as they came, and learned from once
//! it has answered 200.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::time::timeout;
use tracing::{info, warn};
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest};
use wukongim_auth::{BoxError, DeviceFlag, DeviceFlags};

use crate::apply;
use crate::forward::{Answer, incoming, outgoing, refused};
use crate::guard::Guard;
use crate::order::Turn;

/// The longest body of these two.
const MAX_BODY: usize = 64 * 1024;

/// How long one may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// What is learned from.
#[derive(Clone, Copy, Debug)]
pub enum Endpoint {
    Token,
    DeviceQuit,
}

impl Endpoint {
    pub fn of(request: &Request<Incoming>) -> Option<Self> {
        if request.method() != http::Method::POST {
            return None;
        }
        match decoded(request.uri().path()).as_slice() {
            b"/user/token" => Some(Endpoint::Token),
            b"/user/device_quit" => Some(Endpoint::DeviceQuit),
            _ => None,
        }
    }
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
    let body = timeout(BODY_WITHIN, Limited::new(body, MAX_BODY).collect()).await;
    let body = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is longer than 64 KiB",
            );
        }
        Ok(Err(_)) => return refused(StatusCode::BAD_REQUEST, "the body broke off"),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "no body in time"),
    };
    let request = Request::from_parts(parts, Either::Right(Full::new(body.clone())));
    let request = outgoing(request);
    let done = tokio::spawn(async move { in_turn(&guard, endpoint, request, &body).await });
    let failed = |_| refused(StatusCode::INTERNAL_SERVER_ERROR, "the guard failed");
    done.await.unwrap_or_else(failed)
}

/// One user's requests one after another, so that the last that upstream takes is the last here.
async fn in_turn(
    guard: &Guard,
    endpoint: Endpoint,
    request: Request<crate::server::Body>,
    body: &Bytes,
) -> Answer {
    let about = About::read(body);
    let uid = about.uid.as_deref().unwrap_or_default();
    let turn = guard.order.turn(uid).await;
    let response = match guard.api.send(request).await {
        Ok(response) => response,
        Err(error) => {
            warn!("not known whether upstream took it: {error}");
            turn.changed();
            guard.learned.unsure(about.uid.as_deref());
            return refused(StatusCode::BAD_GATEWAY, "upstream did not answer");
        }
    };
    let (response, says_ok) = match response.status() {
        StatusCode::OK => read(response).await,
        _ => return incoming(response.map(Either::Left)),
    };
    turn.changed();
    if !says_ok {
        // As for a banned user: upstream has registered nothing.
        guard.learned.unsure(about.uid.as_deref());
    } else if let Err(error) = apply(guard, endpoint, body, &about, &turn).await {
        warn!("upstream took it, and the store failed: {error}");
        guard.learned.unsure(about.uid.as_deref());
        let told = "upstream took it, and the guard's store cannot be reached: send it again";
        return refused(StatusCode::SERVICE_UNAVAILABLE, told);
    }
    response
}

/// Upstream's answer, and whether it says that all went well; without a word on that, it does.
async fn read(response: Response<Incoming>) -> (Answer, bool) {
    let (parts, body) = response.into_parts();
    let body = timeout(BODY_WITHIN, Limited::new(body, MAX_BODY).collect()).await;
    let Ok(Ok(body)) = body else {
        // It had begun with 200.
        return (
            refused(StatusCode::BAD_GATEWAY, "upstream's answer broke off"),
            true,
        );
    };
    let body = body.to_bytes();
    let status = serde_json::from_slice::<Value>(&body).ok();
    let status = status.and_then(|answer| answer.get("status").and_then(Value::as_i64));
    let response = Response::from_parts(parts, Either::Right(Full::new(body)));
    (
        incoming(response),
        status.is_none_or(|status| status == 200),
    )
}

/// Upstream has done it: so does the store.
async fn apply(
    guard: &Guard,
    endpoint: Endpoint,
    body: &Bytes,
    about: &About,
    _turn: &Turn<'_>,
) -> Result<(), BoxError> {
    match endpoint {
        Endpoint::Token => {
            let why = match serde_json::from_slice::<IssueTokenRequest>(body) {
                Ok(request) => match apply::issue(guard, request).await? {
                    Ok(()) => return Ok(()),
                    Err(error) => error.to_string(),
                },
                Err(_) => "the body is not as it should be".to_owned(),
            };
            warn!("upstream took a token that no client can use here: {why}");
            // Upstream has something else now than the store.
            guard.learned.unsure(about.uid.as_deref());
            match (&about.uid, about.device_flag) {
                (Some(uid), Some(flag)) => apply::revoke(guard, uid, flag).await,
                _ => Ok(()),
            }
        }
        Endpoint::DeviceQuit => {
            let request = serde_json::from_slice::<DeviceQuitRequest>(body);
            // −1 means to upstream what it means here by default, whatever else clients may use.
            let quit = request.map(|request| request.into_flags(DeviceFlags::CLIENTS));
            let Ok(Ok((uid, flags))) = quit else {
                guard.learned.unsure(about.uid.as_deref());
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
    }
}

/// Whom a body is about, as upstream reads it: names in upper case count there.
struct About {
    uid: Option<String>,
    device_flag: Option<DeviceFlag>,
}

impl About {
    fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let member = |wanted: &str| {
            let mut members = body.as_object()?.iter();
            members.find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
        };
        let flag = member("device_flag").map_or(Some(0), Value::as_u64);
        About {
            uid: member("uid").and_then(Value::as_str).map(str::to_owned),
            device_flag: flag
                .and_then(|flag| u8::try_from(flag).ok())
                .map(DeviceFlag::from),
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

    #[test]
    fn a_body_tells_whom_it_is_about_as_upstream_reads_it() {
        let about = |body: &str| {
            let About { uid, device_flag } = About::read(body.as_bytes());
            (uid, device_flag.map(u8::from))
        };
        let alice = Some("alice".to_owned());
        assert_eq!(
            about(r#"{"uid":"alice","device_flag":1}"#),
            (alice.clone(), Some(1))
        );
        assert_eq!(about(r#"{"UID":"alice"}"#), (alice.clone(), Some(0)));
        assert_eq!(about(r#"{"uid":"alice","device_flag":-1}"#), (alice, None));
        for body in ["", "[]", r#"{"uid":1}"#] {
            assert_eq!(about(body).0, None, "{body}");
        }
    }
}
