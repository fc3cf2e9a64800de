//! The servers that are measured, in their usual configuration, each with what its clients present.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::gateway::{self, Binaries, KeysBy};
use crate::process::{Process, free_address};
use crate::protocol::{NAME, PASSWORD, Protocol};

pub struct Contender {
    pub name: &'static str,
    pub protocol: Protocol,
    pub process: Process,
    pub address: SocketAddr,
}

pub const FLOOR: &str = "floor: tokio, accept, read, write";
pub const NO_KEYS: &str = "gateway, no keys";
pub const JSON_RPC: &str = "gateway, JSON-RPC";
pub const RING: &str = "gateway, session keys by ring";
pub const AWS_LC: &str = "gateway, session keys by aws-lc-rs";

/// Third-party programs.
const MOSQUITTO: &str = "mosquitto";
const NATS: &str = "nats-server";
const RUMQTTD: &str = "rumqttd";

/// Starts all of them. `folder` takes the files that they need.
pub fn start(folder: &Path, installed_only: bool) -> Vec<Contender> {
    let binaries = Binaries::build(folder);
    let mut all = vec![floor()];
    let gateways = [
        (NO_KEYS, Protocol::Wkproto, KeysBy::Nobody),
        (JSON_RPC, Protocol::JsonRpc, KeysBy::Nobody),
        (RING, Protocol::Wkproto, KeysBy::Ring),
        (AWS_LC, Protocol::Wkproto, KeysBy::AwsLc),
    ];
    for (name, protocol, keys) in gateways {
        let (process, address) = gateway::start(&binaries, keys);
        all.push(Contender {
            name,
            protocol,
            process,
            address,
        });
    }
    let others = [MOSQUITTO, NATS, RUMQTTD].map(|program| (program, is_installed(program)));
    for (program, there) in others {
        assert!(
            there || installed_only,
            "{program} is not installed: see docs/performance.md"
        );
        if !there {
            eprintln!("left out, not installed: {program}");
        }
    }
    let there = |program| others.contains(&(program, true));
    if there(MOSQUITTO) {
        all.push(mosquitto(folder, "mosquitto, anonymous", false));
        all.push(mosquitto(folder, "mosquitto, password", true));
    }
    all.extend(there(NATS).then(nats));
    all.extend(there(RUMQTTD).then(|| rumqttd(folder)));
    all
}

/// The versions of the installed ones.
pub fn versions() -> Vec<String> {
    let version = |program: &str, argument: &str, line_of: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines()
            .find(|line| line.contains(line_of))
            .map(str::to_owned)
    };
    let all = [
        version(MOSQUITTO, "-h", "version"),
        version(NATS, "--version", "v"),
        version(RUMQTTD, "--version", "rumqttd"),
    ];
    all.into_iter().flatten().collect()
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn floor() -> Contender {
    let program = env::current_exe().expect("a path");
    let (process, ready) = Process::that_says_ready(Command::new(program).arg("--floor"));
    Contender {
        name: FLOOR,
        protocol: Protocol::Floor,
        process,
        address: gateway::address(&ready, "tcp="),
    }
}

fn mosquitto(folder: &Path, name: &'static str, password: bool) -> Contender {
    let address = free_address();
    let (config, users) = (folder.join(name), folder.join("mosquitto-users"));
    let who = match password {
        true => {
            let mut command = Command::new("mosquitto_passwd");
            command
                .args(["-b", "-c"])
                .arg(&users)
                .args([NAME, PASSWORD]);
            let made = command.stderr(Stdio::null()).status();
            assert!(made.expect("it runs").success(), "a file of passwords");
            format!("allow_anonymous false\npassword_file {}", users.display())
        }
        false => "allow_anonymous true".into(),
    };
    let text = format!(
        "listener {} 127.0.0.1\nuser root\nmax_connections -1\nlog_type none\n{who}\n",
        address.port()
    );
    fs::write(&config, text).expect("written");
    let process = Process::at(Command::new(MOSQUITTO).arg("-c").arg(&config), address);
    let protocol = Protocol::Mqtt { password };
    Contender {
        name,
        protocol,
        process,
        address,
    }
}

fn nats() -> Contender {
    let address = free_address();
    let mut command = Command::new(NATS);
    command.args(["-a", "127.0.0.1", "--auth", PASSWORD, "-p"]);
    command.arg(address.port().to_string());
    Contender {
        name: "nats-server, token",
        protocol: Protocol::Nats,
        process: Process::at(&mut command, address),
        address,
    }
}

fn rumqttd(folder: &Path) -> Contender {
    let (address, config) = (free_address(), folder.join("rumqttd.toml"));
    let text = format!(
        r#"id = 0

[router]
id = 0
max_connections = 20000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v4.1]
name = "v4-1"
listen = "{address}"
next_connection_delay_ms = 0

[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = 20480
max_inflight_count = 100
dynamic_filters = true

[v4.1.connections.auth]
"{NAME}" = "{PASSWORD}"
"#
    );
    fs::write(&config, text).expect("written");
    let mut command = Command::new(RUMQTTD);
    command.arg("-c").arg(&config).current_dir(folder);
    Contender {
        name: "rumqttd, password",
        protocol: Protocol::Mqtt { password: true },
        process: Process::at(&mut command, address),
        address,
    }
}
