//! Answers one question for a server that WuKongIM clients connect to: *may this connection speak
//! for this user on this kind of device?*
//!
//! A client connects with a uid, a device flag (0 APP, 1 WEB, 2 PC) and a token; the business server
//! has registered that token for that uid and flag beforehand. When the three do not fit, upstream
//! logs `token verify fail`, and the search begins. This crate reads the client's first bytes, checks
//! the token in constant time against what your store holds, and gives back either a proof
//! ([`Verified`]) or the precise reason ([`VerifyError`]), and the bytes to answer with. It performs
//! no I/O: sockets, stores and clocks are yours.
//!
//! ```text
//!  what the client sends                                              what you do with it
//!  ─────────────────────                                              ───────────────────
//!  bytes ──► Acceptor ──► ConnectRequest ──► Handshake ──► credentials ──► verify(store, credentials, now)
//!            in chunks    complete    decoded       uid, flag,        │      └─ TokenStore::get
//!                                                    token             │
//!                                                                      │      Verified, or VerifyError
//!                                                                      ▼
//!                                                            Handshake::answer ──► reply; Session, or
//!                                                                                  cause and fix, for your log
//! ```
//!
//! Begin where your own code ends: with [`Acceptor`] if you have a socket, with [`verify`] if you
//! parse CONNECT yourself, with [`verify_record`] if you also look the record up yourself.
//!
//! # In a handler that you already have
//!
//! ```
//! use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
//! # use wukongim_auth::{DeviceLevel, Token, TokenRecord};
//!
//! fn on_connect(store: &MemoryStore, uid: &str, flag: u8, token: &str) -> bool {
//!     let credentials = Credentials::new(uid, DeviceFlag::from(flag), token);
//!     match verify(store, &credentials, Timestamp::now()) {
//!         Ok(_verified) => true, // welcome it
//!         Err(error) => {
//!             eprintln!("{error:#}"); // what, why, and the fix
//!             false // answer with reason 2, whatever the cause, and close
//!         }
//!     }
//! }
//!
//! let store = MemoryStore::new();
//! store.insert("alice", DeviceFlag::Web, TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave));
//! assert!(on_connect(&store, "alice", 1, "s3cret"));
//! assert!(!on_connect(&store, "alice", 0, "s3cret")); // cause=issued_for_other_flag
//! ```
//!
//! # The whole handshake, async
//!
//! From the first byte to the reply, over anything that reads and writes; put a timeout around it.
//!
//! ```
//! use std::error::Error;
//! use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
//! use wukongim_auth::{AcceptOptions, Acceptor, AsyncTokenStore, KeyPolicy, Session, Timestamp};
//! use wukongim_auth::verify_async;
//!
//! /// The official binary SDKs need `KeyPolicy::Required` (feature `session`).
//! const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);
//!
//! /// Log the error with `{:#}` and close, or continue with the session.
//! async fn shake_hands(
//!     stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
//!     store: &impl AsyncTokenStore,
//! ) -> Result<Session, Box<dyn Error>> {
//!     let (mut acceptor, mut chunk) = (Acceptor::new(), [0; 1024]);
//!     let request = loop {
//!         let len = stream.read(&mut chunk).await?;
//!         if len == 0 {
//!             return Err("connection closed before CONNECT".into());
//!         }
//!         if let Some(request) = acceptor.push(&chunk[..len])? {
//!             break request;
//!         }
//!     };
//!     let handshake = request.handshake()?;
//!     let verdict = verify_async(store, &handshake.credentials(), Timestamp::now()).await;
//!     let answer = handshake.answer(verdict, &OPTIONS);
//!     stream.write_all(&answer.reply).await?; // empty if your store failed: closing makes SDKs retry
//!     Ok(answer.outcome?) // `request.into_remaining()` is what the client sent after its CONNECT
//! }
//! # use wukongim_auth::frame::{Connect, Flags};
//! # use wukongim_auth::{Ready, DeviceFlag, MemoryStore};
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! #     let (mut client, mut server) = tokio::io::duplex(256);
//! #     let mut bytes = Vec::new();
//! #     Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Flags::default(), &mut bytes).unwrap();
//! #     client.write_all(&bytes).await.unwrap();
//! #     let store = Ready(MemoryStore::new());
//! #     assert!(shake_hands(&mut server, &store).await.is_err());
//! #     let mut reply = [0; 24];
//! #     client.read_exact(&mut reply).await.unwrap();
//! #     assert_eq!((reply[0] >> 4, reply[11]), (2, 2), "a CONNACK with reason 2");
//! # });
//! ```
//!
//! The official binary SDKs need `KeyPolicy::Required` (feature `session`); the EasySDKs need
//! `Acceptor::with_json_rpc` (feature `jsonrpc`).
//!
//! # Which store
//!
//! | Your tokens are | use |
//! |---|---|
//! | in this process, issued again after a restart or written through | [`MemoryStore`]: concurrent, nothing to run beside it |
//! | in an engine with a blocking client | [`TokenStore`]: one function, `get(uid, device_flag)` |
//! | in an engine with an async client (Redis, SQL) | [`AsyncTokenStore`]: the same with a future; the deadline is yours |
//! | in memory, and the code is async | [`Ready`] around a [`TokenStore`] |
//! | looked up before, or in a way of your own | [`verify_record`], [`Verifier::verify_record`] and [`Verifier::diagnose_with`] |
//!
//! What is kept for one (uid, device flag) is a [`TokenRecord`]: issued, rotated with an overlap,
//! revoked to a tombstone. [`StoredRecord`](provision::StoredRecord) is how it is written down; with
//! [`into_digest_only`](TokenRecord::into_digest_only) the engine holds no usable token. The feature
//! `testkit` has the tests that every store must pass.
//!
//! # When the answer is no
//!
//! [`VerifyError`] prints one line for your log, with the [`Cause`] and tokens as fingerprints, and
//! with `{:#}` what to do about it and what your store's own error was;
//! [`fix`](VerifyError::fix) has the fix alone, [in Chinese](diagnosis::Fix::in_language) too; [`label`](VerifyError::label) is the word for your
//! metrics. [`HandshakeError`] is the same for all that [`Handshake::answer`] may turn away. [`disposition`](VerifyError::disposition) tells a refusal, at which SDKs stop for
//! good, from a fault of your store, after which they come back.
//!
//! # What it promises, and what not
//!
//! - How long a comparison takes depends on the presented token's length and on the form in which
//!   tokens are stored, not on the stored tokens: see [`compare`](compare::compare). Nothing is claimed for your
//!   store's look-up.
//! - The peer learns that it was refused, never why: all refusals have the same bytes.
//! - Nothing prints a token unless asked: [`VerifyError::revealed`], [`Token::expose_secret`].
//!   Fingerprints and digests protect tokens of 128 random bits or more, not six-digit codes.
//! - There is no reply that lets a client in without a [`Verified`], and no way to one but a check, or
//!   [`Verified::dangerously_unverified`].
//! - No input makes it panic; there is no `unsafe` code; memory before authentication is bounded.
//! - Timeouts, rate limits, bans, TLS and all traffic after the handshake are the host's.
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `std` | yes | `Timestamp::now`; without it the crate needs `alloc` only |
//! | `memory` | yes | [`MemoryStore`], the embedded store |
//! | `session` | no | session keys: X25519, AES key and IV; the official binary SDKs need them |
//! | `jsonrpc` | no | JSON-RPC 2.0, which the EasySDKs speak |
//! | `tracing` | no | one structured event for every attempt and every change of a record |
//! | `testkit` | no | the tests that every store must pass |
//!
//! # Where things are
//!
//! | To | use |
//! |---|---|
//! | read the first bytes of a connection | [`Acceptor`], [`ConnectRequest`], [`Handshake`]; [`frame`] for frames by themselves |
//! | verify | [`verify`], [`verify_async`], [`verify_record`]; [`Verifier`] for a policy of your own |
//! | say where tokens are | [`TokenStore`], [`AsyncTokenStore`], [`Ready`]; [`MemoryStore`] |
//! | manage tokens | [`Token::generate`], [`TokenRecord::issue`], [`rotate`](TokenRecord::rotate), [`revoke`](TokenRecord::revoke); [`IssueTokenRequest`](provision::IssueTokenRequest), [`DeviceQuitRequest`](provision::DeviceQuitRequest) for upstream's HTTP bodies |
//! | write them down | [`StoredRecord`](provision::StoredRecord) |
//! | test a store of your own | `testkit` (feature `testkit`) |
//! | understand a refusal | [`VerifyError`], [`Cause`], [`Fix`](diagnosis::Fix), [`PeerFacts`](diagnosis::PeerFacts) |
//! | answer | [`Handshake::answer`], [`Answer`]; [`Handshake::refuse`] for reasons of your own; [`Disposition`], [`ReasonCode`](frame::ReasonCode) |
//! | end what a new session displaces | [`displacement`](device::displacement) |
//! | look at a client's parameters before it connects | [`parameter_problems`](diagnosis::parameter_problems) |
//! | encrypt messages as SDKs expect | `SessionKeys` (feature `session`) |
//!
//! The wire format is WuKongIM's, versions 1 to 6, established by running upstream's code; where
//! the documentation cites `PROTOCOL §n` it means the sections of `docs/protocol.md`.
#![cfg_attr(docsrs, doc = "\n\nThat page is here as [`wire_format`].")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::panic,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a unit test that panics is a unit test that fails"
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod credentials;
pub mod device;
mod escape;
mod handshake;
mod refusal;
mod store;
#[cfg(feature = "testkit")]
pub mod testkit;
mod time;
mod token;
mod verify;
mod wire;

