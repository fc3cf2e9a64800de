//! The end of the gateway is that of its sessions.

use std::process::ExitStatus;

use wukongim_test_support::client::{Client, Hello, TRANSPORTS};
use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn ctrl_c_closes_the_sessions_and_ends_well() {
    closes_the_sessions_and_ends_well(GatewayProcess::interrupt);
}

#[test]
fn sigterm_does_as_ctrl_c() {
    closes_the_sessions_and_ends_well(GatewayProcess::terminate);
}

fn closes_the_sessions_and_ends_well(end: fn(GatewayProcess) -> ExitStatus) {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let clients = TRANSPORTS.map(|(device_id, dial)| {
        let hello = Hello {
            device_id,
            ..Hello::new("s3cret")
        };
        Client::connect(dial(&gateway), hello).unwrap()
    });
    assert_eq!(end(gateway).code(), Some(0));
    for mut client in clients {
        assert_eq!(
            client.receive(),
            None,
            "closed without a kick: the SDK comes back"
        );
    }
}
