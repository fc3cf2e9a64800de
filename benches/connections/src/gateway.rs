//! The example gateway, in separate release builds, and its users.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, thread};

use serde_json::Value;

use crate::process::Process;
use crate::protocol::USERS;
use crate::users::{FLAG, text, token, uid};

/// The X25519 implementation for session keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KeysBy {
    Nobody,
    Ring,
    AwsLc,
}

/// One build for each X25519.
pub struct Binaries {
    ring: PathBuf,
    aws_lc: PathBuf,
}

impl Binaries {
    /// Copied elsewhere, because the second build replaces the first one's program.
    pub fn build(folder: &Path) -> Self {
        let build = |name: &str, arguments: &[&str]| {
            let copy = folder.join(name);
            fs::copy(built("wukongim-gateway", arguments), &copy).expect("copied");
            copy
        };
        Binaries {
            ring: build("gateway-ring", &["--no-default-features"]),
            aws_lc: build("gateway-aws-lc", &[]),
        }
    }
}

/// The program of this package, built in this program's profile.
pub fn built(package: &str, arguments: &[&str]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.current_dir(root).stderr(Stdio::inherit());
    cargo.args(["build", "--locked", "--quiet", "-p"]);
    cargo.args([package, "--bins", "--message-format=json"]);
    cargo.args(arguments);
    // In this program's profile, so that what is compared is built alike.
    cargo.args((!cfg!(debug_assertions)).then_some("--release"));
    // The variables that cargo sets for this program would make build scripts run again.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{package} does not build");
    let messages = String::from_utf8(output.stdout).expect("text");
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).expect("JSON");
        message["executable"].as_str().map(PathBuf::from)
    });
    executable.expect("cargo names the executable")
}

/// Starts a gateway, and registers its users.
pub fn start(binaries: &Binaries, keys: KeysBy) -> (Process, SocketAddr) {
    start_with(binaries, keys, None)
}

/// With this library's allocator, if one is named, in place of the system's.
pub fn start_with(
    binaries: &Binaries,
    keys: KeysBy,
    allocator: Option<&Path>,
) -> (Process, SocketAddr) {
    let mut command = Command::new(match keys {
        KeysBy::AwsLc => &binaries.aws_lc,
        KeysBy::Ring | KeysBy::Nobody => &binaries.ring,
    });
    for port in ["--http", "--tcp", "--ws"] {
        command.args([port, "127.0.0.1:0"]);
    }
    command.args(["--log-level=error", "--max-unauthenticated=20000"]);
    command.args((keys == KeysBy::Nobody).then_some("--no-keys"));
    command.env_remove("MANAGER_TOKEN").env_remove("STORE");
    command.envs(allocator.map(|library| ("LD_PRELOAD", library)));
    let (process, ready) = Process::that_says_ready(&mut command);
    register(address(&ready, "http="));
    (process, address(&ready, "tcp="))
}

pub fn address(ready: &str, name: &str) -> SocketAddr {
    let word = ready.split(' ').find_map(|word| word.strip_prefix(name));
    let address = word.and_then(|word| word.trim().parse().ok());
    address.unwrap_or_else(|| panic!("no {name} in {ready:?}"))
}

/// The business server's part.
pub fn register(http: SocketAddr) {
    const THREADS: u64 = 8;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let users = (0..USERS).filter(move |user| user % THREADS == thread);
            scope.spawn(move || users.for_each(|user| register_one(http, user)));
        }
    });
}

fn register_one(http: SocketAddr, user: u64) {
    let (uid, token) = (uid(user), token(user));
    let (uid, token, flag) = (text(&uid), text(&token), u8::from(FLAG));
    let body =
        format!(r#"{{"uid":"{uid}","token":"{token}","device_flag":{flag},"device_level":0}}"#);
    let len = body.len();
    let mut stream = TcpStream::connect(http).expect("a connection");
    write!(
        stream,
        "POST /user/token HTTP/1.1\r\nhost: {http}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {len}\r\n\r\n{body}"
    )
    .expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
