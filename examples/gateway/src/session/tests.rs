//! Silent clients. The clock is tokio's paused one, which advances as soon as all tasks wait.

use std::future::pending;

use bytes::Bytes;
use clap::Parser;
use tokio::time::Instant;
use wukongim_auth::frame::{Connect, Limits};
use wukongim_auth::{
    AcceptOptions, Credentials, DeviceFlag, Handshake, KeyPolicy, Token, TokenRecord, verify_record,
};

use super::*;
use crate::options::Options;

/// A peer that sends nothing more.
struct Silent;

impl Connection for Silent {
    async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        pending().await
    }

    async fn send(&mut self, _: Protocol, _: Vec<u8>) -> io::Result<()> {
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn close(self) {}
}

fn alice() -> Session {
    let mut connect = Vec::new();
    let frame = Connect::new(4, "alice", DeviceFlag::App, "s3cret");
    frame.encode(Default::default(), &mut connect).unwrap();
    let (handshake, _) = Handshake::read(&connect, Limits::default()).unwrap();
    let record = TokenRecord::issue(Token::new("s3cret"), Default::default());
    let now = wukongim_auth::Timestamp::now();
    let verdict = verify_record(&handshake.credentials(), Some(&record), now);
    let answer = handshake.answer(verdict, &AcceptOptions::new(KeyPolicy::Never));
    answer.outcome.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_falls_silent_is_gone() {
    let gateway = Gateway::open(Options::parse_from(["gateway"])).unwrap();
    let claim = Credentials::new("alice", DeviceFlag::App, "s3cret");
    let mut place = gateway.sessions.register(&claim);
    let started = Instant::now();
    let ended = run(&gateway, &mut Silent, &alice(), &mut place, Vec::new()).await;
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
    // Longer than the interval between two pings of an SDK, but not much longer.
    let waited = started.elapsed().as_secs();
    assert!((90..=300).contains(&waited), "{waited} s");
}
