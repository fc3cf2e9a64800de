//! The business server's part: a token for each user.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::{StreamExt, TryStreamExt, stream};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use wukongim_auth::BoxError;

use crate::options::Options;
use crate::plan;
use crate::tally::bar;

/// Requests at the same time.
const AT_ONCE: usize = 64;

/// Registers all users; a rejected one is an error.
pub async fn all(options: &Options) -> Result<(), BoxError> {
    let bar = bar(options.users, "registered");
    stream::iter(0..options.users)
        .map(Ok)
        .try_for_each_concurrent(AT_ONCE, async |user| {
            bar.inc(1);
            one(options.http, &plan::uid(user)).await
        })
        .await?;
    bar.finish_and_clear();
    Ok(())
}

async fn one(http: SocketAddr, uid: &str) -> Result<(), BoxError> {
    let body = json!({"uid": uid, "token": plan::token(uid), "device_flag": 0, "device_level": 0});
    let request = Request::post("/user/token")
        .header("host", http.to_string())
        // Otherwise, a server that keeps connections open would delay each request.
        .header("connection", "close")
        .body(Body::from(body.to_string()))?;
    let stream = TcpStream::connect(http).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let (response, _) = tokio::join!(sender.send_request(request), connection);
    match response?.status() {
        StatusCode::OK => Ok(()),
        status => Err(format!("registering a token at {http}: {status}").into()),
    }
}
