//! The whole path in a server: bytes in, verified, bytes out. Buffers are reused from connection to
//! connection.

use std::mem;

use wukongim_auth::frame::Limits;
use wukongim_auth::{
    AcceptOptions, Acceptor, DeviceLevel, Handshake, KeyPolicy, TokenStore, Verifier,
};

use crate::users::NOW;

pub struct Server {
    verifier: Verifier,
    options: AcceptOptions,
    diagnoses: bool,
    received: Vec<u8>,
    pub reply: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Accepted(DeviceLevel),
    /// With a reply.
    Refused,
    /// Without one: the bytes are not a request to connect.
    Closed,
    /// The bytes are incomplete.
    Waiting,
}

impl Server {
    /// As for most figures: the cause of a rejection is the verdict's.
    pub fn new(keys: KeyPolicy) -> Self {
        Server {
            verifier: Verifier::new(),
            options: AcceptOptions::new(keys).with_node_id(1),
            diagnoses: false,
            received: Vec::with_capacity(1024),
            reply: Vec::with_capacity(1024),
        }
    }

    /// Without session keys.
    pub fn plain() -> Self {
        Self::new(KeyPolicy::Never)
    }

    /// Diagnoses each rejection before it answers.
    pub fn diagnosing(mut self) -> Self {
        self.diagnoses = true;
        self
    }

    #[inline]
    pub fn answer<S: TokenStore>(&mut self, store: &S, bytes: &[u8]) -> Outcome {
        self.answer_chunks(store, [bytes])
    }

    #[inline]
    pub fn answer_chunks<'a, S: TokenStore>(
        &mut self,
        store: &S,
        chunks: impl IntoIterator<Item = &'a [u8]>,
    ) -> Outcome {
        self.reply.clear();
        let received = mem::take(&mut self.received);
        let mut acceptor = Acceptor::with_buffer(received).with_json_rpc();
        for chunk in chunks {
            let request = match acceptor.push(chunk) {
                Ok(Some(request)) => request,
                Ok(None) => continue,
                Err(_) => return Outcome::Closed,
            };
            let outcome = match request.handshake() {
                Ok(handshake) => self.judge(store, handshake),
                Err(_) => Outcome::Closed,
            };
            self.received = request.into_remaining();
            return outcome;
        }
        Outcome::Waiting
    }

    /// A chunk that holds the whole request, which is neither copied nor kept.
    #[inline]
    pub fn answer_message<S: TokenStore>(&mut self, store: &S, message: &[u8]) -> Outcome {
        self.reply.clear();
        match Handshake::read_with_json_rpc(message, Limits::default()) {
            Ok((handshake, _)) => self.judge(store, handshake),
            Err(_) => Outcome::Closed,
        }
    }

    #[inline]
    fn judge<S: TokenStore>(&mut self, store: &S, handshake: Handshake<'_>) -> Outcome {
        let credentials = handshake.credentials();
        let verdict = match self.diagnoses {
            true => self.verifier.verify(store, &credentials, NOW),
            false => self.verifier.verdict(store, &credentials, NOW),
        };
        match handshake.answer_into(verdict, &self.options, &mut self.reply) {
            Ok(session) => Outcome::Accepted(session.verified().device_level()),
            Err(_) => Outcome::Refused,
        }
    }
}
