//! What is no text within a log: an archive, a compressed part, another encoding. Nobody knows what it
//! says, so that the rest is no all-clear; what ordinary logs have of NULs is nothing of the kind.

use crate::run::{doctor, output, tool};

const LINE: &str = r#"{"time":"2026-04-23T09:30:00+08:00","msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1001,"expectToken":"c0e215c0dd194cc589659150dc4e7a6a","actToken":"1ff7f2dbfdcf469797145377f5b18af2"}"#;

const STARTED: &str = "{\"msg\":\"started\"}\n";

/// So many lines that their encoding is theirs.
fn started() -> Vec<u8> {
    STARTED.repeat(500).into_bytes()
}

fn demand_told(name: &str, log: &[u8], place: &str) {
    for (language, says, nothing) in [
        (
            "en",
            "have binary data that could not be read",
            "in the lines that could be read",
        ),
        ("zh", "无法读取的二进制数据", "在能读懂的行中"),
    ] {
        let out = output(&["--lang", language], log);
        let text = String::from_utf8(out.stdout).unwrap();
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(out.status.code(), Some(1), "{name}: {text}");
        assert!(
            flat.contains(says) && flat.contains(place),
            "{name}: {text}"
        );
        assert!(flat.contains(nothing), "{name}: {text}");
    }
    let json = output(&["--json"], log);
    let errors = String::from_utf8(json.stderr).unwrap();
    assert_eq!(json.status.code(), Some(1), "{name}");
    assert!(errors.contains("have binary data"), "{name}: {errors}");
}

#[test]
fn another_encoding_behind_a_log_is_told() {
    let utf_16: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    for bytes in utf_16 {
        let line: Vec<_> = LINE.encode_utf16().flat_map(bytes).collect();
        demand_told("UTF-16", &[started(), line].concat(), "-:501");
    }
}

/// As where two programs of Windows write one file.
#[test]
fn utf_8_behind_utf_16_is_told() {
    let empty =
        r#"{"msg":"【handler】token is empty","uid":"alice","sourceNodeId":1,"deviceFlag":1}"#;
    let utf_16: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    for bytes in utf_16 {
        for line in [LINE, empty] {
            let started = format!("\u{feff}{}", STARTED.repeat(2_000));
            let started: Vec<_> = started.encode_utf16().flat_map(bytes).collect();
            demand_told("UTF-8", &[&started, line.as_bytes()].concat(), "-:");
        }
        // Nothing but Chinese is none.
        let chinese = format!("\u{feff}{}\n", "今天上海的天气是晴天用户很多".repeat(1_000));
        let chinese: Vec<_> = chinese.encode_utf16().flat_map(bytes).collect();
        assert_eq!(output(&[], &chinese).status.code(), Some(0));
    }
}

#[test]
fn a_compressed_part_behind_a_log_is_told() {
    let compressors: [(&str, &[&str]); 6] = [
        ("gzip", &["-c"]),
        ("gzip", &["-9c"]),
        ("zstd", &["-qc"]),
        ("xz", &["-c"]),
        ("xz", &["--format=lzma", "-c"]),
        ("bzip2", &["-c"]),
    ];
    for (name, arguments) in compressors {
        let Some(made) = tool(name, arguments, LINE.as_bytes()) else {
            continue;
        };
        demand_told(name, &[started(), made].concat(), "-:501");
    }
}

#[test]
fn a_compressed_file_of_a_kind_that_is_not_read_is_told() {
    let Some(lzma) = tool("xz", &["--format=lzma", "-c"], LINE.as_bytes()) else {
        return;
    };
    demand_told("lzma", &lzma, "-:1");
    // As tar does: a name, filled up, numbers that end in NUL, and what the file holds.
    let Some(gzip) = tool("gzip", &["-c"], LINE.as_bytes()) else {
        return;
    };
    let mut tar = b"logs/a.gz".to_vec();
    tar.resize(100, 0);
    tar.extend(b"0000644\x000000000\x000000000\x00");
    tar.resize(512, 0);
    tar.extend(gzip);
    tar.resize(10_240, 0);
    demand_told("tar", &tar, "-:1");
}