pub use credentials::Credentials;
pub use device::{flag::DeviceFlag, flags::DeviceFlags, level::DeviceLevel};
pub use handshake::{
    AcceptOptions, Acceptor, Answer, ConnectRequest, Handshake, HandshakeError, KeyPolicy,
    RequestError, Session,
};
pub use refusal::{Cause, Disposition, VerifyError};
#[cfg(feature = "memory")]
pub use store::MemoryStore;
pub use store::{AsyncTokenStore, BoxError, Ready, TokenRecord, TokenStore};
pub use time::Timestamp;
pub use token::Token;
pub use verify::{Verified, Verifier, verify, verify_async, verify_record};
pub use wire::frame;

/// The comparison that touches stored secrets, and the types it takes.
pub mod compare {
    pub use crate::token::{PresentedToken, Secret, SecretForm, TokenDigest, compare};
}

/// What helps to explain a rejection: fixes, facts about the peer, problems that can be seen before
/// a client connects.
pub mod diagnosis {
    pub use crate::credentials::{ParameterProblem, PeerFacts, Transport, parameter_problems};
    pub use crate::refusal::{Alteration, Fix, Language, Revealed};
}

/// JSON-RPC 2.0, which the EasySDKs speak (feature `jsonrpc`).
#[cfg(feature = "jsonrpc")]
pub mod json_rpc {
    pub use crate::wire::{JsonRpcError, disconnect_notification};
}

/// The business server's side: requests that register and clear tokens, and the form in which
/// records are written down.
pub mod provision {
    pub use crate::store::{
        DeviceQuitRequest, IssueTokenRequest, ProvisionError, Registration, RotateError,
        StoredRecord, StoredRecordError,
    };
    pub use crate::token::RandomError;
}

/// What an accepted connection consists of, and how it stands later.
pub mod session {
    #[cfg(feature = "session")]
    pub use crate::handshake::SessionKeys;
    pub use crate::handshake::{AcceptError, OtherProtocol, Protocol};
    pub use crate::verify::{Standing, VerifiedBy};
}

#[cfg(docsrs)]
#[doc = include_str!("../docs/protocol.md")]
pub mod wire_format {}

/// The readmes' code is compiled and run with the documentation tests, and that of the pages on
/// troubleshooting.
#[cfg(doctest)]
mod readmes {
    #[doc = include_str!("../README.md")]
    struct English;
    #[doc = include_str!("../README.zh-CN.md")]
    struct Chinese;
    #[doc = include_str!("../docs/troubleshooting.md")]
    struct Troubleshooting;
    #[doc = include_str!("../docs/troubleshooting.zh-CN.md")]
    struct TroubleshootingInChinese;
}
