//! An address behind which servers are exchanged, as a name or a balancer is.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Forwards each connection to the port that is set when it is accepted; it stays there.
pub struct Forwarder {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    target: AtomicU16,
    /// Connections of an earlier generation have fallen silent.
    generation: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

impl Forwarder {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        shared.target.store(port, Ordering::SeqCst);
        let accepting = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let target = accepting.target.load(Ordering::SeqCst);
                if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                    accepting.join(&client, &server);
                }
            }
        });
        Forwarder { address, shared }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// For connections that are accepted from now on.
    pub fn lead_to(&self, port: u16) {
        self.shared.target.store(port, Ordering::SeqCst);
    }

    /// Those who are connected stay so: what they send is taken, and nothing comes back.
    pub fn silence(&self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Those who are connected are no more.
    pub fn close(&self) {
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn join(self: &Arc<Self>, client: &TcpStream, server: &TcpStream) {
        let generation = self.generation.load(Ordering::SeqCst);
        for (from, to) in [(client, server), (server, client)] {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            self.open.lock().unwrap().push(from.try_clone().unwrap());
            let shared = self.clone();
            thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(len @ 1..) = from.read(&mut bytes) {
                    let is_heard = shared.generation.load(Ordering::SeqCst) == generation;
                    if is_heard && to.write_all(&bytes[..len]).is_err() {
                        break;
                    }
                }
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }
}
