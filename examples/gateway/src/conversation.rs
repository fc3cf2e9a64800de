//! What a session receives and sends, in either protocol; bytes in, bytes out.

use std::io;

/// The longest message that a client may send once it has authenticated.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// A protocol after its handshake.
pub trait Conversation: Send {
    /// Takes received bytes, in any chunks.
    fn push(&mut self, chunk: &[u8]);

    /// Handles the next complete message; `None` if there is none yet.
    fn next(&mut self) -> io::Result<Option<Step>>;

    /// The message that tells the client that it is kicked.
    fn kick(&self, why: &str) -> io::Result<Vec<u8>>;
}

/// The result of one message.
pub enum Step {
    /// Replies, in this order.
    Reply(Vec<Vec<u8>>),
    /// The client disconnects.
    End,
}
