//! A line between an SDK and the gateway: it counts how often the SDK dials, sees whether it hangs
//! up, and can be cut, all without asking the SDK.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use wukongim_test_support::gateway_process::PATIENCE;

/// Lives as long as the test.
pub struct Line {
    pub address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    calls: Mutex<Vec<Call>>,
    changed: Condvar,
}

/// One connection; empty once it has ended.
type Call = Option<[TcpStream; 2]>;

impl Line {
    pub fn to(gateway: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(gateway) else {
                    continue;
                };
                let _ = shared.carry([client, server]);
            }
        });
        Line { address, state }
    }

    /// How often the SDK has dialled.
    pub fn dials(&self) -> usize {
        self.state.calls.lock().unwrap().len()
    }

    /// Waits until it has dialled this often.
    pub fn has_dialled(&self, times: usize) {
        self.wait(PATIENCE, &format!("{times} dials"), |calls| {
            calls.len() >= times
        });
    }

    /// Waits until nothing is connected.
    pub fn is_closed(&self) {
        self.wait(PATIENCE, "the end of all connections", |calls| {
            calls.iter().all(Option::is_none)
        });
    }

    /// Breaks what is connected, as a lost network would.
    pub fn cut(&self) {
        for stream in self.state.calls.lock().unwrap().iter().flatten().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn wait(&self, patience: Duration, what: &str, done: impl Fn(&Vec<Call>) -> bool) {
        let calls = self.state.calls.lock().unwrap();
        let (calls, _) = self
            .state
            .changed
            .wait_timeout_while(calls, patience, |calls| !done(calls))
            .unwrap();
        assert!(
            done(&calls),
            "{what} did not come: {} dials, {} open",
            calls.len(),
            calls.iter().flatten().count()
        );
    }
}

impl State {
    fn carry(self: &Arc<Self>, [client, server]: [TcpStream; 2]) -> io::Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(Some([client.try_clone()?, server.try_clone()?]));
            calls.len() - 1
        };
        self.changed.notify_all();
        let (up, down) = ([client.try_clone()?, server.try_clone()?], [server, client]);
        let state = self.clone();
        std::thread::spawn(move || {
            let up = std::thread::spawn(|| pump(up));
            pump(down);
            let _ = up.join();
            state.calls.lock().unwrap()[number] = None;
            state.changed.notify_all();
        });
        Ok(())
    }
}

/// One direction, to its end.
fn pump([mut from, mut to]: [TcpStream; 2]) {
    match io::copy(&mut from, &mut to) {
        Ok(_) => {
            let _ = to.shutdown(Shutdown::Write);
        }
        Err(_) => {
            let _ = to.shutdown(Shutdown::Both);
            let _ = from.shutdown(Shutdown::Both);
        }
    }
}
