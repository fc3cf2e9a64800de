//! Requests as upstream gets them, and answers as the business server gets them: unchanged, except
//! for the headers that concern a single connection (RFC 9110 §7.6.1).

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{Request, Response, StatusCode, Version};
use http_body_util::{Either, Full};
use serde_json::json;

use crate::server::Body;

/// The body of an answer: upstream's, streamed, or the guard's own.
pub type Answer = Response<Body>;

/// The request as it is sent to upstream.
pub fn outgoing(mut request: Request<Body>) -> Request<Body> {
    strip(request.headers_mut());
    *request.version_mut() = Version::HTTP_11;
    request
}

/// The answer as it is sent back.
pub fn incoming(mut response: Answer) -> Answer {
    strip(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    response
}

/// An answer of the guard's own, in upstream's form.
pub fn refused(status: StatusCode, message: &str) -> Answer {
    let body = json!({"msg": message, "status": status.as_u16()});
    own(status, "application/json", body.to_string())
}

/// Any other answer of the guard's own.
pub fn own(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut response = Response::new(Either::Right(Full::new(Bytes::from(body))));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    let of_one_connection = [
        CONNECTION,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    for name in of_one_connection {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_one_connection_is_left_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("token", "manager"),
            ("host", "im.example"),
            ("x-forwarded-for", "192.0.2.1"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        let mut kept: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["host", "token", "x-forwarded-for"]);
    }
}
