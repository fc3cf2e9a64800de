//! UTF-16, as Windows writes it, read as UTF-8.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};

const CHUNK: usize = 4096;

/// So many bytes of ASCII in a row are UTF-8: in UTF-16, every second one is NUL, and twenty characters
/// of Chinese have others among them.
const MOST_ASCII: usize = 40;

/// Binary data, by which the scanner notices that something could not be read.
const NO_TEXT: [u8; 2] = [0; 2];

/// The byte order of a stream that begins like this, if it is UTF-16.
pub fn encoding(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ if is_utf_16(head, 1) => Some(UTF_16LE),
        _ if is_utf_16(head, 0) => Some(UTF_16BE),
        _ => None,
    }
}

/// In UTF-16, one half of nearly every character is NUL, always the same half. The holes that a
/// rotated log may begin with consist entirely of NULs.
fn is_utf_16(head: &[u8], half: usize) -> bool {
    let nuls = |half: usize| {
        let bytes = head.iter().skip(half).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (these, those) = (nuls(half), nuls(1 - half));
    these > head.len() / 4 && those * 8 < these
}

pub struct Transcoded {
    decoder: Decoder,
    input: Box<dyn Read>,
    raw: Vec<u8>,
    is_end: bool,
    /// Whether the decoder gave all that it had: it may not be asked again.
    is_finished: bool,
    /// Bytes of ASCII in a row up to here, without repetitions, and the last two of them.
    ascii: usize,
    last: [u8; 2],
    other: Other,
}

/// Whether something else than UTF-16 was seen.
#[derive(PartialEq)]
enum Other {
    None,
    Seen,
    Told,
}

impl Transcoded {
    pub fn new(encoding: &'static Encoding, input: Box<dyn Read>) -> Self {
        Transcoded {
            decoder: encoding.new_decoder_with_bom_removal(),
            input,
            raw: Vec::new(),
            is_end: false,
            is_finished: false,
            ascii: 0,
            last: [0; 2],
            other: Other::None,
        }
    }

    /// Whether lines of UTF-8 stand among the others, as where two programs wrote one file.
    fn look(&mut self, bytes: &[u8]) {
        for byte in bytes {
            // A line of one character of Chinese, as banners have them, has the same two bytes.
            let is_same = *byte == self.last[0];
            self.ascii = match byte {
                b' '..=b'~' => self.ascii + usize::from(!is_same),
                _ => 0,
            };
            self.last = [self.last[1], *byte];
            if self.ascii > MOST_ASCII && self.other == Other::None {
                self.other = Other::Seen;
            }
        }
    }
}

impl Read for Transcoded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let (Other::Seen, Some(place)) = (&self.other, out.get_mut(..NO_TEXT.len())) {
            place.copy_from_slice(&NO_TEXT);
            self.other = Other::Told;
            return Ok(NO_TEXT.len());
        }
        while !self.is_finished {
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(&self.raw, out, self.is_end);
            self.raw.drain(..read);
            self.is_finished = self.is_end && result == CoderResult::InputEmpty;
            if written > 0 || result == CoderResult::OutputFull {
                return Ok(written);
            }
            let mut chunk = [0; CHUNK];
            let len = self.input.read(&mut chunk)?;
            self.is_end = len == 0;
            let read = chunk.get(..len).unwrap_or_default();
            self.look(read);
            self.raw.extend_from_slice(read);
        }
        Ok(0)
    }
}
