//! A store that shows whether a client was answered before the cause was looked for.

use std::convert::Infallible;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{DeviceFlag, DeviceFlags, MemoryStore, TokenRecord, TokenStore};
use wukongim_test_support::gateway_process::PATIENCE;
use wukongim_test_support::records::{alice_has, issued};

use crate::client::{connect, reason};

/// alice's token. A lookup of other flags, which is part of a diagnosis, waits until the client has its
/// answer and the end of the connection.
pub struct PatientStore {
    records: MemoryStore,
    answered: Mutex<Receiver<()>>,
    diagnosed: Mutex<Sender<bool>>,
}

/// The client's side.
pub struct Waiting {
    answered: Sender<()>,
    diagnosed: Receiver<bool>,
}

impl PatientStore {
    pub fn new() -> (Self, Waiting) {
        let (answered, is_answered) = channel();
        let (is_diagnosed, diagnosed) = channel();
        let store = PatientStore {
            records: alice_has([(DeviceFlag::App, issued("s3cret"))]),
            answered: Mutex::new(is_answered),
            diagnosed: Mutex::new(is_diagnosed),
        };
        let waiting = Waiting {
            answered,
            diagnosed,
        };
        (store, waiting)
    }
}

impl TokenStore for PatientStore {
    type Error = Infallible;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        self.records.get(uid, flag)
    }

    fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Infallible> {
        if flags.contains(DeviceFlag::App) {
            return self.records.get_all(uid, flags);
        }
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let is_answered = answered.recv_timeout(PATIENCE).is_ok();
        let diagnosed = self.diagnosed.lock();
        let diagnosed = diagnosed.unwrap_or_else(PoisonError::into_inner);
        let _ = diagnosed.send(is_answered);
        self.records.get_all(uid, flags)
    }
}

impl Waiting {
    /// The client has its answer, and its connection is closed: whether that came first.
    pub fn came_first(self) -> bool {
        self.answered.send(()).unwrap();
        self.diagnosed.recv_timeout(2 * PATIENCE).unwrap()
    }
}

/// A client with a wrong token, to the end of its connection; and whether that was before its diagnosis.
pub fn is_answered_first(address: SocketAddr, waiting: Waiting) -> bool {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(2 * PATIENCE + Duration::from_secs(10)))
        .unwrap();
    std::io::Write::write_all(&mut stream, &connect("s3cres")).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    assert_eq!(reason(&reply), ReasonCode::AuthFail);
    waiting.came_first()
}
