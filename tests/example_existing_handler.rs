//! The example `existing_handler`, started and spoken to with the bytes of a real client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use wukongim_test_support::program;

/// The JS SDK 1.0.4's CONNECT: `alice`, WEB, `alice-web-token`.
const CONNECT: &[u8] = b"\x10\x73\x02\x01\
    \x00\x2110ae2855123ae2e2b8017c17ea46085dW\
    \x00\x05alice\
    \x00\x0falice-web-token\
    \x00\x00\x01\xa2\x01\xd7\xce\xed\
    \x00\x2clDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";

struct Server {
    process: Child,
    address: String,
    /// Kept open: the server goes on printing to it.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(program::example("existing_handler"))
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("listening ")
            .expect(&line)
            .trim()
            .to_owned();
        Server {
            process,
            address,
            _stdout: stdout,
        }
    }

    /// Everything that the server answers to `bytes`.
    fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    fn stop(mut self) -> String {
        self.process.kill().unwrap();
        let mut log = String::new();
        self.process
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        self.process.wait().unwrap();
        log
    }
}

fn connack(reason: u8) -> Vec<u8> {
    [&b"\x20\x0d"[..], &[0; 8], &[reason], &[0; 4]].concat()
}

#[test]
fn a_real_client_is_verified() {
    let mut says_app = CONNECT.to_vec();
    says_app[3] = 0;
    let wrong_token: Vec<u8> = CONNECT
        .iter()
        .map(|b| if *b == b'k' { b'q' } else { *b })
        .collect();

    let server = Server::start();
    assert_eq!(server.answer(CONNECT), connack(1));
    assert_eq!(server.answer(&says_app), connack(2));
    assert_eq!(server.answer(&wrong_token), connack(2));
    let log = server.stop();

    assert!(
        log.contains("cause=issued_for_other_flag uid=\"alice\" deviceFlag=APP"),
        "{log}"
    );
    assert!(
        log.contains("cause=mismatch uid=\"alice\" deviceFlag=WEB"),
        "{log}"
    );
    assert!(
        log.contains("fix: Issue the token with POST /user/token and device_flag=0"),
        "{log}"
    );
    assert!(
        !log.contains("alice-web-token"),
        "a token in the log: {log}"
    );
}
