//! Connections for which there is no place.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};

use wukongim_test_support::gateway_process::GatewayProcess;

use super::refusals::{connect, say};
use super::{totals, wait_for};

#[test]
fn connections_without_a_place_are_summed_up() {
    let gateway = GatewayProcess::start(&["--max-unauthenticated=2", "--connect-timeout=300"]);
    let _silent = [connect(gateway.tcp), connect(gateway.tcp)];
    wait_for_unauthenticated(&gateway, 2);
    for _ in 0..5 {
        say(gateway.ws, b"");
    }
    let expected = BTreeMap::from([("over_capacity".to_owned(), 5)]);
    assert_eq!(totals(&gateway.log_to_its_end()), expected);
}

#[test]
fn a_connection_that_made_room_is_summed_up() {
    let gateway = GatewayProcess::start(&["--max-unauthenticated=2", "--connect-timeout=300"]);
    let mut silent = [connect(gateway.tcp), connect(gateway.tcp)];
    wait_for_unauthenticated(&gateway, 2);
    let _other = connect_from("127.0.0.2:0", gateway.tcp);
    assert_eq!(silent[0].read(&mut [0]).unwrap(), 0);
    let expected = BTreeMap::from([("made_room".to_owned(), 1)]);
    assert_eq!(totals(&gateway.log_to_its_end()), expected);
}

fn wait_for_unauthenticated(gateway: &GatewayProcess, count: usize) {
    wait_for(
        gateway,
        &format!("wukongim_unauthenticated_connections {count}"),
    );
}

/// Another address of this machine.
fn connect_from(source: &str, target: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(source.parse().unwrap()).unwrap();
        socket.connect(target).await.unwrap().into_std().unwrap()
    })
}
