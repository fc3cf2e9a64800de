//! How much of the gateway's memory a client takes that stays connected.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde::{Deserialize, Serialize};
use wukongim_auth::DeviceFlag;
use wukongim_auth::compare::TokenDigest;
use wukongim_auth::frame::Connect;

use crate::process::Gateway;
use crate::storm::register;
use crate::typical::{CLIENT_KEY, DEVICE_ID};
use crate::users::encoded;

/// The number of clients. The first ones cause the one-time costs.
const CONNECTIONS: u64 = 8_000;
const QUICK: u64 = 300;

#[derive(Serialize, Deserialize)]
pub struct Held {
    pub connections: u64,
    /// In the process; the system's own buffers for sockets come on top.
    pub bytes: f64,
}

pub fn run(quick: bool) -> Held {
    let connections = if quick { QUICK } else { CONNECTIONS };
    let gateway = Gateway::start(Vec::new());
    register(&gateway, connections);
    let warm_up = connections / 4;
    let mut clients: Vec<TcpStream> = (0..warm_up).map(|user| connected(&gateway, user)).collect();
    let before = resident(gateway.pid());
    clients.extend((warm_up..connections).map(|user| connected(&gateway, user)));
    let more = resident(gateway.pid()) - before;
    Held {
        connections,
        bytes: more as f64 / (connections - warm_up) as f64,
    }
}

/// One of the load generator's users, with session keys, after the answer.
fn connected(gateway: &Gateway, user: u64) -> TcpStream {
    let uid = format!("5707{user:028x}");
    let digest = TokenDigest::of(&uid);
    let digits = digest.expose_secret()[..16].iter();
    let token: String = digits.map(|byte| format!("{byte:02x}")).collect();
    let mut connect = Connect::new(4, &uid, DeviceFlag::App, token.as_str());
    (connect.device_id, connect.client_key) = (DEVICE_ID, CLIENT_KEY);
    let tcp: SocketAddr = gateway.tcp();
    let mut stream = TcpStream::connect(tcp).expect("a connection");
    stream.write_all(&encoded(connect)).expect("written");
    let mut answer = [0; 256];
    let len = stream.read(&mut answer).expect("an answer");
    // A refusal has no keys.
    assert!(len > 64, "let in, with keys");
    stream
}

/// Bytes of a process in memory.
fn resident(pid: u32) -> i64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<i64>().ok());
    kib.expect("a number") * 1024
}
