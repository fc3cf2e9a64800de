//! Upstream is killed and started again while clients come: nobody may be refused who is in the right,
//! nobody let in who is not, and nothing lost of what was learned.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use serde_json::{Value, json};
use wukongim_auth::frame::ReasonCode;
use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::program::program;
use wukongim_test_support::redis_server::RedisServer;

use crate::setup::guard_before;

/// Times that upstream is killed while clients come.
const OUTAGES: u64 = 2;

/// Of a hundred clients so many have a wrong token.
const WRONG: u64 = 10;

/// Users whose tokens change during the storm.
const CHANGING: usize = 5;

/// A store that lasts, gone with the test.
enum Store {
    File(PathBuf),
    Redis(RedisServer),
}

impl Store {
    fn file(name: &str) -> Self {
        let name = format!("guard-restart-{name}-{}.redb", std::process::id());
        let file = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&file);
        Store::File(file)
    }

    /// With every write on the disk before it is acknowledged.
    fn redis() -> Self {
        Store::Redis(RedisServer::start().expect("this test needs redis-server"))
    }

    fn option(&self) -> String {
        match self {
            Store::File(file) => format!("--store=redb:{}", file.display()),
            Store::Redis(redis) => format!("--store={}", redis.url()),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Store::File(file) = self {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// The load generator, with a client for each user.
fn begin(guard: &GatewayProcess, users: u64, more: &[String]) -> Child {
    let mut storm = Command::new(program("wukongim-storm"));
    storm.args(["--json", "--retry", "--within=300"]).args(more);
    storm.args([
        format!("--http={}", guard.http),
        format!("--to={}", guard.tcp),
    ]);
    storm.args([format!("--users={users}"), format!("--wrong={WRONG}")]);
    storm.stdout(Stdio::piped()).stderr(Stdio::inherit());
    storm.spawn().unwrap()
}

/// Its report, in which everybody got what he was owed.
fn end(storm: Child, users: u64) -> Value {
    let output = storm.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let wrong = ["wrongly_admitted", "wrongly_refused", "garbled", "given_up"];
    for name in wrong {
        assert_eq!(report[name], 0, "{name} in {report}");
    }
    let refused = users * WRONG / 100;
    let owed = (json!(users - refused), json!(refused));
    assert_eq!((report["welcome"].clone(), report["refused"].clone()), owed);
    report
}

/// The gateway with a store that lasts.
struct Upstream {
    process: Option<GatewayProcess>,
    store: Store,
    ports: [String; 3],
}

impl Upstream {
    fn start(store: Store) -> Self {
        let process = GatewayProcess::start(&[&store.option(), "--log-level=error"]);
        let ports = [process.http, process.tcp, process.ws].map(|port| port.to_string());
        Upstream {
            process: Some(process),
            store,
            ports,
        }
    }

    /// Killed, with nothing tidied up, and started at the same ports.
    fn dies_and_comes_back(&mut self) {
        self.process = None;
        // Some come while nobody is there.
        sleep(Duration::from_millis(500));
        let [http, tcp, ws] = &self.ports;
        let arguments = [
            format!("--http={http}"),
            format!("--tcp={tcp}"),
            format!("--ws={ws}"),
            self.store.option(),
            "--log-level=error".to_owned(),
        ];
        self.process = Some(GatewayProcess::start(
            &arguments.each_ref().map(String::as_str),
        ));
    }
}

/// Registers one token after another for this user, each until it is taken, as business servers do.
/// Gives the last one's number, and how often it had to ask again.
fn change(guard: &GatewayProcess, uid: &str, is_over: &AtomicBool) -> (u64, u64) {
    let (mut number, mut in_vain) = (0, 0);
    loop {
        let body =
            json!({"uid": uid, "token": token(uid, number), "device_flag": 0, "device_level": 0});
        match guard.post("/user/token", &body.to_string(), "").0 {
            200 if is_over.load(Ordering::SeqCst) => return (number, in_vain),
            200 => number += 1,
            _ => in_vain += 1,
        }
        sleep(Duration::from_millis(50));
    }
}

fn token(uid: &str, number: u64) -> String {
    format!("token {number} of {uid}")
}

/// So many clients, at this rate a second.
fn storm_over_restarts([own, upstreams]: [Store; 2], users: u64, rate: u64) {
    let mut upstream = Upstream::start(upstreams);
    let addresses = upstream.ports.clone();
    let before = |arguments: &[&str]| {
        let addresses = addresses.each_ref().map(String::as_str);
        let own = own.option();
        let fixed = [
            "--compare-interval=0",
            "--log-level=error",
            "--max-unauthenticated=20000",
            &own,
        ];
        guard_before(addresses, &[&fixed[..], arguments].concat())
    };
    let guard = before(&[]);
    end_of_one(begin(&guard, users, &["--count=1".into()]));

    let registered = ["--registered".to_owned(), format!("--count={users}")];
    let is_over = AtomicBool::new(false);
    let uids: Vec<String> = (0..CHANGING)
        .map(|user| format!("changing{user}"))
        .collect();
    let (report, changed) = thread::scope(|scope| {
        let changing = uids
            .iter()
            .map(|uid| scope.spawn(|| change(&guard, uid, &is_over)));
        let changing: Vec<_> = changing.collect();
        let paced = [&registered[..], &[format!("--rate={rate}")]].concat();
        let mut storm = begin(&guard, users, &paced);
        for _ in 0..OUTAGES {
            sleep(Duration::from_secs(users) / u32::try_from(rate * (OUTAGES + 2)).unwrap());
            assert!(
                storm.try_wait().unwrap().is_none(),
                "clients are still coming"
            );
            upstream.dies_and_comes_back();
        }
        let report = end(storm, users);
        is_over.store(true, Ordering::SeqCst);
        let changed: Vec<_> = changing
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        (report, changed)
    });
    let in_vain: u64 = changed.iter().map(|(_, in_vain)| in_vain).sum();
    println!("{report}\nchanges: {changed:?}");
    let closed = report["attempts_closed"].as_u64();
    assert!(closed > Some(0) && in_vain > 0, "the outages were noticed");

    // Nothing is lost, of upstream's or of the guard's, which is killed as well.
    drop(guard);
    let guard = before(&[]);
    end(begin(&guard, users, &registered), users);
    for (uid, (last, _)) in uids.iter().zip(changed) {
        let come = |token: &str| {
            let hello = Hello {
                uid,
                ..Hello::new(token)
            };
            Client::connect(Socket::tcp(guard.tcp), hello).err()
        };
        assert_eq!(come(&token(uid, last)), None, "{uid}");
        assert_eq!(
            come(&token(uid, last - 1)),
            Some(ReasonCode::AuthFail),
            "{uid}"
        );
    }
}

/// Registers the users, and lets one of them in.
fn end_of_one(storm: Child) {
    let output = storm.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
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
