//! A place for what a logger writes.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps what is written to it, and to its clones.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// What `tracing_subscriber` takes as a writer.
    pub fn writer(&self) -> impl Fn() -> Written + Send + Sync + 'static + use<> {
        let written = self.clone();
        move || written.clone()
    }

    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).unwrap()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
