use proptest::prelude::*;

use super::*;

fn addresses(source: &str, destination: &str) -> Header {
    Header {
        addresses: Some(Addresses {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        }),
    }
}

const UNKNOWN: Header = Header { addresses: None };

/// A header of version 2.
fn v2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).unwrap().to_be_bytes();
    [v2::SIGNATURE, &[command, family], &len, body].concat()
}

const IPV4: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x67, 0x13, 0xec];

fn headers() -> Vec<(Vec<u8>, Header)> {
    let ipv4 = addresses("192.0.2.1:4711", "198.51.100.2:5100");
    let ipv6 = addresses("[2001:db8::1]:65535", "[2001:db8::2]:0");
    let mut ipv6_body = Vec::new();
    for last in [1, 2] {
        ipv6_body.extend([
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last,
        ]);
    }
    ipv6_body.extend([0xff, 0xff, 0, 0]);
    let extended = [&IPV4[..], &[0x04, 0, 2, 7, 7, 0x05, 0, 0]].concat();
    let longest = [&IPV4[..], &[0x04, 0x01, 0xf9], &[0; 505]].concat();
    vec![
        (
            b"PROXY TCP4 192.0.2.1 198.51.100.2 4711 5100\r\n".to_vec(),
            ipv4,
        ),
        (
            b"PROXY TCP6 2001:db8::1 2001:db8::2 65535 0\r\n".to_vec(),
            ipv6,
        ),
        (b"PROXY UNKNOWN\r\n".to_vec(), UNKNOWN),
        (
            b"PROXY UNKNOWN ffff::1 whatever \xc3\xa9\r\n".to_vec(),
            UNKNOWN,
        ),
        (
            format!("PROXY UNKNOWN {}\r\n", "x".repeat(91)).into_bytes(),
            UNKNOWN,
        ),
        (v2(0x21, 0x11, &IPV4), ipv4),
        (v2(0x21, 0x11, &extended), ipv4),
        (v2(0x21, 0x11, &longest), ipv4),
        (v2(0x21, 0x21, &ipv6_body), ipv6),
        (v2(0x21, 0x31, &[0; 216]), UNKNOWN),
        (v2(0x21, 0x00, &[]), UNKNOWN),
        (v2(0x20, 0x00, &[]), UNKNOWN),
        (v2(0x20, 0x11, &IPV4), UNKNOWN),
        (v2(0x20, 0xff, b"what a health check adds"), UNKNOWN),
    ]
}

#[test]
fn every_prefix_of_a_header_asks_for_bytes_of_the_header_alone() {
    for (bytes, header) in headers() {
        for end in 0..bytes.len() {
            let Ok(Decoded::Incomplete { wanted }) = Header::decode(&bytes[..end]) else {
                panic!("{end} bytes of {}", hex::encode(&bytes));
            };
            assert!(
                end + wanted.get() <= bytes.len(),
                "{end} {}",
                hex::encode(&bytes)
            );
        }
        let followed = [&bytes[..], b"\x10PROXY \r\n"].concat();
        for bytes_and_more in [&bytes, &followed] {
            let len = bytes.len();
            assert_eq!(
                Header::decode(bytes_and_more),
                Ok(Decoded::Complete { header, len })
            );
        }
    }
}

