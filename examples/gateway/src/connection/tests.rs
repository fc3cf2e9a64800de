//! Cases that are hard to cause from outside: faults between two steps of the handshake.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use clap::Parser;
use futures_util::FutureExt;
use tokio::time::Instant;
use wukongim_auth::frame::{Connect, Frame};
use wukongim_auth::session::Protocol;
use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};

use super::*;
use crate::deadline::ANSWER_WITHIN;
use crate::options::Options;
use crate::store::Store;
use crate::store::double::{Double, Fault};

/// A peer that sends these bytes, and reads what it is sent.
#[derive(Default)]
struct Script {
    has_gone: bool,
    is_broken: bool,
    is_closed: Arc<AtomicBool>,
    input: VecDeque<Bytes>,
    output: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Connection for Script {
    async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        Ok(self.input.pop_front())
    }

    async fn send(&mut self, _: Protocol, frame: Vec<u8>) -> io::Result<()> {
        if self.is_broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.output.lock().unwrap().push(frame);
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn has_gone(&self) -> bool {
        self.has_gone
    }

    async fn close(self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}

/// What a client with the right token is sent if the store has this fault.
async fn answers(fault: Option<Fault>) -> Vec<Vec<u8>> {
    answers_of(gateway(), fault).await
}

fn gateway() -> Gateway {
    Gateway::open(Options::parse_from(["gateway"])).unwrap()
}

async fn answers_of(mut gateway: Gateway, fault: Option<Fault>) -> Vec<Vec<u8>> {
    let memory = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    memory.insert("alice", DeviceFlag::App, record);
    gateway.store = match fault {
        Some(fault) => Store::Double(Double { memory, fault }),
        None => Store::Memory(wukongim_auth::Ready(memory)),
    };

    let output = Arc::default();
    let script = Script {
        output: Arc::clone(&output),
        ..Script::default()
    };
    serve_alice(&gateway, script).await;
    assert_eq!(
        gateway.sessions.len(),
        0,
        "the session is gone with its connection"
    );
    output.lock().unwrap().drain(..).collect()
}

/// A client with the right token, on her phone.
async fn serve_alice(gateway: &Gateway, script: Script) {
    serve_alice_with("s3cret", gateway, script).await;
}

async fn serve_alice_with(token: &str, gateway: &Gateway, mut script: Script) {
    let mut connect = Connect::new(1, "alice", DeviceFlag::App, token);
    connect.device_id = "phone";
    connect.client_key = "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let mut bytes = Vec::new();
    Frame::from(connect).encode(1, &mut bytes).unwrap();
    script.input.push_back(bytes.into());
    let unauthenticated = Arrival {
        deadline: Instant::now() + gateway.arrivals.patience,
        address: ([127, 0, 0, 1], 1).into(),
        permit: gateway
            .arrivals
            .admission
            .enter([127, 0, 0, 1].into())
            .unwrap(),
    };
    let stop = gateway.stop.listen();
    serve(gateway, script, Transport::Tcp, unauthenticated, stop).await;
}

#[tokio::test]
async fn a_client_that_has_gone_or_cannot_be_answered_displaces_nobody() {
    for (has_gone, is_broken, stays) in [
        (false, false, false),
        (true, false, true),
        (false, true, true),
    ] {
        let gateway = gateway();
        let Store::Memory(store) = &gateway.store else {
            panic!("memory is the default");
        };
        let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
        store.0.insert("alice", DeviceFlag::App, record);
        let claim = Credentials::new("alice", DeviceFlag::App, "s3cret").with_device_id("phone");
        let mut before = gateway.sessions.register(&claim);
        let script = Script {
            has_gone,
            is_broken,
            ..Script::default()
        };
        serve_alice(&gateway, script).await;
        let farewell = before.farewell().now_or_never();
        assert_eq!(farewell.is_none(), stays, "{has_gone} {is_broken}");
    }
}

/// The time of the answer must not tell what the diagnosis had to look up.
#[tokio::test(start_paused = true)]
async fn a_client_is_answered_before_the_cause_is_looked_for() {
    let (memory, fault) = (MemoryStore::new(), Fault::SilentOfOthers);
    let store = Store::Double(Double { memory, fault });
    let gateway = Gateway { store, ..gateway() };
    let (output, is_closed) = <(Arc<Mutex<Vec<_>>>, Arc<_>)>::default();
    let script = Script {
        output: Arc::clone(&output),
        is_closed: Arc::clone(&is_closed),
        ..Script::default()
    };
    let served = serve_alice_with("wrong", &gateway, script);
    let waits = tokio::time::timeout(ANSWER_WITHIN / 2, served).await;
    assert!(waits.is_err(), "the diagnosis waits for the store");
    assert_eq!(output.lock().unwrap().len(), 1);
    assert!(
        is_closed.load(Ordering::Relaxed),
        "nor is the end to be timed"
    );
}

#[tokio::test]
async fn the_right_token_is_accepted() {
    let answers = answers(None).await;
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0][10], 1, "reason: success");
}

/// The lookup has not seen the revocation, so the revocation must find the session.
#[tokio::test]
async fn a_revocation_right_behind_the_look_up_is_not_missed() {
    let gateway = gateway();
    let fault = Fault::RevokedWhenSeen(gateway.sessions.clone());
    let answers = answers_of(gateway, Some(fault)).await;
    assert_eq!(answers.len(), 2, "a CONNACK, and right behind it the kick");
    assert_eq!(answers[0][10], 1, "reason: success");
    assert_eq!((answers[1][0] >> 4, answers[1][2]), (9, 12), "reason: kick");
}

/// Not even if another token was registered before the record is looked up again.
#[tokio::test]
async fn a_revocation_and_an_issue_right_behind_the_look_up_are_not_missed() {
    let gateway = gateway();
    let fault = Fault::ReplacedWhenSeen(gateway.sessions.clone());
    let answers = answers_of(gateway, Some(fault)).await;
    assert_eq!(answers.len(), 2, "a CONNACK, and right behind it the kick");
    assert_eq!(answers[0][10], 1, "reason: success");
    assert_eq!((answers[1][0] >> 4, answers[1][2]), (9, 12), "reason: kick");
}

#[tokio::test]
async fn a_store_that_cannot_tell_refuses_nobody_for_good() {
    assert_eq!(answers(Some(Fault::Unreachable)).await, [] as [Vec<u8>; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_one_that_cannot_tell() {
    let started = Instant::now();
    assert_eq!(answers(Some(Fault::Silent)).await, [] as [Vec<u8>; 0]);
    assert_eq!(started.elapsed(), ANSWER_WITHIN);
}
