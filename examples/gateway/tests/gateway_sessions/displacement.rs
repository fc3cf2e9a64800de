//! Which sessions give way to another.

use std::net::Shutdown;

use wukongim_test_support::client::{Client, Hello, KeyPair, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;

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
        // Two clients that send no device id would close each other forever.
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

/// It has said all, and has gone before the gateway can answer.
#[test]
fn a_client_that_has_gone_before_its_verdict_displaces_nobody() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 1);
    let mut first = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    let tablet = Hello {
        device_id: "tablet",
        ..Hello::new("s3cret")
    };
    let mut gone = Socket::tcp(gateway.tcp);
    let connect = tablet.connect(&KeyPair::new().client_key());
    let (most, last) = connect.split_at(connect.len() - 1);
    gone.send(most);
    gateway.pause();
    gone.send(last);
    gone.stream().shutdown(Shutdown::Write).unwrap();
    gateway.resume();
    gateway.log_line("gone before its verdict");
    assert!(first.is_alive());
}

#[test]
fn two_clients_with_one_device_id_are_named_in_the_log() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let connect = || Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    let _clients = [(); 4].map(|()| connect());
    let line = gateway.log_line("clients with one device id displace each other");
    assert!(line.contains("alice") && line.contains("phone"), "{line}");
}