#[tokio::test]
async fn a_stream_is_read_to_the_end_of_the_header_and_not_further() {
    for (bytes, header) in headers() {
        let stream = [&bytes[..], b"\x10\x16"].concat();
        let mut stream = &stream[..];
        assert_eq!(receive(&mut stream).await.unwrap(), header);
        assert_eq!(stream, b"\x10\x16");
    }
    let ends = receive(&mut &b"PROXY TCP4"[..]).await.unwrap_err();
    assert_eq!(ends.kind(), io::ErrorKind::UnexpectedEof);
    let other = receive(&mut &b"GET / HTTP/1.1\r\n\r\n"[..])
        .await
        .unwrap_err();
    assert_eq!(other.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn what_is_no_header_is_named() {
    use ProxyProtocolError::*;

    let too_long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92)).into_bytes();
    let unended_extension = [&IPV4[..], &[0x04, 0, 2, 7]].concat();
    let half_an_extension = [&IPV4[..], &[0x04, 0]].concat();
    let cases: Vec<(Vec<u8>, ProxyProtocolError)> = vec![
        (b"\x10".to_vec(), NotAHeader),
        (b"GET / HTTP/1.1".to_vec(), NotAHeader),
        (b"PROXx".to_vec(), NotAHeader),
        (b"proxy TCP4 ".to_vec(), NotAHeader),
        (b"\r\n\r\n\0\r\nQUIt\n".to_vec(), NotAHeader),
        (too_long, UnendedLine),
        (b"PROXY \xff\xfe\r\n".to_vec(), Fields),
        (b"PROXY TCP4\r\n".to_vec(), Fields),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n".to_vec(), Fields),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n".to_vec(), Fields),
        (b"PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n".to_vec(), Fields),
        (
            b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n\r\n".to_vec(),
            Port("destination"),
        ),
        (b"PROXY \r\n".to_vec(), Protocol),
        (b"PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n".to_vec(), Protocol),
        (b"PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n".to_vec(), Protocol),
        (
            b"PROXY TCP4 ::1 1.2.3.4 1 2\r\n".to_vec(),
            Address("source"),
        ),
        (
            b"PROXY TCP4 1.2.3.4 01.2.3.4 1 2\r\n".to_vec(),
            Address("destination"),
        ),
        (
            b"PROXY TCP6 ::1 1.2.3.4 1 2\r\n".to_vec(),
            Address("destination"),
        ),
        (
            b"PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n".to_vec(),
            Port("source"),
        ),
        (
            b"PROXY TCP4 1.2.3.4 1.2.3.4 1 02\r\n".to_vec(),
            Port("destination"),
        ),
        (
            b"PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n".to_vec(),
            Port("source"),
        ),
        (v2(0x11, 0x11, &IPV4), Version(1)),
        (v2(0x22, 0x11, &IPV4), Command(2)),
        (v2(0x21, 0x12, &IPV4), Family(0x12)),
        (v2(0x21, 0x41, &IPV4), Family(0x41)),
        (v2(0x21, 0x10, &IPV4), Family(0x10)),
        (
            v2(0x21, 0x11, &IPV4[..11]),
            TooShort {
                found: 11,
                needed: 12,
            },
        ),
        (
            v2(0x21, 0x21, &IPV4),
            TooShort {
                found: 12,
                needed: 36,
            },
        ),
        (v2(0x21, 0x00, &[0; 521]), TooLong(521)),
        (v2(0x20, 0x00, &[0; 521]), TooLong(521)),
        (v2(0x21, 0x11, &unended_extension), Extensions),
        (v2(0x21, 0x11, &half_an_extension), Extensions),
    ];
    for (bytes, expected) in cases {
        let found = Header::decode(&bytes);
        assert_eq!(found, Err(expected), "{}", hex::encode(&bytes));
    }
}

#[test]
fn a_length_is_refused_before_its_bytes_are_there() {
    let header = [v2::SIGNATURE, &[0x21, 0x11, 0xff, 0xff]].concat();
    assert_eq!(
        Header::decode(&header),
        Err(ProxyProtocolError::TooLong(0xffff))
    );
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(source: SocketAddr, destination: SocketAddr) {
        let header = Header { addresses: Some(Addresses { source, destination }) };
        let bytes = header.encode();
        let len = bytes.len();
        let Decoded::Complete { header, len: read } = Header::decode(&bytes).unwrap() else {
            panic!("incomplete");
        };
        prop_assert_eq!(read, len);
        let read = header.addresses.unwrap();
        prop_assert_eq!(read.source.ip().to_canonical(), source.ip().to_canonical());
        prop_assert_eq!(read.source.port(), source.port());
        prop_assert_eq!(read.destination.ip().to_canonical(), destination.ip().to_canonical());
        prop_assert_eq!(read.destination.port(), destination.port());
    }

    #[test]
    fn no_more_than_the_longest_header_is_ever_asked_for(bytes: Vec<u8>) {
        if let Ok(Decoded::Incomplete { wanted }) = Header::decode(&bytes) {
            prop_assert!(bytes.len() + wanted.get() <= MAX_LEN);
        }
    }
}

#[test]
fn a_connection_of_our_own_is_local() {
    let bytes = UNKNOWN.encode();
    let len = bytes.len();
    assert_eq!(
        Header::decode(&bytes),
        Ok(Decoded::Complete {
            header: UNKNOWN,
            len
        })
    );
}
