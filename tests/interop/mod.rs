//! What every published SDK has to do with the gateway, whatever language it is in.
//!
//! An SDK comes in as a program that is given `URL UID TOKEN DEVICE_FLAG` and connects. Whenever it
//! is connected it sends one message to bob, and once the echo is there a ping. What the SDK tells
//! it goes to stdout, one JSON object a line:
//!
//! | `event` | Besides | When |
//! |---|---|---|
//! | `invalid` | | the SDK does not take the arguments, and opens no connection |
//! | `connected`, `refused`, `kicked` | `reason` | the server said so |
//! | `failed` | | the first connection ended in another way, and the SDK leaves it at that |
//! | `acknowledged` | `reason` | its message arrived |
//! | `received` | `from`, `text` | a message came |
//! | `ponged` | | its ping was answered |
//!
//! Other lines are the SDK's own talk. The program ends when its stdin does. How often it dials, and
//! whether it hangs up, is seen on the line.

#![allow(dead_code, reason = "not every test crate runs every kind of program")]

pub mod line;
pub mod npm;
pub mod python;
pub mod rust;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::gateway_process::{GatewayProcess, PATIENCE};
use line::Line;

/// Longer than any SDK waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(8);

/// The text that every program sends.
const TEXT: &str = "hello 你好 🔑";

/// How the SDK at hand is run, and where the SDKs differ.
pub struct Sdk<'a> {
    pub program: &'a dyn Fn() -> Command,
    pub schemes: &'a [&'a str],
    pub device_flag: u8,
    /// Whether it refuses an empty token itself, so that none ever arrives.
    pub checks_token: bool,
    /// Whether it tries again where the very first connection fails; one that does not leaves that
    /// to the application, and reconnects only what has been connected.
    pub retries_first: bool,
}

/// The right token connects, messages and pings go both ways; a kick and every refusal end it for
/// good; a fault of the store does not.
pub fn behaves(sdk: &Sdk<'_>) {
    let ended: Vec<_> = sdk
        .schemes
        .iter()
        .map(|scheme| {
            let gateway = GatewayProcess::start(&[]);
            let mut ended = sdk.is_kicked(&gateway, scheme);
            ended.extend(sdk.is_refused(&gateway, scheme));
            (gateway, ended)
        })
        .collect();
    std::thread::sleep(RECONNECT);
    for (_, ended) in ended {
        for (name, dials, mut client) in ended {
            assert_eq!(client.more(), Vec::<Value>::new(), "{name}: it is to stop");
            assert_eq!(client.line.dials(), dials, "{name}: it is to stop");
        }
    }
    for scheme in sdk.schemes {
        sdk.outlasts_a_store_fault(scheme);
    }
}

