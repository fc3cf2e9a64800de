//! Compressed logs, and other encodings.

use std::fs;
use std::path::{Path, PathBuf};

use super::{NOT_FOUND, V1, bare, demand};
use crate::run::{objects, output, tool};

#[test]
fn compressed_logs_are_read() {
    let line = bare();
    let compressors: [(&str, &[&str]); 4] = [
        ("gzip", &["-c"]),
        ("zstd", &["-qc"]),
        ("xz", &["-c"]),
        ("bzip2", &["-c"]),
    ];
    for (name, arguments) in compressors {
        let Some(made) = tool(name, arguments, line.as_bytes()) else {
            continue;
        };
        demand(name, &line, &made);
        // Rotated parts may be put one behind the other.
        let Some(other) = tool(name, arguments, b"started\n") else {
            continue;
        };
        demand(name, &line, &[other, made.clone()].concat());
        let path = file(name, &made);
        assert_eq!(objects(&[path.to_str().unwrap()], "").len(), 1, "{name}");
        // One that breaks off is told.
        let broken = output(&[], &made[..made.len() - 9]);
        assert_eq!(broken.status.code(), Some(1), "{name}");
        assert!(!broken.stderr.is_empty(), "{name}");
    }
}

#[test]
fn encodings_are_read() {
    for line in [&*bare(), V1, NOT_FOUND, r#"{"msg":"请先进行连接"}"#] {
        for encoding in ["GBK", "GB18030", "UTF-16", "UTF-16LE", "UTF-16BE"] {
            let text = format!("{line}\n");
            let Some(made) = tool("iconv", &["-f", "UTF-8", "-t", encoding], text.as_bytes())
            else {
                return;
            };
            demand(encoding, line, &made);
        }
    }
}

/// As where a copy was made while the last line was written.
#[test]
fn utf_16_that_ends_in_half_a_character_is_read_up_to_there() {
    let line = bare();
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] as [fn(u16) -> [u8; 2]; 2] {
        let text = format!("\u{feff}{line}\n");
        let whole: Vec<_> = text.encode_utf16().flat_map(bytes).collect();
        for half in [
            &b"\n"[..],
            b"{",
            b"\0\xd8\0",
            b"\xd8\0\0",
            b"\xd8\0",
            b"\0\xd8",
        ] {
            demand("half a character", &line, &[&whole, half].concat());
        }
        for len in whole.len() - 40..whole.len() {
            let out = output(&[], &whole[..len]);
            assert_eq!(out.status.code(), Some(1), "{len}");
            assert!(out.stderr.is_empty(), "{len}");
        }
    }
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-wrapped-{name}"));
    fs::write(&path, bytes).unwrap();
    path
}
