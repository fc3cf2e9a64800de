//! Ctrl-C ends the reading, so that the report is still printed. A second one ends the program.

use std::io::{self, Read};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

const CHUNK: usize = 64 * 1024;

/// Chunks of stdin that are read ahead.
const AHEAD: usize = 8;

/// A program's exit code when it was interrupted.
const INTERRUPTED: i32 = 130;

#[derive(Clone, Default)]
pub struct Interrupt {
    is_set: Arc<AtomicBool>,
    /// Wakes a reader of stdin, which may be waiting for input that never comes.
    stdin: Arc<Mutex<Option<SyncSender<Chunk>>>>,
}

/// `None`: the user has interrupted.
type Chunk = Option<io::Result<Vec<u8>>>;

impl Interrupt {
    pub fn listen() -> Self {
        let interrupt = Interrupt::default();
        let (is_set, stdin) = (interrupt.is_set.clone(), interrupt.stdin.clone());
        // Without a handler, Ctrl-C ends the program, as it does by default.
        let _ = ctrlc::set_handler(move || {
            if is_set.swap(true, Ordering::SeqCst) {
                process::exit(INTERRUPTED);
            }
            let stdin = stdin.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(stdin) = &*stdin {
                // If the queue is full, the reader is awake.
                let _ = stdin.try_send(None);
            }
        });
        interrupt
    }

    /// A reader that ends once the user interrupts.
    pub fn watch<R: Read>(&self, input: R) -> Watched<R> {
        Watched {
            input,
            is_set: self.is_set.clone(),
        }
    }

    /// The same for stdin, which may have no input for hours.
    pub fn stdin(&self) -> Watched<Chunks> {
        let (sender, chunks) = sync_channel(AHEAD);
        *self.stdin.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
        thread::spawn(move || read_stdin(&sender));
        self.watch(Chunks {
            chunks,
            begun: Vec::new(),
            read: 0,
            is_end: false,
        })
    }
}

fn read_stdin(sender: &SyncSender<Chunk>) {
    let mut stdin = io::stdin().lock();
    loop {
        let mut chunk = vec![0; CHUNK];
        let result = stdin.read(&mut chunk).map(|len| {
            chunk.truncate(len);
            chunk
        });
        if matches!(&result, Err(error) if error.kind() == io::ErrorKind::Interrupted) {
            continue;
        }
        let is_last = result.as_ref().map_or(true, Vec::is_empty);
        if sender.send(Some(result)).is_err() || is_last {
            return;
        }
    }
}

pub struct Watched<R> {
    input: R,
    is_set: Arc<AtomicBool>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.is_set.load(Ordering::SeqCst) {
            true => Ok(0),
            false => self.input.read(out),
        }
    }
}

pub struct Chunks {
    chunks: Receiver<Chunk>,
    begun: Vec<u8>,
    read: usize,
    is_end: bool,
}

impl Read for Chunks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read == self.begun.len() && !self.is_end {
            self.read = 0;
            self.begun = match self.chunks.recv() {
                Ok(Some(chunk)) => chunk?,
                _ => Vec::new(),
            };
            self.is_end = self.begun.is_empty();
        }
        let rest = self.begun.get(self.read..).unwrap_or_default();
        let len = rest.len().min(out.len());
        out[..len].copy_from_slice(&rest[..len]);
        self.read += len;
        Ok(len)
    }
}
