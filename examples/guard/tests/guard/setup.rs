//! What stands behind the guard, and the guard in front of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

use crate::model::Model;

/// The guard in front of these three addresses.
pub fn guard_before([http, tcp, ws]: [&str; 3], arguments: &[&str]) -> GatewayProcess {
    let upstream = [
        format!("--upstream-http={http}"),
        format!("--upstream-tcp={tcp}"),
        format!("--upstream-ws={ws}"),
    ];
    let mut all: Vec<&str> = upstream.iter().map(String::as_str).collect();
    all.extend(arguments);
    GatewayProcess::start_program("wukongim-guard", &[], &all)
}

/// The guard in front of a gateway, which shows no tokens: what is registered through it is all it
/// knows.
pub fn guard_before_gateway(arguments: &[&str]) -> (GatewayProcess, GatewayProcess) {
    let gateway = GatewayProcess::start(&[]);
    let addresses = [gateway.http, gateway.tcp, gateway.ws].map(|address| address.to_string());
    let addresses = addresses.each_ref().map(String::as_str);
    let guard = guard_before(addresses, &[&["--compare-interval=0"], arguments].concat());
    (guard, gateway)
}

/// The guard before this API, and a port that accepts every connection.
pub fn before(model: &Model, arguments: &[&str]) -> (GatewayProcess, Recorder) {
    let tcp = Recorder::start();
    let address = tcp.address.to_string();
    let guard = guard_before([&model.server.address, &address, &nobody()], arguments);
    (guard, tcp)
}

/// A guard that knows alice, before ports that record.
pub fn before_recorders(arguments: &[&str]) -> (GatewayProcess, Model, [Recorder; 2]) {
    let (model, recorders) = (Model::start(), [Recorder::start(), Recorder::start()]);
    model.register("alice", 0, "s3cret");
    let [tcp, ws] = recorders.each_ref().map(|port| port.address.to_string());
    let guard = guard_before([&model.server.address, &tcp, &ws], arguments);
    (guard, model, recorders)
}

/// Waits until it is so; fails if it never is.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A port that counts who comes, and keeps what each says.
pub struct Recorder {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    /// Keeps all that comes, and answers the first of it with a byte: the guard lets nothing behind a
    /// request to connect through before.
    pub fn start() -> Self {
        Self::answering(b"!")
    }

    /// Keeps all that comes, and answers nothing.
    pub fn silent() -> Self {
        Self::answering(b"")
    }

    fn answering(answer: &'static [u8]) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = heard.clone();
        let mut recorder = Self::serving(move |stream, number| {
            let mut stream = stream;
            let mut chunk = [0; 4096];
            while let Ok(len @ 1..) = stream.read(&mut chunk) {
                let mut heard: std::sync::MutexGuard<'_, Vec<Vec<u8>>> = kept.lock().unwrap();
                let connections = heard.len().max(number + 1);
                heard.resize(connections, Vec::new());
                let is_first = heard[number].is_empty();
                heard[number].extend(&chunk[..len]);
                drop(heard);
                if is_first {
                    let _ = stream.write_all(answer);
                }
            }
        });
        recorder.heard = heard;
        recorder
    }

    /// Does this with each connection, which has its number.
    pub fn serving(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, serve) = (connections.clone(), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let serve = serve.clone();
                thread::spawn(move || serve(stream, number));
            }
        });
        Recorder {
            address,
            connections,
            heard: Arc::default(),
        }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn heard(&self, number: usize) -> Vec<u8> {
        let heard = self.heard.lock().unwrap();
        heard.get(number).cloned().unwrap_or_default()
    }
}

/// A port where nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
