//! The cases: the right token connects, messages and pings go both ways; a kick and every refusal
//! end it for good; a fault of the store does not.

use std::time::Duration;

use serde_json::{Value, json};

use super::Sdk;
use super::fault::Fault;
use super::front::Front;
use super::running::Running;

/// Longer than any SDK waits before it connects again.
pub(super) const RECONNECT: Duration = Duration::from_secs(8);

/// The text that every program sends.
const TEXT: &str = "hello 你好 🔑";

impl Sdk {
    pub fn right_token(&self) {
        let connected = self.schemes.iter().map(|scheme| {
            let (gateway, mut client) = self.connected(scheme);
            client.connects();
            (gateway, client)
        });
        let connected: Vec<_> = connected.collect();
        std::thread::sleep(RECONNECT);
        for (_gateway, client) in connected {
            assert_eq!(client.line.dials(), 1, "once connected it stays");
        }
    }

    pub fn message_and_its_echo(&self) {
        for scheme in self.schemes {
            let (_gateway, mut client) = self.connected(scheme);
            client.connects();
            client.has_its_message_echoed(TEXT);
        }
    }

    pub fn ping(&self) {
        for scheme in self.schemes {
            let (_gateway, mut client) = self.connected(scheme);
            greets(&mut client);
        }
    }

    pub fn wrong_token(&self) {
        self.is_refused("alice", "wrong", "mismatch");
    }

    pub fn token_of_another_flag(&self) {
        self.is_refused("alice", "an0ther", "issued_for_other_flag");
    }

    pub fn unknown_uid(&self) {
        self.is_refused("mallory", "s3cret", "not_issued");
    }

    pub fn blank_token(&self) {
        self.is_refused("alice", " ", "empty_token");
    }

    pub fn empty_token(&self) {
        if !self.checks_token {
            return self.is_refused("alice", "", "empty_token");
        }
        for scheme in self.schemes {
            let gateway = Front::start(&[]);
            let mut client = self.start(&gateway, scheme, "alice", "");
            client.expect(&json!({"event": "invalid"}));
            stops(vec![(gateway, client, 0)]);
        }
    }

    pub fn kick_by_a_second_login(&self) {
        let kicked = self.schemes.iter().map(|scheme| {
            let (gateway, mut first) = self.connected(scheme);
            greets(&mut first);
            let mut second = self.start(&gateway, scheme, "alice", "s3cret");
            greets(&mut second);
            first.is_kicked();
            // Whom the first displaces if it comes back.
            ((gateway, first, 1), second)
        });
        let (kicked, seconds): (Vec<_>, Vec<_>) = kicked.unzip();
        stops(kicked);
        for second in seconds {
            assert_eq!(second.line.dials(), 1, "the second stays");
        }
    }

    pub fn kick_by_device_quit(&self) {
        let kicked = self.schemes.iter().map(|scheme| {
            let (gateway, mut client) = self.connected(scheme);
            greets(&mut client);
            gateway.quit("alice", self.device_flag.into());
            client.is_kicked();
            let mut again = self.start(&gateway, scheme, "alice", "s3cret");
            again.is_refused();
            gateway.log_line("cause=\"revoked\"");
            (gateway, client, 1)
        });
        stops(kicked.collect());
    }

    /// It comes back by itself, and gets in once the store is back.
    pub fn back_after_a_store_fault(&self) {
        for scheme in self.schemes {
            let fault = Fault::new();
            let gateway = Front::start(&[&fault.option()]);
            gateway.issue("alice", "s3cret", self.device_flag, 0);
            let mut client = self.start(&gateway, scheme, "alice", "s3cret");
            greets(&mut client);

            fault.begins();
            client.line.cut();
            let mut latecomer = self.start(&gateway, scheme, "alice", "s3cret");
            if self.retries_first {
                latecomer.line.has_dialled(2);
            } else {
                latecomer.expect(&json!({"event": "failed"}));
            }
            client.line.has_dialled(3);
            gateway.log_line("cause=\"store\"");
            assert_eq!(client.more(), Vec::<Value>::new(), "nobody was refused");

            fault.ends();
            greets(&mut client);
            if self.retries_first {
                greets(&mut latecomer);
            } else {
                assert_eq!(latecomer.line.dials(), 1);
            }
        }
    }

    /// Alice with her token, which is that of a master: a second login is to kick her.
    fn connected(&self, scheme: &str) -> (Front, Running) {
        let gateway = Front::start(&[]);
        gateway.issue("alice", "s3cret", self.device_flag, 1);
        let client = self.start(&gateway, scheme, "alice", "s3cret");
        (gateway, client)
    }

    fn is_refused(&self, uid: &str, token: &str, cause: &str) {
        let other_flag = if self.device_flag == 0 { 1 } else { 0 };
        let refused = self.schemes.iter().map(|scheme| {
            let gateway = Front::start(&[]);
            gateway.issue("alice", "s3cret", self.device_flag, 0);
            gateway.issue("alice", "an0ther", other_flag, 0);
            let mut client = self.start(&gateway, scheme, uid, token);
            client.is_refused();
            gateway.log_line(&format!("cause=\"{cause}\""));
            (gateway, client, 1)
        });
        stops(refused.collect());
    }
}

/// It connects, and messages and pings go both ways.
fn greets(client: &mut Running) {
    client.connects();
    client.has_its_message_echoed(TEXT);
    client.has_its_ping_answered();
}

/// These have ended for good: nothing more happens, and they have dialled so often and no oftener.
fn stops(ended: Vec<(Front, Running, usize)>) {
    std::thread::sleep(RECONNECT);
    for (_gateway, mut client, dials) in ended {
        assert_eq!(client.more(), Vec::<Value>::new(), "it is to stop");
        assert_eq!(client.line.dials(), dials, "it is to stop");
    }
}
