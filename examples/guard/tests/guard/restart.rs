//! Upstream is killed and started again while clients come: nobody may be refused who is in the right,
//! nobody let in who is not, and nothing lost of what was learned.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use serde_json::json;
use wukongim_auth::frame::ReasonCode;
use wukongim_test_support::client::{Hello, KeyPair, Socket, connack};
use wukongim_test_support::gateway_process::GatewayProcess;

use crate::lasting_gateway::{PATIENT, Store, Upstream, count};
use crate::setup::{eventually, guard_before};
use crate::storm::{self, Storm};

/// Times that upstream is killed while clients come.
const OUTAGES: u64 = 2;

/// Users whose tokens change during the storm.
const CHANGING: usize = 5;

/// Clients that found nobody behind the guard.
fn missed(guard: &GatewayProcess) -> u64 {
    let name = r#"wukongim_not_forwarded_connections_total{kind="upstream"}"#;
    count(&guard.page("/guard/metrics"), name)
}

/// Registers one token after another for this user, each until it is taken, as business servers do.
/// Gives the last one's number.
fn change(guard: &GatewayProcess, uid: &str, in_vain: &AtomicU64, is_over: &AtomicBool) -> u64 {
    let mut number = 0;
    loop {
        let body =
            json!({"uid": uid, "token": token(uid, number), "device_flag": 0, "device_level": 0});
        match guard.post("/user/token", &body.to_string(), "").0 {
            200 if is_over.load(Ordering::SeqCst) => return number,
            200 => number += 1,
            _ => {
                in_vain.fetch_add(1, Ordering::SeqCst);
            }
        }
        sleep(Duration::from_millis(50));
    }
}

fn token(uid: &str, number: u64) -> String {
    format!("token {number} of {uid}")
}

/// What a client with this token is told; it comes until it is told something, as SDKs do.
fn told(guard: &GatewayProcess, uid: &str, token: &str) -> ReasonCode {
    let hello = Hello {
        uid,
        ..Hello::new(token)
    };
    let mut reason = None;
    eventually("an answer", || {
        let mut socket = Socket::tcp(guard.tcp);
        socket.send(&hello.connect(&KeyPair::new().client_key()));
        let frame = socket.receive();
        reason = frame.map(|frame| connack(&frame, hello.version).reason);
        reason.is_some()
    });
    reason.unwrap()
}

/// Upstream dies while clients come, and comes back once a client and a change have missed it.
fn outage(
    upstream: &mut Upstream,
    guard: &GatewayProcess,
    storm: &mut Storm<'_>,
    in_vain: &AtomicU64,
) {
    eventually("clients are coming", || {
        storm.goes_on();
        upstream.welcomed() > 0
    });
    upstream.dies();
    let (missed_before, in_vain_before) = (missed(guard), in_vain.load(Ordering::SeqCst));
    // Some more come while nobody is there.
    sleep(Duration::from_millis(500));
    eventually("it is missed", || {
        storm.goes_on();
        missed(guard) > missed_before && in_vain.load(Ordering::SeqCst) > in_vain_before
    });
    upstream.comes_back();
}

/// So many clients, at this rate a second.
fn storm_over_restarts([own, upstreams]: [Store; 2], users: u64, rate: u64) {
    let mut upstream = Upstream::start(upstreams);
    let addresses = upstream.ports.clone();
    let before = || {
        let addresses = addresses.each_ref().map(String::as_str);
        let own = own.option();
        let arguments = [
            "--compare-interval=0",
            "--log-level=error",
            "--max-unauthenticated=20000",
            "--upstream-timeout=60",
            PATIENT,
            &own,
        ];
        guard_before(addresses, &arguments)
    };
    let guard = before();
    storm::register(&guard, users);

    let (is_over, in_vain) = (AtomicBool::new(false), AtomicU64::new(0));
    let uids: Vec<String> = (0..CHANGING)
        .map(|user| format!("changing{user}"))
        .collect();
    let (closed, changed) = thread::scope(|scope| {
        let changing = uids
            .iter()
            .map(|uid| scope.spawn(|| change(&guard, uid, &in_vain, &is_over)));
        let changing: Vec<_> = changing.collect();
        let mut storm = Storm::begin(&guard, users, Some(rate));
        for _ in 0..OUTAGES {
            sleep(Duration::from_secs(users) / u32::try_from(rate * (OUTAGES + 2)).unwrap());
            outage(&mut upstream, &guard, &mut storm, &in_vain);
        }
        let closed = storm.end();
        is_over.store(true, Ordering::SeqCst);
        let changed: Vec<_> = changing
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        (closed, changed)
    });
    let in_vain = in_vain.into_inner();
    println!("changes: {changed:?}, in vain: {in_vain}; closed without an answer: {closed}");
    assert!(closed > 0 && in_vain > 0, "the outages were noticed");

    // Nothing is lost, of upstream's or of the guard's, which is killed as well.
    drop(guard);
    let guard = before();
    Storm::begin(&guard, users, None).end();
    for (uid, last) in uids.iter().zip(changed) {
        let now = told(&guard, uid, &token(uid, last));
        assert_eq!(now, ReasonCode::Success, "{uid}");
        let before = told(&guard, uid, &token(uid, last - 1));
        assert_eq!(before, ReasonCode::AuthFail, "{uid}");
    }
}

#[test]
fn upstream_may_die_and_come_back_while_clients_come() {
    storm_over_restarts(["guard", "upstream"].map(Store::file), 400, 80);
}

/// `cargo test -p wukongim-guard --test guard -- --ignored --nocapture twenty_thousand`: two minutes.
#[test]
#[ignore = "a long run"]
fn upstream_may_die_and_come_back_while_twenty_thousand_come() {
    let redis = [Store::redis(), Store::redis()];
    storm_over_restarts(redis, 20_000, 800);
}
