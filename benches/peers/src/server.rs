//! The whole path as a server walks it: bytes in, verified, bytes out. Buffers are kept from one
//! connection to the next.

use std::mem;

use wukongim_auth::{AcceptOptions, Acceptor, DeviceLevel, Handshake, KeyPolicy, SystemRandom, TokenStore, Verifier};

use crate::users::NOW;

pub struct Server {
    verifier: Verifier,
    options: AcceptOptions,
    random: SystemRandom,
    received: Vec<u8>,
    pub reply: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Accepted(DeviceLevel),
    /// With a reply.
    AcceptError,
    /// Without one: not a request to connect.
    Closed,
    /// The bytes are not all there yet.
    Waiting,
}

impl Server {
    pub fn new(verifier: Verifier, keys: KeyPolicy) -> Self {
        Server {
            verifier,
            options: AcceptOptions::new(NOW).with_node_id(1).with_keys(keys),
            random: SystemRandom::new(),
            received: Vec::with_capacity(1024),
            reply: Vec::with_capacity(1024),
        }
    }

    /// As most figures are taken: without keys, and the cause of a refusal as the verdict knows it.
    pub fn plain() -> Self {
        Self::new(Verifier::new().without_diagnosis(), KeyPolicy::Never)
    }

    #[inline]
    pub fn answer<S: TokenStore>(&mut self, store: &S, bytes: &[u8]) -> Answer {
        self.answer_portions(store, [bytes])
    }

    #[inline]
    pub fn answer_portions<'a, S: TokenStore>(
        &mut self,
        store: &S,
        portions: impl IntoIterator<Item = &'a [u8]>,
    ) -> Answer {
        self.reply.clear();
        let mut acceptor = Acceptor::with_buffer(mem::take(&mut self.received));
        for portion in portions {
            let pending = match acceptor.push(portion) {
                Ok(Some(pending)) => pending,
                Ok(None) => continue,
                Err(_) => return Answer::Closed,
            };
            let answer = match pending.handshake() {
                Ok(handshake) => self.judge(store, handshake),
                Err(_) => Answer::Closed,
            };
            self.received = pending.into_remaining();
            return answer;
        }
        Answer::Waiting
    }

    #[inline]
    fn judge<S: TokenStore>(&mut self, store: &S, handshake: Handshake<'_>) -> Answer {
        let verified = self.verifier.verify(store, &handshake.credentials(), NOW);
        match verified {
            Ok(verified) => {
                let reply = &mut self.reply;
                let session = handshake
                    .accept(verified, &self.options, &self.random, reply)
                    .expect("the client's key is good");
                Answer::Accepted(session.verified().device_level())
            }
            Err(error) => {
                handshake.reject(&error, &mut self.reply);
                Answer::AcceptError
            }
        }
    }
}
