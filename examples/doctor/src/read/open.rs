//! Opens a log and converts it to UTF-8, as far as that is possible for a whole stream:
//! decompression, and UTF-16. GBK, which only single lines show, is converted later.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::interrupt::Interrupt;
use super::utf_16::{self, Transcoded};
use crate::problem::Problem;

/// The beginning of a stream, which is read to find out its format.
const HEAD: usize = 4096;

/// Archives within archives are read up to this depth.
const MAX_LAYERS: usize = 3;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Frames that hold no data may come before the others: the first byte's last half is any.
const ZSTD_SKIPPABLE: &[u8] = &[0x2a, 0x4d, 0x18];
const XZ: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const BZIP2: &[u8] = b"BZh";
const ZIP: &[u8] = b"PK\x03\x04";
const UTF_32: [&[u8]; 2] = [&[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff]];
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

type Input = Box<dyn Read>;

/// Opens a file, or stdin for `-`; it ends when the user interrupts. `on` wraps what is read from
/// the file itself, to show the progress.
pub fn open(
    path: &Path,
    interrupt: &Interrupt,
    on: impl FnOnce(Input) -> Input,
) -> io::Result<Input> {
    let raw: Input = match path == Path::new("-") {
        true => Box::new(interrupt.stdin()),
        false => Box::new(interrupt.watch(File::open(path)?)),
    };
    decoded(on(raw))
}

fn decoded(mut input: Input) -> io::Result<Input> {
    for _ in 0..MAX_LAYERS {
        let head = head(&mut input)?;
        let rest: Input = Box::new(Cursor::new(head.clone()).chain(input));
        input = match () {
            () if head.starts_with(GZIP) => Box::new(flate2::read::MultiGzDecoder::new(rest)),
            () if is_zstd(&head) => Box::new(zstd::stream::read::Decoder::new(rest)?),
            () if head.starts_with(XZ) => {
                Box::new(liblzma::read::XzDecoder::new_multi_decoder(rest))
            }
            () if head.starts_with(BZIP2) => Box::new(bzip2::read::MultiBzDecoder::new(rest)),
            () if head.starts_with(ZIP) => {
                return Err(Problem::Zip.into());
            }
            () if UTF_32.iter().any(|mark| head.starts_with(mark)) => {
                return Err(Problem::Utf32.into());
            }
            () => return Ok(as_utf_8(&head, rest)),
        };
    }
    Ok(input)
}

fn is_zstd(head: &[u8]) -> bool {
    let is_skippable =
        |head: &[u8]| matches!(head, [0x50..=0x5f, rest @ ..] if rest.starts_with(ZSTD_SKIPPABLE));
    head.starts_with(ZSTD) || is_skippable(head)
}

/// Waits only for a few bytes: the rest may come hours later.
fn head(input: &mut Input) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD];
    let mut len = 0;
    while len < XZ.len() {
        match input.read(head.get_mut(len..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(len);
    Ok(head)
}

fn as_utf_8(head: &[u8], mut rest: Input) -> Input {
    if head.starts_with(BYTE_ORDER_MARK) {
        let mut mark = [0; BYTE_ORDER_MARK.len()];
        // These bytes are already available: the head was read.
        return match rest.read_exact(&mut mark) {
            Ok(()) => rest,
            Err(_) => Box::new(io::empty()),
        };
    }
    match utf_16::encoding(head) {
        Some(encoding) => Box::new(Transcoded::new(encoding, rest)),
        None => rest,
    }
}
