//! Without `--json`: a report for people on one capture.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::{Connect, Flags};
use wukongim_test_support::golden;

use crate::run;

const CAPTURES: &str = include_str!("../vectors/sdk_captures.jsonl");

/// The first thing that a real SDK sent.
#[derive(Deserialize)]
struct Captured {
    case: String,
    dir: String,
    hex: String,
    packet: String,
    transport: String,
}

/// The CONNECT of each SDK with a right token, but for those that show what is suspicious.
fn connects() -> Vec<(Vec<u8>, String)> {
    let rows: Vec<Captured> = golden::rows(CAPTURES);
    let connects = rows.into_iter().filter(|row| {
        row.dir == "c2s" && row.packet.eq_ignore_ascii_case("connect") && row.case == "right token"
    });
    connects
        .map(|row| (hex::decode(row.hex).unwrap(), row.transport))
        .collect()
}

fn report(args: &[&str], input: impl Into<Vec<u8>>) -> (String, Option<i32>) {
    let output = run(args, input);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.code(),
    )
}

/// What stands below `suspicious:`.
fn suspicions(report: &str) -> Vec<&str> {
    match report.split_once("suspicious:\n") {
        Some((_, list)) => list
            .lines()
            .map(|line| line.trim_start_matches("  - "))
            .collect(),
        None => Vec::new(),
    }
}

/// As a client sends it, in so many frames.
fn in_frames(payload: &[u8], opcode: u8, fragments: usize) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let chunks: Vec<_> = payload.chunks(payload.len().div_ceil(fragments)).collect();
    let last = chunks.len() - 1;
    let mut frames = Vec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        let opcode = if index == 0 { opcode } else { 0 };
        frames.push(u8::from(index == last) << 7 | opcode);
        match u8::try_from(chunk.len()) {
            Ok(len) if len < 126 => frames.push(0x80 | len),
            _ => {
                frames.push(0x80 | 126);
                frames.extend(u16::try_from(chunk.len()).unwrap().to_be_bytes());
            }
        }
        frames.extend(mask);
        frames.extend(
            chunk
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        // A control frame may come between the fragments of a message.
        frames.extend([0x89, 0x80, 0, 0, 0, 0]);
    }
    frames
}

/// The programs whose dumps are read.
#[derive(Clone, Copy)]
enum Dump {
    Xxd,
    Hexdump,
    Od,
    Wireshark,
}

/// As the program prints it.
fn dump(bytes: &[u8], program: Dump) -> String {
    let mut dump = String::new();
    for (row, line) in bytes.chunks(16).enumerate() {
        let offset = 16 * row;
        let hex: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = line
            .iter()
            .map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            })
            .collect();
        dump += &match program {
            Dump::Xxd => {
                let pairs: Vec<_> = hex.chunks(2).map(<[_]>::concat).collect();
                format!("{offset:08x}: {:<39}  {text}\n", pairs.join(" "))
            }
            Dump::Hexdump => {
                let halves: Vec<_> = hex.chunks(8).map(|half| half.join(" ")).collect();
                format!("{offset:08x}  {:<48}  |{text}|\n", halves.join("  "))
            }
            Dump::Od => format!("{offset:07o} {}\n", hex.join(" ")),
            Dump::Wireshark => format!("{offset:04x}  {:<47}   {text}\n", hex.join(" ")),
        };
    }
    match program {
        Dump::Hexdump => dump + &format!("{:08x}\n", bytes.len()),
        Dump::Od => dump + &format!("{:07o}\n", bytes.len()),
        Dump::Xxd | Dump::Wireshark => dump,
    }
}

const OPENING: &[u8] = b"GET / HTTP/1.1\r\nHost: gateway\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";

