//! Answers one question for a server that WuKongIM clients connect to: *may this connection speak
//! for this user on this kind of device?*
//!
//! A client connects with a uid, a device flag (0 APP, 1 WEB, 2 PC) and a token; the business server
//! has registered that token for that uid and flag beforehand. If they do not match, WuKongIM only
//! logs `token verify fail`. This crate reads the client's first bytes, checks the token in constant
//! time against what your store holds, and returns a proof ([`Verified`]) or the reason
//! ([`VerifyError`]), together with the bytes to answer with. It performs no I/O: sockets, stores and
//! clocks are yours.
//!
//! ```text
//!  bytes
//!    │  in chunks
//!    ▼
//!  Acceptor ─► ConnectRequest
//!    │  complete
//!    ▼
//!  Handshake
//!    │  uid, device flag, token
//!    ▼
//!  verify ─► TokenStore::get
//!    │  Verified, or VerifyError
//!    ▼
//!  Handshake::answer ─► Answer
//!       the reply, and a Session,
//!       or cause and fix
//! ```
//!
//! Pick the entry point that matches what you already have: [`Acceptor`] (a socket), [`Handshake::read`]
//! (a complete request), [`verify`] (a parser), [`verify_record`] (a parser and a lookup).
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
//!         Ok(_verified) => true, // accept it
//!         Err(error) => {
//!             eprintln!("{error:#}"); // what, why, and the fix
//!             false // answer with reason 2, whatever the cause, and close
//!         }
//!     }
//! }
//!
//! let store = MemoryStore::new();
//! let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
//! store.insert("alice", DeviceFlag::Web, record);
//! assert!(on_connect(&store, "alice", 1, "s3cret"));
//! // cause=issued_for_other_flag:
//! assert!(!on_connect(&store, "alice", 0, "s3cret"));
//! ```
//!
//! # The whole handshake, async
//!
//! From the first byte to the reply, over any async stream. Wrap it in a timeout.
//!
//! ```
//! use std::error::Error;
//! use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
//! use wukongim_auth::{AcceptOptions, Acceptor, AsyncTokenStore, KeyPolicy};
//! use wukongim_auth::{Session, Timestamp, verify_async};
//!
//! // The official binary SDKs need `KeyPolicy::Required`; the EasySDKs,
//! // `Acceptor::with_json_rpc`.
//! const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);
//!
//! /// The session, and what the client sent after its CONNECT: process that
//! /// first. On an error, log it with `{:#}` and close.
//! async fn shake_hands(
//!     stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
//!     store: &impl AsyncTokenStore,
//! ) -> Result<(Session, Vec<u8>), Box<dyn Error>> {
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
//!     let (credentials, now) = (handshake.credentials(), Timestamp::now());
//!     let verdict = verify_async(store, &credentials, now).await;
//!     let answer = handshake.answer(verdict, &OPTIONS);
//!     // Empty if your store failed: closing makes SDKs retry.
//!     stream.write_all(&answer.reply).await?;
//!     Ok((answer.outcome?, request.into_remaining()))
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
//! # Which store
//!
//! | Your tokens are | use |
//! |---|---|
//! | in this process, and issued again after a restart | [`MemoryStore`]: concurrent, no other service needed |
//! | in a database with a blocking client | [`TokenStore`]: one function, `get(uid, device_flag)` |
//! | in a database with an async client (Redis, SQL) | [`AsyncTokenStore`]: the same, async; you set the deadline |
//! | in memory, and your code is async | [`Ready`] around a [`TokenStore`] |
//! | looked up by your own code | [`verify_record`], [`Verifier::verify_record`] and [`Verifier::diagnose_with`] |
//!
//! A store keeps one [`TokenRecord`] for each uid and device flag. A record is issued, rotated with an
//! overlap, and revoked, which leaves a tombstone. [`StoredRecord`](provision::StoredRecord) is its
//! serialised form. After [`into_digest_only`](TokenRecord::into_digest_only), it holds no usable token.
//!
//! # When the answer is no
//!
//! [`VerifyError`] prints one line with the [`Cause`], and tokens as fingerprints. With `{:#}`, it adds
//! the fix and your store's own error. [`fix`](VerifyError::fix) returns the fix alone, also
//! [in Chinese](diagnosis::Fix::in_language). [`label`](VerifyError::label) returns a word for metrics
//! ([all of them][labels]). [`disposition`](VerifyError::disposition) distinguishes
//! rejections (SDKs stop) from store failures (SDKs retry). [`HandshakeError`] covers everything
//! [`Handshake::answer`] can reject.
//!
//! [labels]: https://docs.rs/crate/wukongim-auth/latest/source/docs/labels-and-events.md
//!
//! # What it promises, and what it does not
//!
//! - A comparison's time depends on the presented token's length and on the form of stored tokens,
//!   not on the tokens: see [`compare`](compare::compare). Your store's lookup is not covered.
//! - The peer learns that it was rejected, never why: all rejections have the same bytes.
//! - Nothing prints a token unless asked: [`VerifyError::revealed`], [`Token::expose_secret`].
//!   Fingerprints and digests protect tokens of 128 random bits or more, not six-digit codes.
//! - A success reply requires a [`Verified`]. The only way to obtain one is a successful check, or
//!   [`Verified::dangerously_unverified`].
//! - No input makes it panic; there is no `unsafe` code; memory before authentication is bounded.
//! - [`Verified::standing`] compares an open session with today's record. It also recognises a
//!   revocation even if another token was issued immediately afterwards.
//! - Timeouts, rate limits, bans, TLS and all traffic after the handshake are up to your server.
//!
//! # Features
//!
//! They are additive: none of them changes the behaviour of existing code.
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `std` | yes | `Timestamp::now`; without it, the crate needs only `alloc` |
//! | `memory` | yes | [`MemoryStore`], the embedded store |
//! | `session` | no | `KeyPolicy::Required`, session keys: X25519, AES key and IV |
//! | `jsonrpc` | no | `Acceptor::with_json_rpc`: JSON-RPC 2.0, which the EasySDKs speak |
//! | `tracing` | no | structured events for verdicts, answers and registrations |
//! | `testkit` | no | the tests that every store must pass |
//!
//! # Where things are
//!
//! | To | use |
//! |---|---|
//! | read the first bytes of a connection | [`Acceptor`], [`ConnectRequest`], [`Handshake`]; [`frame`] for single frames |
//! | verify | [`verify`], [`verify_async`], [`verify_record`]; [`Verifier`] for your own policy, such as further device flags ([`DeviceFlags`]) |
//! | look tokens up | [`TokenStore`], [`AsyncTokenStore`], [`Ready`]; [`MemoryStore`] |
//! | manage tokens | [`Token::generate`], [`TokenRecord::issue`], [`rotate`](TokenRecord::rotate), [`revoke`](TokenRecord::revoke); [`IssueTokenRequest`](provision::IssueTokenRequest), [`DeviceQuitRequest`](provision::DeviceQuitRequest) for upstream's HTTP bodies |
//! | serialise them | [`StoredRecord`](provision::StoredRecord) |
//! | test your own store | `testkit` (feature `testkit`) |
//! | understand a rejection | [`VerifyError`], [`Cause`], [`Fix`](diagnosis::Fix), [`PeerFacts`](diagnosis::PeerFacts) |
//! | answer | [`Handshake::answer`], [`Answer`]; [`Handshake::refuse`] for your own reasons; [`Disposition`], [`ReasonCode`](frame::ReasonCode) |
//! | end sessions | [`Verified::standing`], [`displacement`](device::displacement) |
//! | look at a client's parameters before it connects | [`parameter_problems`](diagnosis::parameter_problems) |
//! | encrypt messages as SDKs expect | [`KeyPolicy`], `session::SessionKeys`, `session::KeyAgreement` (feature `session`) |
//!
//! The wire format is WuKongIM's, versions 1 to 6, established by running upstream's code;
//! `PROTOCOL §n` refers to a section of `docs/protocol.md`.
#![cfg_attr(docsrs, doc = "\n\nThat page is included here as [`wire_format`].")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The page is shown wherever there is one: `wire_format` needs no badge that says so.
#![cfg_attr(docsrs, doc(auto_cfg(hide(docsrs))))]
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

/// Explaining a rejection: fixes, facts about the peer, and problems that can be found before a client
/// connects.
pub mod diagnosis {
    pub use crate::credentials::{ParameterProblem, PeerFacts, Transport, parameter_problems};
    pub use crate::refusal::{Alteration, Fix, Language, Revealed};
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

/// The parts of an accepted connection: its protocol, its session keys, and its standing later.
pub mod session {
    pub use crate::handshake::{AcceptError, OtherProtocol, Protocol};
    #[cfg(feature = "session")]
    pub use crate::handshake::{Agreed, AgreementError, KeyAgreement, SessionKeys};
    pub use crate::verify::{Standing, VerifiedBy};
    #[cfg(feature = "jsonrpc")]
    pub use crate::wire::{JsonRpcError, disconnect_notification};
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
