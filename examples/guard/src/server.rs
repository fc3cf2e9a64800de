//! Upstream's API: forwarded requests, and the guard's own questions.

use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::pin;
use tokio::time::sleep_until;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::{BoxError, Token};

use crate::ask_error::AskError;
use crate::devices::{Page, Row};
use crate::limits::MAX_PAGE;
use crate::pages::Pages;
use crate::progress::{Broken, Progress, Tracked, collect};

/// The body of a request to upstream: streamed, or read before.
pub type Body = Either<Incoming, Full<Bytes>>;

/// How long upstream may take to begin its answer once it has the request, and how long either side
/// may pause within a body.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Idle connections to upstream: how many, and for how long.
const IDLE: usize = 32;
const IDLE_FOR: Duration = Duration::from_secs(20);

/// The rows of a page.
const ROWS: usize = 500;

pub struct Server {
    client: Client<HttpConnector, Tracked>,
    authority: Authority,
    token: Option<HeaderValue>,
    /// The same token, to compare the tokens of requests with.
    manager: Option<Secret>,
}

impl Server {
    /// Creates it from `HOST:PORT`, or the same with `http://` before it.
    ///
    /// # Errors
    /// If the address is neither, or the token cannot be sent in a header.
    pub fn new(address: &str, token: Option<Token>) -> Result<Self, BoxError> {
        let name = address.strip_prefix("http://").unwrap_or(address);
        let authority: Authority = name
            .trim_end_matches('/')
            .parse()
            .map_err(|_| format!("--upstream-http {address} is not HOST:PORT / --upstream-http {address} 不是 HOST:PORT"))?;
        let manager = token.clone().map(Secret::from);
        let token = token.map(|token| {
            let mut value = HeaderValue::from_str(token.expose_secret())?;
            value.set_sensitive(true);
            Ok::<_, http::header::InvalidHeaderValue>(value)
        });
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE)
            .build_http();
        Ok(Server {
            client,
            authority,
            token: token.transpose()?,
            manager,
        })
    }

    /// Whether a request comes from the manager. If there is no token, every request does, as on
    /// upstream.
    pub fn is_manager(&self, headers: &HeaderMap) -> bool {
        let Some(manager) = &self.manager else {
            return true;
        };
        let presented = headers.get("token").and_then(|value| value.to_str().ok());
        let presented = PresentedToken::new(presented.unwrap_or_default());
        compare(presented, Some(manager), SecretForm::Plain)
    }

    /// Sends a request to upstream; the body of the answer is streamed.
    ///
    /// # Errors
    /// If there is no answer. Upstream may have done what was requested anyway.
    pub async fn send(&self, mut request: Request<Body>) -> Result<Response<Incoming>, AskError> {
        let target = request.uri().path_and_query().cloned();
        *request.uri_mut() = self.uri(target.unwrap_or(PathAndQuery::from_static("/")))?;
        let progress = Progress::default();
        let request = request.map(|body| Tracked::new(body, progress.clone()));
        let answer = self.client.request(request);
        pin!(answer);
        loop {
            // A long request may take its time, as long as it makes progress.
            let deadline = progress.last() + ANSWER_WITHIN;
            tokio::select! {
                answer = &mut answer => {
                    return answer.map_err(|error| AskError::Unreachable(error.into()));
                }
                () = sleep_until(deadline) => if progress.last() + ANSWER_WITHIN <= deadline {
                    return Err(AskError::Slow);
                },
            }
        }
    }

    /// A page of all devices, newest first, that begins after this time.
    ///
    /// # Errors
    /// If upstream does not answer the question.
    pub async fn devices(&self, before: Option<i64>) -> Result<Page, AskError> {
        let mut query = format!("limit={ROWS}");
        if let Some(nanos) = before {
            query += &format!("&offset_created_at={nanos}");
        }
        self.page(&query).await
    }

    /// What upstream has for one user: at most as many rows as a user can have flags.
    ///
    /// # Errors
    /// If upstream does not answer the question.
    pub async fn devices_of(&self, uid: &str) -> Result<Vec<Row>, AskError> {
        let mut rows = Vec::new();
        // When it registers and connects, upstream takes a uid unchanged; in this query, it trims
        // the uid, and returns another user. Go's whitespace is Unicode's, as in Rust.
        if uid.trim() == uid {
            let query = format!("uid={}&limit={ROWS}", encoded(uid));
            rows = self.page(&query).await?.rows;
        } else {
            let mut pages = Pages::of(self);
            while let Some(page) = pages.next().await? {
                rows.extend(page.rows.into_iter().filter(|row| row.uid == uid));
            }
        }
        rows.retain(|row| row.uid == uid);
        Ok(rows)
    }

    async fn page(&self, query: &str) -> Result<Page, AskError> {
        let target = format!("/cluster/devices?{query}");
        let mut request = Request::new(Either::Right(Full::default()));
        *request.uri_mut() = target.parse().map_err(|_| AskError::Garbage)?;
        if let Some(token) = &self.token {
            request.headers_mut().insert("token", token.clone());
        }
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(AskError::Missing),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(AskError::Unauthorized),
            status => return Err(AskError::Status(status)),
        }
        let body = collect(response.into_body(), MAX_PAGE).await;
        let body = body.map_err(|broken| match broken {
            Broken::TooLong => AskError::TooLong,
            Broken::Off => AskError::Unreachable("its answer broke off".into()),
            Broken::Slow => AskError::Slow,
        })?;
        Page::read(&body).ok_or(AskError::Garbage)
    }

    fn uri(&self, target: PathAndQuery) -> Result<Uri, AskError> {
        Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.authority.clone())
            .path_and_query(target)
            .build()
            .map_err(|error| AskError::Unreachable(error.into()))
    }
}

/// Percent-encodes a uid, so that it is a single value of a query.
fn encoded(uid: &str) -> String {
    let mut text = String::with_capacity(uid.len());
    for byte in uid.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => text.push(byte.into()),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
