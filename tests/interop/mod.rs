//! What every published SDK has to do with the gateway, whatever language it is in.
//!
//! An SDK comes in as a program that is given `URL UID TOKEN DEVICE_FLAG`, connects, sends one
//! message to bob once it is connected, and writes what it sees to stdout, one JSON object a line:
//!
//! | `event` | Besides | When |
//! |---|---|---|
//! | `dialled` | | it opens a connection |
//! | `connected`, `refused`, `kicked` | `reason` | the SDK says so |
//! | `acknowledged` | `reason` | its message got its SENDACK |
//! | `received` | `from`, `text` | a message came |
//! | `closed` | | the connection ended |
//!
//! Other lines are the SDK's own talk. The program ends when its stdin does.

pub mod npm;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::gateway_process::{GatewayProcess, PATIENCE};

/// Longer than any SDK waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(8);

/// The text that every program sends.
const TEXT: &str = "hello 你好 🔑";

/// How the SDK at hand is run.
pub struct Sdk<'a> {
    pub program: &'a dyn Fn() -> Command,
    pub device_flag: u8,
}

/// The right token connects, with keys that work in both directions. A wrong one, a token of
/// another flag and a kick end it, and the SDK does not come back.
pub fn behaves(sdk: &Sdk<'_>) {
    let gateway = GatewayProcess::start(&[]);
    let other_flag = if sdk.device_flag == 0 { 1 } else { 0 };
    gateway.issue("alice", "s3cret", sdk.device_flag, 0);
    gateway.issue("alice", "an0ther", other_flag, 0);

    let mut kicked = sdk.start(&gateway, "s3cret");
    kicked.expect(&json!({"event": "dialled"}));
    kicked.expect(&json!({"event": "connected", "reason": 1}));
    kicked.expect(&json!({"event": "acknowledged", "reason": 1}));
    kicked.expect(&json!({"event": "received", "from": "bob", "text": TEXT}));
    gateway.quit("alice", sdk.device_flag.into());
    kicked.expect(&json!({"event": "kicked", "reason": 12}));
    kicked.expect(&json!({"event": "closed"}));

    gateway.issue("alice", "s3cret", sdk.device_flag, 0);
    let refused = ["wrong", "an0ther"].map(|token| {
        let mut refused = sdk.start(&gateway, token);
        refused.expect(&json!({"event": "dialled"}));
        refused.expect(&json!({"event": "refused", "reason": 2}));
        refused.expect(&json!({"event": "closed"}));
        refused
    });
    gateway.log_line("cause=mismatch");
    gateway.log_line("cause=issued_for_other_flag");

    std::thread::sleep(RECONNECT);
    for (name, mut client) in ["kicked", "wrong token", "other flag"]
        .into_iter()
        .zip(std::iter::once(kicked).chain(refused))
    {
        assert_eq!(client.more(), Vec::<Value>::new(), "{name}: it is to stop");
    }
}

impl Sdk<'_> {
    fn start(&self, gateway: &GatewayProcess, token: &str) -> Running {
        let mut command = (self.program)();
        command
            .arg(format!("ws://{}", gateway.ws))
            .args(["alice", token]);
        command.arg(self.device_flag.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
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
        Running { child, events }
    }
}

/// A program with an SDK in it.
struct Running {
    child: Child,
    events: Receiver<Value>,
}

impl Running {
    fn expect(&mut self, event: &Value) {
        match self.events.recv_timeout(PATIENCE) {
            Ok(seen) => assert_eq!(seen, *event),
            Err(RecvTimeoutError::Timeout) => panic!("nothing came where {event} was to come"),
            Err(RecvTimeoutError::Disconnected) => {
                panic!(
                    "the program ended where {event} was to come: {:?}",
                    self.child.wait()
                );
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
