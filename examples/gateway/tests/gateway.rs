//! The example gateway from outside: a process, sockets, a client with its own cryptography.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use wukongim_test_support::client::{Client, Hello, KeyPair, Socket, connack};
use wukongim_test_support::gateway_process::GatewayProcess;

type Dial = fn(&GatewayProcess) -> Socket;

const TRANSPORTS: [(&str, Dial); 2] = [
    ("tcp", |gateway| Socket::tcp(gateway.tcp)),
    ("ws", |gateway| Socket::ws(gateway.ws)),
];

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
fn a_connection_that_does_not_say_who_it_is_is_closed() {
    let gateway = GatewayProcess::start(&["--connect-timeout=0.3"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let connect = Hello::new("s3cret").connect(&KeyPair::new().client_key());
    for (_, dial) in TRANSPORTS {
        for said in [&b""[..], &connect[..1], &connect[..connect.len() - 1]] {
            let mut socket = dial(&gateway);
            if !said.is_empty() {
                socket.send(said);
            }
            assert_eq!(socket.receive(), None, "{} bytes", said.len());
        }
    }
    // Not even a WebSocket.
    let mut stream = std::net::TcpStream::connect(gateway.ws).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    assert_eq!(stream.read(&mut [0; 64]).unwrap(), 0);
    // Who has said it stays for longer.
    let mut client = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(client.is_alive());
}

/// What a queue that is too short drops is tried again after a second.
#[test]
fn a_burst_waits_in_the_queue() {
    let gateway = GatewayProcess::start(&[]);
    let pid = gateway.pid().to_string();
    let signal = |signal: &str| Command::new("kill").args([signal, &pid]).status().unwrap();
    assert!(signal("-STOP").success());
    let burst: Vec<_> = (0..400)
        .map(|_| TcpStream::connect_timeout(&gateway.tcp, Duration::from_millis(800)))
        .collect();
    assert!(signal("-CONT").success());
    let accepted = burst.iter().filter(|stream| stream.is_ok()).count();
    assert_eq!(accepted, 400);
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

#[test]
fn connections_that_have_not_authenticated_are_counted() {
    let gateway = GatewayProcess::start(&["--max-unauthenticated=2", "--connect-timeout=60"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut alice = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    let silent = [Socket::tcp(gateway.tcp), Socket::tcp(gateway.tcp)];
    let mut one_too_many = Socket::tcp(gateway.tcp);
    assert_eq!(one_too_many.receive(), None);
    assert!(alice.is_alive(), "who is in does not count");
    drop(silent);
    // The gateway sees the ends at some time soon.
    let connected = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        let mut socket = Socket::tcp(gateway.tcp);
        let hello = Hello::new("s3cret").connect(&KeyPair::new().client_key());
        socket.try_send(&hello).is_ok() && socket.receive().is_some()
    });
    assert!(connected, "places are given back");
}

#[test]
fn device_quit_revokes_and_closes() {
    for (_, dial) in TRANSPORTS {
        let gateway = GatewayProcess::start(&[]);
        let connect = |device_flag| {
            let hello = Hello {
                device_flag,
                ..Hello::new("s3cret")
            };
            Client::connect(dial(&gateway), hello)
        };
        for flag in [0, 1, 2] {
            gateway.issue("alice", "s3cret", flag, 0);
        }
        let mut clients = [0, 1, 2].map(|flag| connect(flag).unwrap());
        gateway.quit("alice", 1);
        assert_eq!(clients[1].is_kicked(), "the token was revoked");
        assert!(clients[0].is_alive() && clients[2].is_alive());
        assert_eq!(connect(1).err().map(u8::from), Some(2));
        gateway.log_line("cause=\"revoked\"");

        gateway.quit("alice", -1);
        clients[0].is_kicked();
        clients[2].is_kicked();
        for flag in [0, 1, 2] {
            assert_eq!(connect(flag).err().map(u8::from), Some(2));
        }
        gateway.issue("alice", "s3cret", 1, 0);
        assert!(connect(1).unwrap().is_alive(), "issued again");
    }
}

#[test]
fn a_new_session_displaces_by_level_flag_and_device() {
    #[derive(Debug, PartialEq)]
    enum Fate {
        Stays,
        Closed,
        Kicked,
    }
    struct Case {
        level: u8,
        device_flag: u8,
        device_id: &'static str,
        fate: Fate,
    }
    let case = |level, device_flag, device_id, fate| Case {
        level,
        device_flag,
        device_id,
        fate,
    };
    for case in [
        case(0, 0, "phone", Fate::Closed),
        case(0, 0, "tablet", Fate::Stays),
        case(0, 1, "phone", Fate::Stays),
        case(1, 0, "phone", Fate::Closed),
        case(1, 0, "tablet", Fate::Kicked),
        case(1, 1, "phone", Fate::Stays),
        case(1, 1, "tablet", Fate::Stays),
        // Two clients that send no device id would close each other for ever.
        case(0, 0, "", Fate::Stays),
        case(1, 0, "", Fate::Kicked),
    ] {
        let gateway = GatewayProcess::start(&[]);
        gateway.issue("alice", "s3cret", 0, case.level);
        gateway.issue("alice", "s3cret", 1, case.level);
        let hello = match case.device_id {
            "" => Hello {
                device_id: "",
                ..Hello::new("s3cret")
            },
            _ => Hello::new("s3cret"),
        };
        let mut first = Client::connect(Socket::tcp(gateway.tcp), hello).unwrap();
        let hello = Hello {
            device_flag: case.device_flag,
            device_id: case.device_id,
            ..hello
        };
        let mut second = Client::connect(Socket::ws(gateway.ws), hello).unwrap();
        match case.fate {
            Fate::Stays => assert!(first.is_alive()),
            Fate::Closed => assert_eq!(first.receive(), None),
            Fate::Kicked => assert_eq!(first.is_kicked(), "logged in on another device"),
        }
        assert!(second.is_alive());
    }
}

#[test]
fn an_update_of_level_master_displaces_the_sessions_of_its_flag() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    gateway.issue("alice", "s3cret", 1, 0);
    let hello = Hello::new("s3cret");
    let web = Hello {
        device_flag: 1,
        ..hello
    };
    let mut app = Client::connect(Socket::tcp(gateway.tcp), hello).unwrap();
    let mut web = Client::connect(Socket::tcp(gateway.tcp), web).unwrap();
    gateway.issue("alice", "n3w", 0, 0);
    assert!(app.is_alive(), "a slave's update displaces nobody");
    gateway.issue("alice", "n3w", 0, 1);
    assert_eq!(app.is_kicked(), "a new token was issued");
    assert!(web.is_alive());
}

#[test]
fn a_session_ends_with_its_token() {
    let gateway = GatewayProcess::start(&["--token-lifetime=1"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut client = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    assert_eq!(client.is_kicked(), "the token has expired");
    let again = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret"));
    assert_eq!(again.err().map(u8::from), Some(2));
    gateway.log_line("cause=\"expired\"");
}

#[test]
fn a_device_flag_of_the_deployments_own_is_registered_connects_and_is_revoked() {
    let gateway = GatewayProcess::start(&["--device-flags=0,1,2,4"]);
    gateway.issue("alice", "s3cret", 4, 0);
    let hello = || Hello {
        device_flag: 4,
        ..Hello::new("s3cret")
    };
    let mut client = Client::connect(Socket::tcp(gateway.tcp), hello()).unwrap();
    assert!(client.is_alive());
    let as_app = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret"));
    assert_eq!(as_app.err().map(u8::from), Some(2));
    gateway.log_line("cause=\"issued_for_other_flag\"");
    // All that clients may use, this one included.
    let (status, _) = gateway.post(
        "/user/device_quit",
        r#"{"uid":"alice","device_flag":-1}"#,
        "",
    );
    assert_eq!(status, 200);
    assert_eq!(client.is_kicked(), "the token was revoked");
}

#[test]
fn provisioning_refuses_what_upstream_refuses() {
    let gateway = GatewayProcess::start(&[]);
    struct Case {
        path: &'static str,
        body: &'static str,
        status: u16,
        message: &'static str,
    }
    let token = |body, message| Case {
        path: "/user/token",
        body,
        status: 400,
        message,
    };
    let quit = |body, message| Case {
        path: "/user/device_quit",
        ..token(body, message)
    };
    for case in [
        token(r#"{"token":"t"}"#, "uid must not be empty"),
        token(
            r#"{"uid":"a@b","token":"t"}"#,
            "uid must not contain @, # or &",
        ),
        token(
            r#"{"uid":"a#b","token":"t"}"#,
            "uid must not contain @, # or &",
        ),
        token(
            r#"{"uid":"a&b","token":"t"}"#,
            "uid must not contain @, # or &",
        ),
        token(r#"{"uid":"a"}"#, "token must not be empty"),
        token(r#"{"uid":"a","token":" "}"#, "token must not be empty"),
        token(
            r#"{"uid":"____system","token":"t"}"#,
            "the system account has no token to be set",
        ),
        token(
            r#"{"uid":"a","token":"t","device_level":2}"#,
            "device_level 2 is neither 0 (slave) nor 1 (master)",
        ),
        token(
            r#"{"uid":"a","token":"t","device_flag":256}"#,
            "device_flag 256 is not one that clients may use: 0 (APP), 1 (WEB), 2 (PC)",
        ),
        token(
            r#"{"uid":"a","token":"t","device_flag":4}"#,
            "device_flag 4 is not one that clients may use: 0 (APP), 1 (WEB), 2 (PC)",
        ),
        token("", "invalid JSON at line 1 column 0"),
        quit(r#"{"device_flag":1}"#, "uid must not be empty"),
        quit(
            r#"{"uid":"a","device_flag":-2}"#,
            "device_flag -2 is neither -1 nor 0 to 255",
        ),
    ] {
        let (status, answer) = gateway.post(case.path, case.body, "");
        assert_eq!(status, case.status, "{}", case.body);
        assert_eq!(
            answer,
            json!({"msg": case.message, "status": 400}),
            "{}",
            case.body
        );
    }
}

/// What the HTTP library refuses by itself comes in the same shape.
#[test]
fn every_refusal_of_provisioning_has_upstreams_shape() {
    let gateway = GatewayProcess::start(&[]);
    let long = " ".repeat(64 * 1024 + 1);
    for (method, path, body, status, message) in [
        ("POST", "/user/nothing", "{}", 404, "no such endpoint"),
        ("GET", "/", "", 404, "no such endpoint"),
        ("GET", "/user/token", "", 405, "POST is wanted"),
        ("DELETE", "/user/device_quit", "", 405, "POST is wanted"),
        ("POST", "/user/token", long.as_str(), 413, "length limit"),
        ("POST", "/user/token", "not JSON", 400, "invalid JSON"),
        ("POST", "/user/token", "\u{ff}", 400, "invalid JSON"),
        ("POST", "/user/device_quit", "7", 400, "invalid JSON"),
    ] {
        // Upstream looks at no content type either.
        for headers in ["", "content-type: text/plain\r\n"] {
            let (found, answer) = gateway.request(method, path, body, headers);
            assert_eq!(found, status, "{method} {path}: {answer}");
            let text = answer["msg"].as_str().unwrap_or_default();
            assert!(text.contains(message), "{method} {path}: {answer}");
            assert_eq!(answer, json!({"msg": text, "status": status}));
        }
    }
    let body = r#"{"uid":"alice","token":"s3cret"}"#;
    let answer = gateway.post("/user/token", body, "content-type: text/plain\r\n");
    assert_eq!(answer, (200, json!({"status": 200})));
}

#[test]
fn the_manager_token_guards_provisioning_and_opens_nothing_else() {
    let gateway = GatewayProcess::start(&["--manager-token=m4nager"]);
    let body = r#"{"uid":"alice","token":"s3cret"}"#;
    let refused = json!({"msg": "manager token verify fail", "status": 401});
    for header in ["", "token: \r\n", "token: m4nage\r\n", "token: M4nager\r\n"] {
        for path in ["/user/token", "/user/device_quit"] {
            let answer = gateway.post(path, body, header);
            assert_eq!(answer, (401, refused.clone()), "{header}");
        }
    }
    let connect = |token| Client::connect(Socket::tcp(gateway.tcp), Hello::new(token));
    assert!(connect("s3cret").is_err(), "nothing was registered");
    let answer = gateway.post("/user/token", body, "token: m4nager\r\n");
    assert_eq!(answer, (200, json!({"status": 200})));
    assert!(connect("s3cret").is_ok());
    assert!(connect("m4nager").is_err());
    gateway.log_line("cause=\"manager_token\"");
    assert!(
        !gateway.log().contains("m4nage"),
        "no token in clear in the log"
    );
}

#[test]
fn provisioning_for_other_machines_takes_a_manager_token() {
    let output = GatewayProcess::run(&["--http=0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.contains("can be reached from other machines: set --manager-token"),
        "{log}"
    );

    let output = GatewayProcess::run(&["--http=0.0.0.0:0", "--manager-token= "]);
    assert_eq!(output.status.code(), Some(2), "a blank one is none");

    let gateway = GatewayProcess::start(&["--http=0.0.0.0:0", "--manager-token=m4nager"]);
    assert!(gateway.http.ip().is_unspecified());
}

#[test]
fn odd_options_are_refused_and_named() {
    for (option, value, says) in [
        ("connect-timeout", "0", "from 0.001 to 3600"),
        ("connect-timeout", "-1", "from 0.001 to 3600"),
        ("connect-timeout", "1e-9", "from 0.001 to 3600"),
        ("connect-timeout", "3601", "from 0.001 to 3600"),
        ("connect-timeout", "1e19", "from 0.001 to 3600"),
        ("connect-timeout", "NaN", "from 0.001 to 3600"),
        ("connect-timeout", "inf", "from 0.001 to 3600"),
        ("connect-timeout", "soon", "from 0.001 to 3600"),
        ("token-lifetime", "0", "from 0.001 to 3153600000"),
        ("token-lifetime", "1e19", "from 0.001 to 3153600000"),
        ("token-lifetime", "", "from 0.001 to 3153600000"),
        ("max-unauthenticated", "0", "1..=1000000"),
        ("max-unauthenticated", "18446744073709551615", "1..=1000000"),
        ("max-unauthenticated", "-1", "invalid digit"),
        ("node-id", "-1", "invalid digit"),
        ("http", "localhost", "invalid socket address"),
        (
            "store",
            "postgres://",
            "--store is neither memory nor redis",
        ),
    ] {
        let output = GatewayProcess::run(&[&format!("--{option}={value}")]);
        assert_ne!(output.status.code(), Some(0), "{option} {value}");
        assert_eq!(output.stdout, b"", "it listens before it has looked");
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(
            log.contains(option) && log.contains(says) && !log.contains("panicked"),
            "{log}"
        );
    }
}

#[test]
fn ctrl_c_closes_the_sessions_and_ends_well() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let clients = TRANSPORTS.map(|(device_id, dial)| {
        let hello = Hello {
            device_id,
            ..Hello::new("s3cret")
        };
        Client::connect(dial(&gateway), hello).unwrap()
    });
    assert_eq!(gateway.interrupt().code(), Some(0));
    for mut client in clients {
        assert_eq!(
            client.receive(),
            None,
            "closed without a kick: the SDK comes back"
        );
    }
}
