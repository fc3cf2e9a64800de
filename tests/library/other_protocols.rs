//! Connections that begin with another protocol: recognised, however their bytes are split.

use wukongim_auth::diagnosis::Language;
use wukongim_auth::frame::Limits;
use wukongim_auth::session::OtherProtocol;
use wukongim_auth::{Acceptor, Handshake, RequestError};

use OtherProtocol::{Http, JsonRpc, Mqtt, ProxyV1, ProxyV2, Ssh, Tls, WebSocketFrame};

/// The first bytes of real clients. The MQTT ones are CONNECT packets of 3.1, 3.1.1 and 5.
const OPENINGS: [(&[u8], OtherProtocol); 14] = [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", Tls),
    (b"\x16\x03\x03\x00\xc8\x01\x00\x00\xc4\x03\x03", Tls),
    (b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", Http),
    (b"POST /user/token HTTP/1.1\r\n", Http),
    (b"CONNECT a:443 HTTP/1.1\r\n", Http),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Http),
    (b"\x10\x10\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x02ab", Mqtt),
    (b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ab", Mqtt),
    (b"\x10\x0f\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x02ab", Mqtt),
    (b"SSH-2.0-OpenSSH_9.2p1\r\n", Ssh),
    (b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", ProxyV1),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c", ProxyV2),
    (b"\x82\x8a\x01\x02\x03\x04", WebSocketFrame),
    (b"\x81\xfe\x00\x80\x01\x02\x03\x04", WebSocketFrame),
];

fn read(chunks: &[&[u8]], json_rpc: bool) -> Option<RequestError> {
    let mut acceptor = match json_rpc {
        true => Acceptor::new().with_json_rpc(),
        false => Acceptor::new(),
    };
    for chunk in chunks {
        match acceptor.push(chunk) {
            Ok(None) => {}
            Ok(Some(request)) => return request.handshake().err(),
            Err(error) => return Some(error),
        }
    }
    None
}

#[test]
fn other_protocols_are_named_however_they_are_cut() {
    for (bytes, protocol) in OPENINGS {
        let named = Some(RequestError::OtherProtocol(protocol));
        for json_rpc in [false, true] {
            assert_eq!(read(&[bytes], json_rpc), named, "{protocol}");
            for middle in 0..bytes.len() {
                let (head, tail) = bytes.split_at(middle);
                let cut = read(&[head, tail], json_rpc);
                assert_eq!(cut, named, "{protocol} cut at {middle}");
            }
            let single: Vec<_> = bytes.chunks(1).collect();
            assert_eq!(read(&single, json_rpc), named, "{protocol} byte by byte");
        }
        let error = Handshake::read(bytes, Limits::default()).unwrap_err();
        assert_eq!(Some(error), named, "{protocol}");
    }
}

/// Recognised by its first byte. Where JSON-RPC is read, it is no other protocol.
#[test]
fn json_rpc_is_named_where_only_the_binary_protocol_is_read() {
    let request = br#"{"method":"connect","id":"1","params":{"uid":"u","token":"t"}}"#;
    let named = Some(RequestError::OtherProtocol(JsonRpc));
    for len in 1..=request.len() {
        assert_eq!(read(&[&request[..len]], false), named, "{len}");
    }
    let at_once = Handshake::read(request, Limits::default()).err();
    assert_eq!(at_once, named);
    assert_eq!(read(&[request], true), None);
}

/// The error comes at the deciding byte: nothing waits for more than the longest opening.
#[test]
fn what_only_resembles_another_protocol_is_no_connect() {
    let near: [&[u8]; 6] = [
        b"GEX",
        b"PUTS",
        b"PROXI",
        b"SSH2",
        b"\x82\x0a",
        b"\r\n\r\n\0\r\nQUIX",
    ];
    for bytes in near {
        let error = read(&[bytes], false).expect("it is an error");
        let is_plain = matches!(error.label(), "not_connect" | "unknown_type");
        assert!(is_plain, "{bytes:?}: {error}");
        assert!(error.fix().is_none(), "{error}");
        let all_but_the_last = &bytes[..bytes.len() - 1];
        assert_eq!(read(&[all_but_the_last], false), None, "{bytes:?}");
    }
}

/// Nothing waits for bytes beyond the limits, and bytes beyond them are ignored, so that the
/// outcome does not depend on how the bytes were split.
#[test]
fn no_more_is_read_than_the_limits_allow() {
    let bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c";
    for max in 0..=14 {
        let limits = Limits::default().with_max_body(max);
        let named = RequestError::OtherProtocol(ProxyV2);
        let at_once = Acceptor::new().with_limits(limits).push(bytes).unwrap_err();
        assert_eq!(at_once == named, max >= 12, "{max}: {at_once}");
        let mut acceptor = Acceptor::new().with_limits(limits);
        let mut single = bytes.chunks(1);
        let error = single.find_map(|byte| acceptor.push(byte).err());
        assert_eq!(error, Some(at_once), "{max}");
        let read = bytes.len() - single.count();
        assert_eq!(read, 12.min(max + 1), "{max}");
    }
}

/// A real CONNECT whose first bytes resemble TLS or MQTT.
#[test]
fn a_connect_is_never_taken_for_another_protocol() {
    let connect = b"\x16\x16\x03\x00\x00\x01d\x00\x01u\x00\x01t\0\0\0\0\0\0\0\0\x00\x01k";
    let (handshake, _) = Handshake::read(connect, Limits::default()).unwrap();
    assert_eq!(handshake.credentials().uid, "u");

    // Version 0, flag 4, and a device id of 0x4d51 bytes that begins with TT.
    let mut body = b"\x00\x04MQTT".to_vec();
    body.resize(2 + 2 + 0x4d51, b'x');
    body.extend(b"\x00\x01u\x00\x01t\0\0\0\0\0\0\0\0\x00\x00");
    let len = body.len();
    let mut bytes = vec![0x10, len as u8 | 0x80, (len >> 7) as u8 | 0x80];
    bytes.push((len >> 14) as u8);
    bytes.extend(&body);
    let (handshake, _) = Handshake::read(&bytes, Limits::UPSTREAM).unwrap();
    assert_eq!(handshake.credentials().uid, "u");
}

#[test]
fn each_has_its_words_and_its_fix() {
    let websocket = "a WebSocket frame without its opening handshake";
    let cases = [
        (Http, "HTTP", "http", "port"),
        (Mqtt, "MQTT", "mqtt", "SDK"),
        (
            ProxyV1,
            "a PROXY protocol header (v1)",
            "proxy_v1",
            "load balancer",
        ),
        (
            ProxyV2,
            "a PROXY protocol header (v2)",
            "proxy_v2",
            "load balancer",
        ),
        (Ssh, "SSH", "ssh", "SSH server"),
        (Tls, "TLS", "tls", "TLS"),
        (WebSocketFrame, websocket, "websocket_frame", "HTTP upgrade"),
        (JsonRpc, "JSON-RPC", "json_rpc", "with_json_rpc"),
    ];
    for (protocol, name, label, word) in cases {
        let error = RequestError::OtherProtocol(protocol);
        let words = format!("the connection begins with {name}, not with CONNECT");
        assert_eq!(error.to_string(), words);
        assert_eq!(error.label(), format!("other_protocol_{label}"));
        let fix = error.fix().unwrap();
        assert!(fix.to_string().contains(word), "{fix}");
        assert_eq!(format!("{error:#}"), format!("{words}\n  fix: {fix}"));
        let chinese = fix.in_language(Language::Chinese).to_string();
        assert!(chinese.contains('请'), "{chinese}");
    }
}
