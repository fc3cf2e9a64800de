//! Metrics, logs as JSON, rate limits and bans around the handshake.
//!
//! `cargo run -p wukongim-recipes --features observability --example observability` listens on
//! 127.0.0.1:5200, for the user `alice` with the token `s3cret` for APP, and has its metrics at
//! http://127.0.0.1:9464/metrics.

#[path = "../src/keep_alive.rs"]
#[allow(dead_code, reason = "the same file answers JSON-RPC")]
// recipe: observability
mod keep_alive; // "Answer PING" of the recipes

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::{Router, routing::get};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use metrics::counter;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{interval, sleep, timeout};
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, BoxError, DeviceFlag, DeviceLevel, Disposition,
    HandshakeError, KeyPolicy, MemoryStore, Ready, Session, Timestamp, Token, TokenRecord,
    Verifier,
};

use keep_alive::answer_frames;

/// The official binary SDKs need session keys. `KeyPolicy::Never` is for your own clients.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

static VERIFIER: Verifier = Verifier::new();

/// How long an address stays banned.
const BAN: Duration = Duration::from_secs(600);

/// `label` is a word of the crate's, from a bounded set. Never a uid, an address or a token: these
/// belong in the log, because every new value of a label is a time series that is kept forever.
fn count(label: &'static str) {
    counter!("wukongim_handshakes_total", "outcome" => label).increment(1);
}

/// Limits for each address, a /64 in IPv6. Many users share one behind a carrier's NAT: be generous.
pub struct Limiter {
    connections: DefaultKeyedRateLimiter<IpAddr>,
    rejections: DefaultKeyedRateLimiter<IpAddr>,
    bans: Mutex<HashMap<IpAddr, Instant>>,
}

impl Limiter {
    pub fn new(connections_per_second: NonZeroU32, rejections_per_minute: NonZeroU32) -> Self {
        Limiter {
            connections: RateLimiter::keyed(Quota::per_second(connections_per_second)),
            rejections: RateLimiter::keyed(Quota::per_minute(rejections_per_minute)),
            bans: Mutex::default(),
        }
    }

    /// Ask before anything is read. If not, close without an answer: SDKs reconnect later.
    fn admits(&self, address: IpAddr) -> bool {
        let bans = self.bans.lock().unwrap_or_else(PoisonError::into_inner);
        let is_banned = bans.get(&address).is_some_and(|end| Instant::now() < *end);
        !is_banned && self.connections.check_key(&address).is_ok()
    }

    /// Bans an address that was rejected too often. Only rejections count: a store failure says
    /// nothing about the client.
    fn rejected(&self, address: IpAddr) {
        if self.rejections.check_key(&address).is_err() {
            let mut bans = self.bans.lock().unwrap_or_else(PoisonError::into_inner);
            bans.insert(address, Instant::now() + BAN);
            tracing::warn!(%address, "banned");
        }
    }

    /// Once a minute: forgets what no longer limits anybody, so that memory stays bounded.
    pub fn tidy(&self) {
        self.connections.retain_recent();
        self.rejections.retain_recent();
        let mut bans = self.bans.lock().unwrap_or_else(PoisonError::into_inner);
        bans.retain(|_, end| Instant::now() < *end);
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

pub async fn serve<S>(listener: TcpListener, store: Arc<S>, limiter: Arc<Limiter>)
where
    S: AsyncTokenStore + Send + 'static,
{
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await; // out of file descriptors, most likely
            continue;
        };
        let address = network(peer.ip());
        if !limiter.admits(address) {
            count("limited");
            continue;
        }
        let (store, limiter) = (Arc::clone(&store), Arc::clone(&limiter));
        tokio::spawn(async move {
            let handshake = shake_hands(stream, address, &*store, &limiter);
            match timeout(Duration::from_secs(5), handshake).await {
                Ok(Ok((stream, session, remaining))) => {
                    tracing::info!(uid = session.verified().uid(), "connected");
                    if let Err(error) = converse(stream, remaining).await {
                        tracing::debug!(%peer, %error, "disconnected");
                    }
                }
                Ok(Err(error)) => tracing::debug!(%peer, %error, "not connected"),
                Err(_) => count("timeout"),
            }
        });
    }
}

/// The session: answers PINGs, for now. `received` begins with what the client sent after its CONNECT.
async fn converse(mut stream: TcpStream, mut received: Vec<u8>) -> Result<(), BoxError> {
    loop {
        stream.write_all(&answer_frames(&mut received)?).await?;
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

/// Returns the stream, the session, and what the client sent after its CONNECT.
async fn shake_hands(
    mut stream: TcpStream,
    address: IpAddr,
    store: &impl AsyncTokenStore,
    limiter: &Limiter,
) -> Result<(TcpStream, Session, Vec<u8>), BoxError> {
    let (mut acceptor, mut chunk) = (Acceptor::new(), [0; 1024]);
    let request = loop {
        let len = stream.read(&mut chunk).await?;
        if len == 0 {
            count("closed");
            return Err("connection closed before CONNECT".into());
        }
        let pushed = acceptor.push(&chunk[..len]);
        if let Some(request) = pushed.inspect_err(|error| count(error.label()))? {
            break request;
        }
    };
    let handshake = request
        .handshake()
        .inspect_err(|error| count(error.label()))?;
    let credentials = handshake.credentials();
    let verdict = VERIFIER.verdict_async(store, &credentials, Timestamp::now());
    let answer = handshake.answer(verdict.await, &OPTIONS);
    stream.write_all(&answer.reply).await?; // empty after a store failure: closing makes SDKs reconnect
    let error = match answer.outcome {
        Ok(session) => {
            count("ok");
            return Ok((stream, session, request.into_remaining()));
        }
        Err(error) => error,
    };
    // The client goes first: it must not learn how long it takes to find the cause.
    drop(stream);
    if let Disposition::Reject(_) = error.disposition() {
        limiter.rejected(address);
    }
    let error = match error {
        HandshakeError::NotVerified(error) => {
            HandshakeError::NotVerified(VERIFIER.diagnose_async(store, error).await)
        }
        error => error,
    };
    count(error.label()); // of the cause that was found
    Err(error.into())
}

#[tokio::main]
pub async fn main() -> Result<(), BoxError> {
    // With the crate's feature `tracing`, each verdict and each diagnosis is one line of JSON, without
    // tokens.
    tracing_subscriber::fmt().json().flatten_event(true).init();

    let prometheus = PrometheusBuilder::new().install_recorder()?;
    let metrics = Router::new().route("/metrics", get(move || async move { prometheus.render() }));
    let listener = TcpListener::bind("127.0.0.1:9464").await?; // not for everybody to read
    tokio::spawn(async { axum::serve(listener, metrics).await });

    let [connections, rejections] = [50, 20].map(|limit| NonZeroU32::new(limit).expect("not 0"));
    let limiter = Arc::new(Limiter::new(connections, rejections));
    let tidied = Arc::clone(&limiter);
    tokio::spawn(async move {
        let mut minutes = interval(Duration::from_secs(60));
        loop {
            minutes.tick().await;
            tidied.tidy();
        }
    });

    let store = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store.insert("alice", DeviceFlag::App, record);
    let listener = TcpListener::bind("127.0.0.1:5200").await?;
    serve(listener, Arc::new(Ready(store)), limiter).await;
    Ok(())
}
// recipe ends