#[test]
fn what_sdks_send_is_read_in_every_form_and_is_not_suspicious() {
    let connects = connects();
    assert_eq!(
        connects.len(),
        5,
        "two SDKs over two transports, and an EasySDK"
    );
    for (bytes, transport) in connects {
        let hex = hex::encode(&bytes);
        let words = |word: &str, between: &str| {
            let words: Vec<_> = bytes
                .iter()
                .map(|byte| format!("{word}{byte:02x}"))
                .collect();
            words.join(between)
        };
        let base64 = Base64::encode_string(&bytes);
        let folded: Vec<_> = base64
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let mut forms: Vec<Vec<u8>> = vec![
            bytes.clone(),
            hex.clone().into(),
            hex.to_uppercase().into(),
            format!("4 {hex}\n").into(),
            format!("0x{hex}\n").into(),
            words("", " ").into(),
            words("", ":").into(),
            words("0x", ", ").into(),
            words("\\x", "").into(),
            words("", "\r\n").into(),
            words("", "-").into(),
            ["\u{feff}", &hex].concat().into(),
            dump(&bytes, Dump::Xxd).into(),
            dump(&bytes, Dump::Hexdump).into(),
            dump(&bytes, Dump::Od).into(),
            dump(&bytes, Dump::Wireshark).into(),
            base64.clone().into(),
            folded.join("\n").into(),
            Base64UrlUnpadded::encode_string(&bytes).into(),
        ];
        if transport == "ws" {
            let opcode = if bytes[0] == b'{' { 1 } else { 2 };
            for fragments in 1..=3 {
                let frames = in_frames(&bytes, opcode, fragments);
                forms.push(hex::encode(&frames).into());
                forms.push([OPENING, &frames].concat());
                forms.push(frames);
            }
        }
        for form in forms {
            let shown = String::from_utf8_lossy(&form).into_owned();
            let (report, code) = report(&[], form);
            assert_eq!(
                (suspicions(&report), code),
                (Vec::new(), Some(0)),
                "{shown}: {report}"
            );
            assert!(
                report.contains("\n  uid          \"alice\"\n"),
                "{shown}: {report}"
            );
            assert!(
                report.contains("\n  token        len="),
                "{shown}: {report}"
            );
            assert!(
                report.ends_with("\nnothing suspicious\n"),
                "{shown}: {report}"
            );
        }
    }
}

/// A CONNECT as the native SDKs send it.
fn connect(version: u8, uid: &str, device_flag: u8, token: &str) -> Vec<u8> {
    let key = Base64::encode_string(&[9; 32]);
    let mut connect = Connect::new(version, uid, DeviceFlag::from(device_flag), token);
    connect.device_id = "d";
    connect.client_key = &key;
    let mut bytes = Vec::new();
    connect.encode(Flags::default(), &mut bytes).unwrap();
    bytes
}

#[test]
fn every_version_is_read() {
    for version in 0..=7 {
        let (report, code) = report(&[], connect(version, "u", 0, "t"));
        assert!(
            report.contains(&format!("CONNECT of protocol version {version}, ")),
            "{report}"
        );
        assert_eq!(code, Some(0), "{report}");
    }
}