/// A program that is to do no more: why, how often it has dialled, itself.
type Ended = (&'static str, usize, Running);

impl Sdk<'_> {
    /// By a second login, and by the business server.
    fn is_kicked(&self, gateway: &GatewayProcess, scheme: &str) -> Vec<Ended> {
        let kicked = json!({"event": "kicked", "reason": 12});
        gateway.issue("alice", "s3cret", self.device_flag, 1);
        let mut first = self.start(gateway, scheme, "alice", "s3cret");
        first.greets();
        let mut second = self.start(gateway, scheme, "alice", "s3cret");
        second.greets();
        first.expect(&kicked);
        first.line.is_closed();
        gateway.quit("alice", self.device_flag.into());
        second.expect(&kicked);
        second.line.is_closed();
        vec![("second login", 1, first), ("device_quit", 1, second)]
    }

    fn is_refused(&self, gateway: &GatewayProcess, scheme: &str) -> Vec<Ended> {
        let other_flag = if self.device_flag == 0 { 1 } else { 0 };
        gateway.issue("alice", "s3cret", self.device_flag, 0);
        gateway.issue("alice", "an0ther", other_flag, 0);
        let mut ended = Vec::new();
        for (uid, token, cause) in [
            ("alice", "wrong", "cause=\"mismatch\""),
            ("alice", "an0ther", "cause=\"issued_for_other_flag\""),
            ("mallory", "s3cret", "cause=\"not_issued\""),
            ("alice", " ", "cause=\"empty_token\""),
        ] {
            let mut client = self.start(gateway, scheme, uid, token);
            client.expect(&json!({"event": "refused", "reason": 2}));
            client.line.is_closed();
            gateway.log_line(cause);
            ended.push((cause, 1, client));
        }
        let mut client = self.start(gateway, scheme, "alice", "");
        if self.checks_token {
            client.expect(&json!({"event": "invalid"}));
            ended.push(("an empty token", 0, client));
        } else {
            client.expect(&json!({"event": "refused", "reason": 2}));
            client.line.is_closed();
            ended.push(("an empty token", 1, client));
        }
        ended
    }

    /// It comes back by itself, and gets in once the store is back.
    fn outlasts_a_store_fault(&self, scheme: &str) {
        let fault = Fault::new();
        let gateway = GatewayProcess::start(&[&format!("--store=faulty:{}", fault.0.display())]);
        gateway.issue("alice", "s3cret", self.device_flag, 0);
        let mut client = self.start(&gateway, scheme, "alice", "s3cret");
        client.greets();

        fault.begins();
        client.line.cut();
        let mut newcomer = self.start(&gateway, scheme, "alice", "s3cret");
        if self.retries_first {
            newcomer.line.has_dialled(2);
        } else {
            newcomer.expect(&json!({"event": "failed"}));
        }
        client.line.has_dialled(3);
        gateway.log_line("cause=\"store\"");
        assert_eq!(client.more(), Vec::<Value>::new(), "nobody was refused");

        fault.ends();
        client.greets();
        if self.retries_first {
            newcomer.greets();
        } else {
            assert_eq!(newcomer.line.dials(), 1);
        }
    }

    fn start(&self, gateway: &GatewayProcess, scheme: &str, uid: &str, token: &str) -> Running {
        let line = Line::to(address(gateway, scheme));
        let mut command = (self.program)();
        command
            .arg(format!("{scheme}://{}", line.address))
            .args([uid, token, &self.device_flag.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?} does not start: {error}");
        });
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Ok(event @ Value::Object(_)) = serde_json::from_str(&line) {
                    let _ = sender.send(event);
                }
            }
        });
        Running {
            child,
            events,
            line,
        }
    }
}

fn address(gateway: &GatewayProcess, scheme: &str) -> SocketAddr {
    match scheme {
        "tcp" => gateway.tcp,
        "ws" => gateway.ws,
        other => panic!("{other} is not served"),
    }
}

/// A program with an SDK in it.
struct Running {
    child: Child,
    events: Receiver<Value>,
    line: Line,
}

impl Running {
    /// It connects, and messages and pings go both ways.
    fn greets(&mut self) {
        self.expect(&json!({"event": "connected", "reason": 1}));
        // Which of the two an SDK tells first is its own affair.
        let mut seen = [self.event("an answer"), self.event("an answer")];
        seen.sort_by_key(|event| event["event"].to_string());
        let echo = json!({"event": "received", "from": "bob", "text": TEXT});
        assert_eq!(seen, [json!({"event": "acknowledged", "reason": 1}), echo]);
        self.expect(&json!({"event": "ponged"}));
    }

    fn expect(&mut self, event: &Value) {
        assert_eq!(self.event(&event.to_string()), *event);
    }

    fn event(&mut self, expected: &str) -> Value {
        match self.events.recv_timeout(PATIENCE) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => panic!("nothing came where {expected} was to come"),
            Err(RecvTimeoutError::Disconnected) => {
                let ended = self.child.wait();
                panic!("the program ended where {expected} was to come: {ended:?}");
            }
        }
    }

    /// What it has seen since; that it still runs is part of it.
    fn more(&mut self) -> Vec<Value> {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the program ended by itself: {ended:?}");
        self.events.try_iter().collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// While the file exists, the gateway's store cannot be reached.
struct Fault(PathBuf);

impl Fault {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wukongim-auth-fault-{}-{number}", std::process::id());
        Fault(std::env::temp_dir().join(name))
    }

    fn begins(&self) {
        std::fs::write(&self.0, "").unwrap();
    }

    fn ends(&self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs a tool to its end; without it the test fails.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?} does not start: {error}; this test needs that program");
    });
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
    stdout
}
