//! Whether a log has what is no text: text has no NUL, while archives, compressed data and UTF-16
//! amid UTF-8 hardly have a hundred bytes without one. Each byte is looked at once.

use memchr::memchr;

/// As many are a hole, as sparse files have it: nothing was written there.
const HOLE: usize = 64;

/// Of the header that the Docker API puts before each piece of a raw stream: a 1 or 2, three NULs,
/// four bytes of a length.
const STREAMS: [u8; 2] = [1, 2];
const FIXED: usize = 3;
const LENGTH: usize = 4;

#[derive(Default)]
pub struct Nuls {
    /// NULs in a row up to here, and the byte before them.
    run: usize,
    before: u8,
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
                self.before = byte;
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
        self.before = text.last().copied().unwrap_or(self.before);
        self.run = usize::from(nul.is_some());
        at + text.len() + self.run
    }

    /// Whether this row of NULs, with this byte behind it, is one that logs have.
    fn ends_well(&mut self, next: Option<u8>) -> bool {
        let length = self.run.checked_sub(FIXED).filter(|len| *len <= LENGTH);
        let length = length.filter(|_| STREAMS.contains(&self.before));
        self.header = length.map_or(0, |begun| LENGTH - begun);
        length.is_some() || self.run >= HOLE || self.separates(next)
    }

    /// GELF over TCP ends each object with one.
    fn separates(&self, next: Option<u8>) -> bool {
        self.run == 1 && self.before == b'}' && matches!(next, None | Some(b'{' | b'\r' | b'\n'))
    }
}
