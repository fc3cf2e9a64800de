//! A program with an SDK in it, at the end of a line.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use serde_json::{Value, json};

use super::line::Line;
use wukongim_test_support::gateway_process::PATIENCE;

/// A program with an SDK in it.
pub struct Running {
    child: Child,
    events: Receiver<Value>,
    pub line: Line,
}

impl Running {
    pub fn start(
        mut command: Command,
        gateway: SocketAddr,
        url: impl Fn(SocketAddr) -> String,
        arguments: [&str; 3],
    ) -> Self {
        let line = Line::to(gateway);
        command
            .arg(url(line.address))
            .args(arguments)
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

    pub fn connects(&mut self) {
        self.expect(&json!({"event": "connected", "reason": 1}));
    }

    pub fn is_refused(&mut self) {
        self.expect(&json!({"event": "refused", "reason": 2}));
        self.line.is_closed();
    }

    pub fn is_kicked(&mut self) {
        self.expect(&json!({"event": "kicked", "reason": 12}));
        self.line.is_closed();
    }

    /// Its message arrives, and comes back.
    pub fn has_its_message_echoed(&mut self, text: &str) {
        // Which of the two an SDK tells first is its own affair.
        let mut seen = [self.event("an answer"), self.event("an answer")];
        seen.sort_by_key(|event| event["event"].to_string());
        let echo = json!({"event": "received", "from": "bob", "text": text});
        assert_eq!(seen, [json!({"event": "acknowledged", "reason": 1}), echo]);
    }

    pub fn has_its_ping_answered(&mut self) {
        self.expect(&json!({"event": "ponged"}));
    }

    pub fn expect(&mut self, event: &Value) {
        assert_eq!(self.event(&event.to_string()), *event);
    }

    fn event(&mut self, expected: &str) -> Value {
        match self.events.recv_timeout(PATIENCE) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => {
                let dials = self.line.dials();
                panic!("nothing came where {expected} was to come; it has dialled {dials} times")
            }
            Err(RecvTimeoutError::Disconnected) => {
                let ended = self.child.wait();
                panic!("the program ended where {expected} was to come: {ended:?}");
            }
        }
    }

    /// What it has seen since; that it still runs is part of it.
    pub fn more(&mut self) -> Vec<Value> {
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
