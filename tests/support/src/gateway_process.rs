//! The example gateway as a process of its own, on ports that are free.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::program;

/// How long anything may take before a test gives up: far above what it takes.
pub const PATIENCE: Duration = Duration::from_secs(30);

const GATEWAY: &str = "wukongim-gateway";

/// Ends with the test.
pub struct GatewayProcess {
    child: Child,
    log: Arc<Log>,
    pub http: SocketAddr,
    pub tcp: SocketAddr,
    pub ws: SocketAddr,
}

impl GatewayProcess {
    /// Starts on free ports, with these arguments besides.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(&[], arguments)
    }

    /// The same, with these variables in its environment.
    pub fn start_in(environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        Self::start_program(GATEWAY, environment, arguments)
    }

    /// The same with another program that listens and says so as the gateway does.
    pub fn start_program(package: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = command(&[], package, arguments);
        command.envs(environment.iter().copied());
        Self::spawn(command)
    }

    /// The same as the child of a program that runs what its arguments name, such as `unshare`.
    pub fn start_under(wrapper: &[&str], arguments: &[&str]) -> Self {
        Self::spawn(command(wrapper, GATEWAY, arguments))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the gateway starts");
        let log = Log::follow(child.stderr.take().unwrap());
        let mut ready = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut ready).unwrap();
        let address = |name: &str| {
            let mut words = ready.split_whitespace();
            let word = words
                .find_map(|word| word.strip_prefix(name))
                .unwrap_or_else(|| {
                    panic!("no {name} in {ready:?}; the log says: {}", log.text());
                });
            word.parse().unwrap()
        };
        assert!(ready.starts_with("ready http="), "{ready:?}");
        GatewayProcess {
            http: address("http="),
            tcp: address("tcp="),
            ws: address("ws="),
            log,
            child,
        }
    }

    /// Runs one that is to fail at its start; one that goes on is ended, and fails the test.
    pub fn run(arguments: &[&str]) -> Output {
        let mut child = command(&[], GATEWAY, arguments).spawn().unwrap();
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if started.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("it goes on: {:?}", child.wait_with_output());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.wait_with_output().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A line of `/proc/<pid>/status`: `VmRSS` is what it has in memory now, `VmHWM` the most that it
    /// ever had.
    pub fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until the log has a line with `text`, and gives it.
    pub fn log_line(&self, text: &str) -> String {
        self.log.line(text)
    }

    /// `POST`s JSON; gives the HTTP status and the body.
    pub fn post(&self, path: &str, body: &str, headers: &str) -> (u16, Value) {
        self.request("POST", path, body, headers)
    }

    /// The body of a page, which is there.
    pub fn page(&self, path: &str) -> String {
        let (status, body) = self.exchange("GET", path, "", "");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Any request; gives the HTTP status and the body, `null` where that is no JSON.
    pub fn request(&self, method: &str, path: &str, body: &str, headers: &str) -> (u16, Value) {
        let (status, body) = self.exchange(method, path, body, headers);
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    fn exchange(&self, method: &str, path: &str, body: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let len = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {len}"
        );
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).expect("a status").parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        (status, body.to_owned())
    }

    /// Registers a token as the business server would.
    pub fn issue(&self, uid: &str, token: &str, device_flag: u8, device_level: u8) {
        let body = serde_json::json!({
            "uid": uid, "token": token, "device_flag": device_flag, "device_level": device_level
        });
        let answer = self.post("/user/token", &body.to_string(), "");
        assert_eq!(answer, (200, serde_json::json!({"status": 200})));
    }

    /// Clears tokens as the business server would.
    pub fn quit(&self, uid: &str, device_flag: i64) {
        let body = serde_json::json!({"uid": uid, "device_flag": device_flag});
        let answer = self.post("/user/device_quit", &body.to_string(), "");
        assert_eq!(answer, (200, serde_json::json!({"status": 200})));
    }

    /// Keeps its connections, and does nothing. Returns when all of its threads have stopped.
    pub fn pause(&self) {
        self.signal("-STOP");
        let threads = format!("/proc/{}/task", self.pid());
        let is_stopped = |thread: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            // `pid (name) state …`
            stat.rsplit_once(") ")
                .is_none_or(|(_, state)| state.starts_with('T'))
        };
        let have_stopped = || {
            let mut threads = std::fs::read_dir(&threads).unwrap();
            threads.all(|thread| is_stopped(thread.unwrap()))
        };
        while !have_stopped() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it as whatever runs services does; gives all of its log.
    pub fn log_to_its_end(mut self) -> String {
        self.signal("-TERM");
        self.child.wait().unwrap();
        self.log.to_its_end()
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ctrl-C.
    pub fn interrupt(self) -> ExitStatus {
        self.end_by("-INT")
    }

    /// As whatever runs services ends it.
    pub fn terminate(self) -> ExitStatus {
        self.end_by("-TERM")
    }

    fn end_by(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }
}

impl Drop for GatewayProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `POST`s JSON to a gateway that may be gone; gives the HTTP status.
pub fn try_post(http: SocketAddr, path: &str, body: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect(http)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let len = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {len}"
    );
    write!(stream, "{head}\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
    status.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn command(wrapper: &[&str], package: &str, arguments: &[&str]) -> Command {
    let program = program(package);
    let mut command = match wrapper {
        [] => Command::new(program),
        [wrapper, own @ ..] => {
            let mut command = Command::new(wrapper);
            command.args(own).arg(program);
            command
        }
    };
    let free_ports = [
        "--http=127.0.0.1:0",
        "--tcp=127.0.0.1:0",
        "--ws=127.0.0.1:0",
    ];
    let name = |argument: &str| argument.split_once('=').map(|(name, _)| name.to_owned());
    for port in free_ports {
        if !arguments
            .iter()
            .any(|argument| name(argument) == name(port))
        {
            command.arg(port);
        }
    }
    command.args(arguments).env_remove("MANAGER_TOKEN");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the process has written to stderr so far.
#[derive(Default)]
pub(crate) struct Log {
    lines: Mutex<Vec<String>>,
    has_ended: AtomicBool,
    grown: Condvar,
}

impl Log {
    pub(crate) fn follow(stderr: impl Read + Send + 'static) -> Arc<Self> {
        let log = Arc::new(Log::default());
        let followed = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                followed.lines.lock().unwrap().push(line);
                followed.grown.notify_all();
            }
            let _lines = followed.lines.lock().unwrap();
            followed.has_ended.store(true, Ordering::Relaxed);
            followed.grown.notify_all();
        });
        log
    }

    pub(crate) fn text(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    fn to_its_end(&self) -> String {
        let lines = self.lines.lock().unwrap();
        let goes_on = |_: &mut Vec<String>| !self.has_ended.load(Ordering::Relaxed);
        let (lines, waited) = self
            .grown
            .wait_timeout_while(lines, PATIENCE, goes_on)
            .unwrap();
        assert!(!waited.timed_out(), "its log has no end");
        lines.join("\n")
    }

    pub(crate) fn line(&self, text: &str) -> String {
        let has_none = |lines: &mut Vec<String>| !lines.iter().any(|line| line.contains(text));
        let lines = self.lines.lock().unwrap();
        let (lines, _) = self
            .grown
            .wait_timeout_while(lines, PATIENCE, has_none)
            .unwrap();
        let line = lines.iter().find(|line| line.contains(text));
        line.unwrap_or_else(|| panic!("no {text:?} in the log:\n{}", lines.join("\n")))
            .clone()
    }
}
