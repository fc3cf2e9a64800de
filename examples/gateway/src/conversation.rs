//! What a session receives and sends, in either protocol; bytes in, bytes out.

use std::io;

/// The longest message that a client may send once it has authenticated.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// A protocol after its handshake.
pub trait Conversation: Send {
    /// Takes what was received, in any chunks.
    fn push(&mut self, chunk: &[u8]);

    /// Acts on the next complete message; `None` if there is none yet.
    fn next(&mut self) -> io::Result<Option<Step>>;

    /// What tells the client that it is kicked.
    fn kick(&self, why: &str) -> io::Result<Vec<u8>>;
}

/// What follows from one message.
pub enum Step {
    /// These go back, in this order.
    Reply(Vec<Vec<u8>>),
    /// The client disconnects.
    End,
}
