//! The example gateway from outside: a process, sockets, a client with its own cryptography.
#![cfg(unix)]

use wukongim_test_support::client::{Client, Hello, KeyPair, Socket, TRANSPORTS, connack};
use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn the_right_token_connects_and_both_ends_have_the_same_keys() {
    let gateway = GatewayProcess::start(&["--node-id=77"]);
    gateway.issue("alice", "s3cret", 0, 0);
    for (transport, dial) in TRANSPORTS {
        for version in [1, 2, 3, 4, 5, 6, 9] {
            let hello = Hello {
                version,
                ..Hello::new("s3cret")
            };
            let mut client = Client::connect(dial(&gateway), hello).unwrap();
            let session_version = version.min(6);
            let told = (version >= 4).then_some(session_version);
            assert_eq!(client.server_version, told, "{transport} version {version}");
            assert_eq!(client.node_id, if version >= 4 { 77 } else { 0 });
            for seq in 1..=2 {
                let text = format!("你好 {seq} over {transport}");
                client.socket.send(&client.message(seq, text.as_bytes()));
                assert_eq!(client.sendack(), (seq, 1));
                assert_eq!(client.recv(), text.as_bytes());
            }
        }
    }
}

#[test]
fn a_refusal_says_the_same_to_every_client_and_its_cause_to_the_log() {
    struct Case {
        hello: Hello<'static>,
        cause: &'static str,
        fix: &'static str,
    }
    let hello = Hello::new("s3cret");
    let cases = [
        Case {
            hello: Hello::new("an0ther"),
            cause: "cause=\"mismatch\"",
            fix: "",
        },
        Case {
            hello: Hello {
                device_flag: 1,
                ..hello
            },
            cause: "cause=\"issued_for_other_flag\"",
            fix: "device_flag",
        },
        Case {
            hello: Hello {
                uid: "mallory",
                ..hello
            },
            cause: "cause=\"not_issued\"",
            fix: "POST /user/token",
        },
        Case {
            hello: Hello { uid: "", ..hello },
            cause: "cause=\"empty_uid\"",
            fix: "",
        },
        Case {
            hello: Hello::new("  "),
            cause: "cause=\"empty_token\"",
            fix: "",
        },
        Case {
            hello: Hello {
                device_flag: 99,
                ..hello
            },
            cause: "cause=\"unknown_device_flag\"",
            fix: "",
        },
        Case {
            hello: Hello::new("Bearer s3cret"),
            cause: "cause=\"altered\"",
            fix: "",
        },
    ];
    for (transport, dial) in TRANSPORTS {
        let gateway = GatewayProcess::start(&["--node-id=77"]);
        gateway.issue("alice", "s3cret", 0, 0);
        let mut answers = Vec::new();
        for Case { hello, cause, fix } in &cases {
            let mut socket = dial(&gateway);
            socket.send(&hello.connect(&KeyPair::new().client_key()));
            let frame = socket.receive().expect("a CONNACK");
            let refusal = connack(&frame, hello.version);
            assert_eq!(u8::from(refusal.reason), 2, "{transport} {cause}");
            assert_eq!(socket.receive(), None, "a refusal, then the end");
            answers.push(frame.bytes);
            let line = gateway.log_line(cause);
            assert!(
                line.contains(&format!("transport={transport} peer=127.0.0.1:")),
                "{line}"
            );
            assert!(line.contains("fix=") && line.contains(fix), "{line}");
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "the peer learns nothing");
        for secret in ["s3cret", "an0ther"] {
            assert!(
                !gateway.log().contains(secret),
                "a token in clear in the log"
            );
        }
    }
}

#[test]
fn a_client_without_a_usable_key_is_told_so_only_after_its_token() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    struct Case {
        token: &'static str,
        client_key: &'static str,
        reason: u8,
    }
    let low_order = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let case = |token, client_key, reason| Case {
        token,
        client_key,
        reason,
    };
    for case in [
        case("s3cret", "", 21),
        case("s3cret", "c2hvcnQ=", 2),
        case("s3cret", low_order, 2),
        case("wrong", "", 2),
    ] {
        let mut socket = Socket::tcp(gateway.tcp);
        socket.send(&Hello::new(case.token).connect(case.client_key));
        let frame = socket.receive().unwrap();
        assert_eq!(
            u8::from(connack(&frame, 2).reason),
            case.reason,
            "{}",
            case.client_key
        );
        assert_eq!(socket.receive(), None);
    }
}

#[test]
fn a_connect_is_found_however_it_is_cut_and_what_follows_it_is_kept() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let hello = Hello::new("s3cret");
    for (transport, dial) in TRANSPORTS {
        let pair = KeyPair::new();
        let mut bytes = hello.connect(&pair.client_key());
        bytes.extend(b"\x70\x70"); // two PINGs in the CONNECT's own segment
        for size in [1, 7, 60, bytes.len()] {
            let mut socket = dial(&gateway);
            for chunk in bytes.chunks(size) {
                socket.send(chunk);
            }
            let mut client = Client::finish(socket, hello, &pair).unwrap();
            for _ in 0..2 {
                let pong = client.receive().expect("a PONG");
                assert_eq!(pong.bytes, b"\x80", "{transport} in chunks of {size}");
            }
            assert!(client.is_alive());
        }
    }
}

#[test]
fn messages_are_checked_with_the_session_keys() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    for (_, dial) in TRANSPORTS {
        let mut client = Client::connect(dial(&gateway), Hello::new("s3cret")).unwrap();
        // Another msgKey.
        let wrong_key = client.raw_message(1, &"0".repeat(32), "AAAA");
        client.socket.send(&wrong_key);
        assert_eq!(client.sendack(), (1, 8));
        // The right msgKey over what nobody sealed.
        for payload in ["not base64!", "AAAA", ""] {
            let message = client.raw_message(2, &client.msg_key(2, payload), payload);
            client.socket.send(&message);
            assert_eq!(client.sendack(), (2, 9), "{payload}");
        }
        // Another session's keys.
        let other = Client::connect(dial(&gateway), Hello::new("s3cret")).unwrap();
        assert_eq!(client.receive(), None, "the same device came back");
        let mut client = Client::connect(dial(&gateway), Hello::new("s3cret")).unwrap();
        client.socket.send(&other.message(3, b"text"));
        assert_eq!(client.sendack(), (3, 8));
        // The session goes on.
        client.socket.send(&client.message(4, b""));
        assert_eq!(client.sendack(), (4, 1));
        assert_eq!(client.recv(), b"");
        // A SEND that ends too early ends the session.
        client.socket.send(b"\x30\x01\x00");
        assert_eq!(client.receive(), None);
    }
}

#[test]
fn without_keys_a_client_gets_none() {
    let gateway = GatewayProcess::start(&["--no-keys"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let hello = Hello::new("s3cret");
    let mut socket = Socket::tcp(gateway.tcp);
    socket.send(&hello.connect(&KeyPair::new().client_key()));
    let answer = socket.receive().unwrap();
    let connack = connack(&answer, hello.version);
    assert_eq!((u8::from(connack.reason), connack.server_key), (1, ""));
}
