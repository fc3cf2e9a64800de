//! Whether a log has what is no text: text has no NUL, while archives, compressed data and UTF-16
//! amid UTF-8 hardly have a hundred bytes without one. Each byte is looked at once.

use memchr::memchr;

/// As many are a hole, as sparse files have it, or what a crash left: nothing was written there.
const HOLE: usize = 24;

/// Of the header that the Docker API puts before each piece of a raw stream: a 1 or 2, three NULs,
/// four bytes of a length.
const STREAMS: [u8; 2] = [1, 2];
const FIXED: usize = 3;
const LENGTH: usize = 4;

/// Of the length that journald's exports put before a field with line ends, behind its name.
const JOURNAL_LENGTH: usize = 8;

/// Bytes before a row of NULs that tell what it is.
const CONTEXT: usize = 3;

#[derive(Default)]
pub struct Nuls {
    /// NULs in a row up to here, and the bytes before them.
    run: usize,
    before: [u8; CONTEXT],
    /// Bytes of a header that are still to come.
    header: usize,
    is_found: bool,
}

impl Nuls {
    /// Where in these bytes, which follow those before, the first is known that no text has.
    pub fn find(&mut self, bytes: &[u8], is_end: bool) -> Option<usize> {
        if self.is_found {
            return None;
        }
        let found = self.search(bytes).or_else(|| {
            let is_open = is_end && self.run > 0;
            (is_open && !self.ends_well(None)).then_some(bytes.len())
        });
        self.is_found = found.is_some();
        found
    }

    fn search(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.run > 0 && byte != 0 {
                if !self.ends_well(Some(byte)) {
                    return Some(at);
                }
                self.run = 0;
            }
            if self.run > 0 {
                self.run += 1;
                at += 1;
            } else if self.header > 0 {
                self.header -= 1;
                self.remember(&[byte]);
                at += 1;
            } else {
                at = self.next_run(bytes, at);
            }
        }
        None
    }

    /// Begins the next row of NULs, and says where it goes on.
    fn next_run(&mut self, bytes: &[u8], at: usize) -> usize {
        let rest = bytes.get(at..).unwrap_or_default();
        let nul = memchr(0, rest);
        let text = rest.get(..nul.unwrap_or(rest.len())).unwrap_or_default();
        self.remember(text);
        self.run = usize::from(nul.is_some());
        at + text.len() + self.run
    }

    fn remember(&mut self, text: &[u8]) {
        for byte in text
            .get(text.len().saturating_sub(CONTEXT)..)
            .unwrap_or_default()
        {
            self.before.rotate_left(1);
            if let Some(last) = self.before.last_mut() {
                *last = *byte;
            }
        }
    }

    fn last(&self) -> u8 {
        self.before.last().copied().unwrap_or_default()
    }

    /// Whether this row of NULs, with this byte behind it, is one that logs have.
    fn ends_well(&mut self, next: Option<u8>) -> bool {
        let length = self.run.checked_sub(FIXED).filter(|len| *len <= LENGTH);
        let length = length.filter(|_| STREAMS.contains(&self.last()));
        self.header = length.map_or(0, |begun| LENGTH - begun);
        let is_cut = next.is_none() && self.run < FIXED && STREAMS.contains(&self.last());
        length.is_some() || is_cut || self.run >= HOLE || self.separates(next) || self.is_journals()
    }

    /// GELF and syslog over TCP may end each message with one.
    fn separates(&self, next: Option<u8>) -> bool {
        self.run == 1 && matches!(next, None | Some(b'{' | b'<' | b'\r' | b'\n'))
    }

    /// A number of eight bytes below 65,536, with a line's end before it.
    fn is_journals(&self) -> bool {
        let number = JOURNAL_LENGTH.checked_sub(self.run);
        let end = number.and_then(|len| CONTEXT.checked_sub(len + 1));
        end.is_some_and(|end| self.before.get(end) == Some(&b'\n'))
    }
}
