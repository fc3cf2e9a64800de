//! A small server that prints `listening ADDRESS`, as a process of its own: with few of what a system
//! has, too.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use crate::gateway_process::{Log, PATIENCE};

/// Ends with the test.
pub struct ServerProcess {
    child: Child,
    log: Arc<Log>,
    pub address: SocketAddr,
    /// Kept open: the server goes on printing to it.
    _stdout: BufReader<ChildStdout>,
}

impl ServerProcess {
    pub fn start(program: &Path, arguments: &[&str]) -> Self {
        Self::spawn(Command::new(program).args(arguments))
    }

    /// The same, with so many file descriptors.
    pub fn start_with_files(files: u32, program: &Path, arguments: &[&str]) -> Self {
        let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let mut shell = Command::new("sh");
        Self::spawn(shell.args(["-c", &script]).arg(program).args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // Otherwise threads reserve address space by 64 MiB, at some time after the start.
        command.env("MALLOC_ARENA_MAX", "1");
        let mut child = command.spawn().expect("the server starts");
        let log = Log::follow(child.stderr.take().unwrap());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening ");
        let address = address.unwrap_or_else(|| panic!("{line:?}; the log says: {}", log.text()));
        ServerProcess {
            child,
            log,
            address: address.trim().parse().unwrap(),
            _stdout: stdout,
        }
    }

    /// From now on it gets so little more memory, address space above all: enough for a few threads.
    #[cfg(target_os = "linux")]
    pub fn limit_memory_to_more_by(&self, bytes: u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
        let kib: u64 = size.unwrap().trim_end_matches("kB").trim().parse().unwrap();
        let mut command = Command::new("prlimit");
        command.args(["--pid", &self.child.id().to_string()]);
        let limited = command.arg(format!("--as={}", kib * 1024 + bytes)).status();
        assert!(limited.expect("prlimit, of util-linux").success());
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Everything that the server answers to `bytes` until it closes; nothing if it resets.
    pub fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // It may be closed already.
        let _ = stream.write_all(bytes);
        read_to_end(&mut stream)
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until the log has a line with `text`, and gives it.
    pub fn log_line(&self, text: &str) -> String {
        self.log.line(text)
    }
}

/// What comes until the peer closes or resets; a peer that does neither fails the test.
pub fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => {
            panic!("it neither answers nor closes: {error}")
        }
        _ => answer,
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
