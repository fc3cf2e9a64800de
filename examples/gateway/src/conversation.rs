//! What a session says and hears, in whichever protocol; bytes in, bytes out.

use std::io;

/// The longest message that a client may send, now that we know who it is.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// A protocol behind its handshake.
pub trait Conversation: Send {
    /// Takes what was received, in any chunks.
    fn push(&mut self, chunk: &[u8]);

    /// Acts on the next whole message; `None` where there is none yet.
    fn next(&mut self) -> io::Result<Option<Step>>;

    /// What tells the client that it is kicked.
    fn kick(&self, why: &str) -> io::Result<Vec<u8>>;
}

/// What follows from one message.
pub enum Step {
    /// These go back, in this order.
    Reply(Vec<Vec<u8>>),
    /// The client takes its leave.
    End,
}