/// As `pzstd` begins its files.
#[test]
fn a_frame_without_data_is_no_end_of_zstd() {
    let Some(made) = tool("zstd", &["-qc"], LINE.as_bytes()) else {
        return;
    };
    for first in [0x50, 0x5f] {
        let frame = [first, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, b'a', b'b', b'c', b'd'];
        let out = doctor(&[], &[&frame, &*made].concat());
        assert!(out.starts_with("1 failed checks, 1 lines"), "{out}");
    }
}

/// Whatever the lengths are, also where they hold a newline, and wherever a piece was read in parts.
#[test]
fn dockers_raw_stream_is_text() {
    let lengths = (0..300).chain([2_559, 2_560, 2_570, 65_535, 65_536, 300_000]);
    let mut log = Vec::new();
    for length in lengths {
        for stream in [1, 2] {
            log.extend([stream, 0, 0, 0]);
            log.extend(u32::to_be_bytes(length));
            log.extend((1..length).map(|_| b'x'));
            log.extend((length > 0).then_some(b'\n'));
        }
    }
    log.extend(*b"\x02\0\0\0\0\0\x01\x0a");
    let all_clear = output(&[], &log);
    let out = String::from_utf8(all_clear.stdout).unwrap();
    assert_eq!(all_clear.status.code(), Some(0), "{out}");
    log.extend(LINE.as_bytes());
    let out = doctor(&[], &log);
    assert!(
        out.starts_with("1 failed checks") && !out.contains("binary"),
        "{out}"
    );
}

fn journal(len: usize) -> Vec<u8> {
    let field = [&vec![b'x'; len - 1][..], b"\n"].concat();
    let begin = b"__CURSOR=s\n_SELINUX_CONTEXT\n";
    let number = u64::try_from(len).unwrap().to_le_bytes();
    [
        begin,
        &number[..],
        &field,
        b"\nMESSAGE=",
        STARTED.as_bytes(),
    ]
    .concat()
}

/// A banner is one character of Chinese, or a line, over and over.
#[test]
fn a_banner_in_utf_16_is_text() {
    for (character, count) in [("═", 80), ("…", 80), ("呵", 80)] {
        let text = format!("{STARTED}{}\r\n{STARTED}", character.repeat(count));
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let out = output(&[], &[b"\xff\xfe", &utf_16[..]].concat());
        let text = String::from_utf8(out.stdout).unwrap();
        assert_eq!(out.status.code(), Some(0), "{character}: {text}");
    }
}

/// A hole of a sparse file, and what ends each object of GELF over TCP.
#[test]
fn nuls_that_logs_have_are_no_binary_data() {
    let hole = |size| {
        [
            STARTED.as_bytes(),
            &vec![0; size],
            b"\n",
            STARTED.as_bytes(),
        ]
        .concat()
    };
    let logs = [
        hole(30),
        hole(64),
        hole(4_096),
        hole(1_000_000),
        [STARTED.as_bytes(), &[0; 700_000]].concat(),
        b"{\"a\":1}\0{\"a\":2}\0".to_vec(),
        b"{\"a\":1}\n\0{\"a\":2}\n\0".to_vec(),
        // Syslog over TCP; a raw stream of Docker's that ends within a header.
        b"<14>Apr 23 09:00:01 h im: a\0<14>Apr 23 09:00:02 h im: b\0".to_vec(),
        [b"\x01\0\0\0\0\0\0\x02a\n", &b"\x02\0\0"[..]].concat(),
        // A field with a line's end, as `journalctl -o export` writes it.
        journal(11),
        journal(300),
        journal(60_000),
    ];
    for log in logs {
        let out = output(&[], &log);
        let text = String::from_utf8(out.stdout).unwrap();
        assert_eq!(out.status.code(), Some(0), "{text}");
    }
}
