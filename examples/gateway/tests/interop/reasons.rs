//! The server refuses with a reason of its own choice: every SDK tells its application, and stops,
//! also if it was connected before. (What it does after a close without a word is in `cases.rs`: it
//! comes back, as after a fault of the store.)

use serde_json::{Value, json};
use wukongim_auth::frame::ReasonCode;

use super::Sdk;
use super::cases::RECONNECT;
use super::running::Running;
use super::scripted_server::ScriptedServer;

/// A wrong token, a passing fault, a ban, a missing key.
const REASONS: [ReasonCode; 4] = [
    ReasonCode::AuthFail,
    ReasonCode::SystemError,
    ReasonCode::Ban,
    ReasonCode::ClientKeyIsEmpty,
];

impl Sdk {
    pub fn stops_whatever_the_reason(&self) {
        let mut clients = Vec::new();
        for scheme in self.schemes {
            for reason in REASONS {
                let refused = json!({"event": "refused", "reason": u8::from(reason)});
                clients.push((self.newcomer(scheme, reason), refused.clone(), 1));
                clients.push((self.returning(scheme, reason), refused, 2));
            }
        }
        for (client, refused, dials) in &mut clients {
            client.expect(refused);
            assert_eq!(client.line.dials(), *dials, "{refused}");
        }
        std::thread::sleep(RECONNECT);
        for (client, refused, dials) in &mut clients {
            assert_eq!(
                client.more(),
                Vec::<Value>::new(),
                "it is to stop: {refused}"
            );
            assert_eq!(client.line.dials(), *dials, "it is to stop: {refused}");
        }
    }

    fn newcomer(&self, scheme: &str, reason: ReasonCode) -> Running {
        let server = ScriptedServer::start(0, reason);
        self.start_at(server.address(scheme), scheme, "alice", "s3cret")
    }

    /// It was connected, and lost its network for a moment.
    fn returning(&self, scheme: &str, reason: ReasonCode) -> Running {
        let server = ScriptedServer::start(1, reason);
        let mut client = self.start_at(server.address(scheme), scheme, "alice", "s3cret");
        client.connects();
        client.line.cut();
        client
    }
}
