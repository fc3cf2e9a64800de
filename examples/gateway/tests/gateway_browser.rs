//! Web pages in a real browser: none registers a token at a gateway on its visitor's machine, neither
//! from another port nor under a name that was rebound to it. A person with curl does.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};
use wukongim_test_support::page;

/// A browser may take its time to start.
const REPORT_WITHIN: Duration = Duration::from_secs(120);

const NAME: &str = "evil.example";

/// Whether there are these programs.
fn are_there(programs: &[&str]) -> bool {
    let is_there = |program: &&&str| {
        let mut command = Command::new(program);
        command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let missing: Vec<_> = programs
        .iter()
        .filter(|program| !is_there(program))
        .collect();
    if missing.is_empty() {
        return true;
    }
    assert!(
        std::env::var_os("REQUIRE_TOOLS").is_none(),
        "{missing:?} are missing"
    );
    eprintln!("SKIPPED: {missing:?} are missing (REQUIRE_TOOLS=1 makes that a failure)");
    false
}

/// A server of the attacker's: a page that acts and reports. After it has given the page away, its
/// address is the gateway's, as it is for a browser when a name was rebound.
struct Attacker {
    address: SocketAddr,
    reports: Receiver<String>,
}

impl Attacker {
    /// Its page sends a token to `target`, and says what came of it.
    fn start(target: &str, gateway: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let page = page_against(target);
        let (reporter, reports) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (page, reporter) = (page.clone(), reporter.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &page, &reporter, gateway));
            }
        });
        Attacker { address, reports }
    }

    /// What the page says when it is opened under this name.
    fn visited_as(&self, name: &str) -> String {
        let profile = std::env::temp_dir().join(format!("browser-{}", self.address.port()));
        let url = format!("http://{name}:{}/", self.address.port());
        let browser = Browser::open(&profile, &url);
        let report = self.reports.recv_timeout(REPORT_WITHIN);
        drop(browser);
        let _ = std::fs::remove_dir_all(profile);
        report.expect("the page reports")
    }
}

struct Browser(Child);

impl Browser {
    fn open(profile: &std::path::Path, url: &str) -> Self {
        let mut command = Command::new("chromium");
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ]);
        command.args(["--disable-dev-shm-usage", "--remote-debugging-port=0"]);
        command.arg(format!("--host-resolver-rules=MAP {NAME} 127.0.0.1"));
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.arg(url).stdout(Stdio::null()).stderr(Stdio::null());
        Browser(command.spawn().expect("chromium starts"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// As simple a request as a page can make to another origin without being asked for leave.
fn page_against(target: &str) -> String {
    format!(
        "<!doctype html><script>
        const body = JSON.stringify({{uid: 'alice', token: 's3cret', device_flag: 0}});
        fetch('{target}/user/token', {{method: 'POST', mode: 'no-cors', body}})
            .then(answer => `${{answer.type}} ${{answer.status}}`, error => `error ${{error}}`)
            .then(said => fetch('/report', {{method: 'POST', body: said + '\\n'}}));
        </script>"
    )
}

fn serve(mut stream: TcpStream, page: &str, reporter: &Sender<String>, gateway: SocketAddr) {
    let Some(request) = whole_request(&mut stream) else {
        return;
    };
    let answer = |body: &str| {
        let len = body.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: {len}\r\n\r\n{body}"
        )
    };
    if request.starts_with("GET / ") {
        let _ = stream.write_all(answer(page).as_bytes());
    } else if let Some((_, said)) = request
        .split_once("\r\n\r\n")
        .filter(|_| request.starts_with("POST /report "))
    {
        let _ = stream.write_all(answer("").as_bytes());
        let _ = reporter.send(said.trim_end().to_owned());
    } else {
        let mut upstream = TcpStream::connect(gateway).unwrap();
        upstream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).unwrap();
        let _ = stream.write_all(&answer);
    }
}

/// Head and body; `None` if it is closed before that, as browsers do with connections to spare.
fn whole_request(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let len = stream.read(&mut chunk).ok().filter(|len| *len > 0)?;
        bytes.extend_from_slice(&chunk[..len]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let expected = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= expected.map_or(0, |len| len.parse().unwrap()) {
            return Some(text);
        }
    }
}

fn is_registered(gateway: &GatewayProcess) -> bool {
    Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).is_ok()
}

#[test]
fn a_page_on_another_port_registers_nothing() {
    if !are_there(&["chromium"]) {
        return;
    }
    let gateway = GatewayProcess::start(&[]);
    let attacker = Attacker::start(&format!("http://{}", gateway.http), gateway.http);
    for name in ["127.0.0.1", NAME] {
        // Whatever came back, the browser tells the page nothing of it.
        assert_eq!(attacker.visited_as(name), "opaque 0", "{name}");
        assert!(!is_registered(&gateway), "{name}");
    }
    // The browser did send it.
    gateway.log_line("request refused");
    let refused = r#"endpoint="/user/token",status="403"} 2"#;
    let page = gateway.page("/metrics");
    assert!(page.contains(refused), "{page}");
}

#[test]
fn a_page_under_a_rebound_name_registers_nothing() {
    if !are_there(&["chromium"]) {
        return;
    }
    let gateway = GatewayProcess::start(&[]);
    let attacker = Attacker::start("", gateway.http);
    assert_eq!(attacker.visited_as(NAME), "basic 403");
    assert!(!is_registered(&gateway));

    // The control: it is the name that it fails for.
    let gateway = GatewayProcess::start(&["--allowed-host", NAME]);
    let attacker = Attacker::start("", gateway.http);
    assert_eq!(attacker.visited_as(NAME), "basic 200");
    assert!(is_registered(&gateway));
}

#[test]
fn the_curl_of_the_readme_registers_a_token() {
    if !are_there(&["curl"]) {
        return;
    }
    for readme in ["README.md", "README.zh-CN.md"] {
        let gateway = GatewayProcess::start(&[]);
        let text = page::read(readme);
        let line = text.lines().find(|line| line.starts_with("curl "));
        let line = line
            .expect("a curl")
            .replace("127.0.0.1:5001", &gateway.http.to_string());
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("\"status\":200"), "{readme}: {said}");
        let hello = Hello {
            device_flag: 1,
            ..Hello::new("s3cret")
        };
        assert!(Client::connect(Socket::ws(gateway.ws), hello).is_ok());
    }
}
