//! The example gateway as a separate process, in a release build, and the processor time of
//! processes.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;

/// Connections at once, both ends of them in two processes, and other open files.
const FILES: u64 = 20_000;

/// For this process and its children, as far as the system allows.
pub fn allow_many_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(FILES, |maximum| maximum.min(FILES));
    if current.is_some_and(|current| current < wanted) {
        let current = Some(wanted);
        let limit = Rlimit { current, maximum };
        setrlimit(Resource::Nofile, limit).expect("up to the maximum");
    }
}

/// Ends with the measurement.
pub struct Gateway {
    child: Child,
    arguments: Vec<String>,
    http: SocketAddr,
    tcp: SocketAddr,
    ws: SocketAddr,
}

impl Gateway {
    /// On free ports.
    pub fn start(arguments: Vec<String>) -> Self {
        let free: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let (child, ready) = spawn([free; 3], &arguments);
        let address = |name| {
            let word = ready.split(' ').find_map(|word| word.strip_prefix(name));
            word.and_then(|word| word.trim().parse().ok())
                .unwrap_or_else(|| panic!("no {name} in {ready:?}"))
        };
        Gateway {
            http: address("http="),
            tcp: address("tcp="),
            ws: address("ws="),
            child,
            arguments,
        }
    }

    /// Immediately, without any cleanup.
    pub fn kill(&mut self) {
        self.child.kill().expect("it ran");
        self.child.wait().expect("it ended");
    }

    /// At the same addresses.
    pub fn start_again(&mut self) {
        let (child, ready) = spawn([self.http, self.tcp, self.ws], &self.arguments);
        self.child = child;
        assert!(ready.starts_with("ready "), "it does not start again");
    }

    pub fn http(&self) -> SocketAddr {
        self.http
    }

    pub fn tcp(&self) -> SocketAddr {
        self.tcp
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The address for the load generator.
    pub fn addresses(&self, over_ws: bool) -> Vec<String> {
        let to = if over_ws { self.ws } else { self.tcp };
        let mut addresses = vec![format!("--http={}", self.http), format!("--to={to}")];
        addresses.extend(over_ws.then(|| "--ws".to_owned()));
        addresses
    }
}

/// Also returns the line that says where it listens.
fn spawn([http, tcp, ws]: [SocketAddr; 3], arguments: &[String]) -> (Child, String) {
    let mut child = Command::new(&examples().gateway)
        .args(["--log-level=error", "--max-unauthenticated=20000"])
        .args([format!("--http={http}"), format!("--tcp={tcp}")])
        .arg(format!("--ws={ws}"))
        .args(arguments)
        .env_remove("MANAGER_TOKEN")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the gateway starts");
    let mut ready = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut ready).expect("a line");
    (child, ready)
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The programs.
pub struct Examples {
    pub gateway: String,
    pub storm: String,
}

pub fn examples() -> &'static Examples {
    static EXAMPLES: OnceLock<Examples> = OnceLock::new();
    EXAMPLES.get_or_init(|| {
        let built = build();
        let named = |name: &str| {
            let target = |message: &&Value| message["target"]["name"] == name;
            let built = built.iter().find(target).expect("it was built");
            let path = built["executable"].as_str();
            path.expect("cargo names the executable").to_owned()
        };
        Examples {
            gateway: named("wukongim-gateway"),
            storm: named("wukongim-storm"),
        }
    })
}

/// Cargo's messages about the programs that it built.
fn build() -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.current_dir(root).stderr(Stdio::inherit());
    cargo.args(["build", "--release", "--locked", "--quiet"]);
    cargo.args(["-p", "wukongim-gateway", "-p", "wukongim-storm", "--bins"]);
    cargo.arg("--message-format=json");
    // The variables that cargo sets for this program would make build scripts run again.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "the examples do not build");
    let messages = String::from_utf8(output.stdout).expect("text");
    let messages = messages.lines().map(serde_json::from_str::<Value>);
    let messages = messages.map(|message| message.expect("JSON"));
    messages
        .filter(|message| message["executable"].is_string())
        .collect()
}

/// The processor time that a process has used, in all its threads.
pub fn cpu_seconds(pid: u32) -> f64 {
    let (own, system) = cpu_seconds_split(pid);
    own + system
}

/// In its own code, and in the system's on its behalf.
pub fn cpu_seconds_split(pid: u32) -> (f64, f64) {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it has not been waited for");
    // After the name, which may contain spaces.
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks = |at| {
        let field = fields.split_whitespace().nth(at).map(str::parse::<u64>);
        field.expect("a field").expect("a number") as f64
    };
    // The 14th and 15th field; the first one after the name is the third.
    let a_second = rustix::param::clock_ticks_per_second() as f64;
    (ticks(11) / a_second, ticks(12) / a_second)
}
