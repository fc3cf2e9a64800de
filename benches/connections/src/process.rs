//! A server's process: starting it, waiting until it is ready, measuring it, ending it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const FILES: u64 = 20_000;

/// For this process and its children, as far as the system allows.
pub fn allow_many_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(FILES, |maximum| maximum.min(FILES));
    if current.is_some_and(|current| current < wanted) {
        let current = Some(wanted);
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).expect("up to the maximum");
    }
}

/// Ends with the measurement.
pub struct Process(Child);

impl Process {
    /// A process that prints a line with its addresses when it is ready.
    pub fn that_says_ready(command: &mut Command) -> (Self, String) {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = child.stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut line).expect("a line");
        (Process(child), line)
    }

    /// A process that prints nothing: it is ready when it accepts a connection.
    pub fn at(command: &mut Command, address: SocketAddr) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        let process = Process(command.stderr(Stdio::null()).spawn().expect("it starts"));
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            let waited = started.elapsed();
            assert!(waited < Duration::from_secs(30), "{command:?} is not ready");
            thread::sleep(Duration::from_millis(20));
        }
        process
    }

    /// Nanoseconds of processor time, in all its threads.
    pub fn cpu(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0.id())).expect("it runs");
        let of_task = |task: std::io::Result<fs::DirEntry>| {
            let file = task.expect("a task").path().join("schedstat");
            let text = fs::read_to_string(file).unwrap_or_default();
            let first = text.split(' ').next().and_then(|ns| ns.parse::<u64>().ok());
            first.unwrap_or(0)
        };
        tasks.map(of_task).sum()
    }

    /// Bytes in memory; the system's own buffers for sockets come on top.
    pub fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.expect("a number") * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is free at the moment.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}