#[test]
fn what_is_suspicious_is_said() {
    struct Case {
        capture: Vec<u8>,
        suspicions: &'static [&'static str],
    }
    let json = |params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":"1","method":"connect","params":{{{params}}}}}"#)
            .into_bytes()
    };
    let mut without_key = Vec::new();
    Connect::new(4, "u", DeviceFlag::App, "t")
        .encode(Flags::default(), &mut without_key)
        .unwrap();
    let long = "x".repeat(9000);
    let cases = [
        Case {
            capture: connect(4, "u", 0, " t"),
            suspicions: &["the token is surrounded by whitespace"],
        },
        Case {
            capture: connect(4, "u", 0, "undefined"),
            suspicions: &["the token is a placeholder, such as undefined or ${token}"],
        },
        Case {
            capture: connect(4, "u", 0, "token=t\0"),
            suspicions: &[
                "the token contains invisible characters",
                "the token is preceded by a name, as in `token=…`, which is not part of it",
            ],
        },
        Case {
            capture: connect(4, "用户", 0, "t"),
            suspicions: &["the uid is not ASCII, which the Android SDK (1.5.5) cannot encode"],
        },
        Case {
            capture: connect(4, "u", 3, "t"),
            suspicions: &["the device flag is none of 0 (APP), 1 (WEB) and 2 (PC)"],
        },
        Case {
            capture: without_key,
            suspicions: &["the client sent no key, and session keys are required. Fix: "],
        },
        Case {
            capture: in_frames(&connect(4, "u", 0, "t"), 2, 1),
            suspicions: &["the device flag is APP: the JavaScript SDK, "],
        },
        Case {
            capture: json(r#""uid":"u","token":"t","deviceFlag":4"#),
            suspicions: &[
                "the device flag is none of 0 (APP), 1 (WEB) and 2 (PC)",
                "EasySDKs for Android and iOS up to 1.0.2 send this flag for other devices; ",
            ],
        },
        Case {
            capture: json(r#""uid":"u","token":"t""#),
            suspicions: &["the device flag is missing, and the client is treated as APP (0)"],
        },
        Case {
            capture: connect(4, "u", 0, &long),
            suspicions: &["a server with default limits rejects it: "],
        },
    ];
    for case in cases {
        let (report, code) = report(&[], case.capture);
        let found = suspicions(&report);
        assert_eq!(code, Some(1), "{report}");
        assert_eq!(found.len(), case.suspicions.len(), "{report}");
        for (found, expected) in found.iter().zip(case.suspicions) {
            assert!(found.starts_with(expected), "{found} is not {expected}");
        }
    }
}

#[test]
fn what_is_no_connect_is_named() {
    let ping_in_frame = in_frames(b"\x70", 2, 1);
    let compressed = [&[ping_in_frame[0] | 0x40], &ping_in_frame[1..]].concat();
    let cases: [(&[u8], &str); 11] = [
        (b"", "nothing was captured"),
        (
            b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
            "the connection begins with HTTP, not with CONNECT. Fix: ",
        ),
        (OPENING, "the request is incomplete"),
        (
            b"SSH-2.0-OpenSSH_9.6\r\n",
            "the connection begins with SSH, ",
        ),
        (
            b"PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\n",
            "the connection begins with a PROXY protocol header (v1), ",
        ),
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            "the connection begins with TLS, ",
        ),
        (
            b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04abcd",
            "the connection begins with MQTT, ",
        ),
        (
            b"10160400000164",
            "the request is incomplete, bytes missing: 17",
        ),
        (b"70", "the first frame is PING, not CONNECT"),
        (
            &ping_in_frame[..3],
            "the capture ends within a WebSocket frame",
        ),
        (
            &compressed,
            "the WebSocket message is compressed (permessage-deflate)",
        ),
    ];
    for (capture, expected) in cases {
        let (report, code) = report(&[], capture);
        assert_eq!(code, Some(1), "{report}");
        assert!(
            suspicions(&report)[0].starts_with(expected),
            "{expected}: {report}"
        );
    }
}

#[test]
fn text_that_is_nearly_hex_says_where_it_is_not() {
    let (report, code) = report(&[], "10 16 04 0g\n");
    assert_eq!(code, Some(1));
    let last = "read as text; it is not hex either: \"0g\" is not a whole number of bytes in hex";
    assert_eq!(suspicions(&report).last(), Some(&last), "{report}");
}

#[test]
fn a_conversation_is_listed_frame_by_frame() {
    let rows: Vec<Captured> = golden::rows(CAPTURES);
    let connack = rows.iter().find(|row| row.packet == "CONNACK").unwrap();
    let connack = hex::decode(&connack.hex).unwrap();
    let capture = [&connect(4, "u", 0, "t")[..], b"\x70"].concat();
    assert!(
        report(&[], capture)
            .0
            .contains("\nPING, 1 byte\nnothing suspicious\n")
    );
    let (listed, code) = report(
        &[],
        [&connack[..], b"\x80\x90\x03\x0c\x00\x00\x10"].concat(),
    );
    assert_eq!(code, Some(1));
    for line in [
        "CONNACK: ",
        "PONG, 1 byte\n",
        "DISCONNECT: ",
        "the start of a frame, 1 byte\n",
    ] {
        assert!(listed.contains(line), "{line} in {listed}");
    }
}

#[test]
fn a_token_is_shown_only_if_that_is_asked_for() {
    let capture = connect(4, "u", 0, "s3cret-of-alice");
    for capture in [hex::encode(&capture).into_bytes(), capture] {
        let (hidden, _) = report(&[], capture.clone());
        assert!(!hidden.contains("s3cret"), "{hidden}");
        assert!(hidden.contains("  token        len=15 sha256="), "{hidden}");
        let (shown, _) = report(&["--reveal"], capture);
        assert!(
            shown.contains("  token        \"s3cret-of-alice\"\n"),
            "{shown}"
        );
    }
}
