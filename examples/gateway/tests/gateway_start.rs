//! What is said of a gateway that cannot start.
#![cfg(unix)]

use std::net::TcpListener;

use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn an_address_that_is_taken_is_named_with_its_option() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    for option in ["--http", "--tcp", "--ws"] {
        let output = GatewayProcess::run(&[&format!("{option}={taken}")]);
        assert_eq!(output.status.code(), Some(1));
        let log = String::from_utf8(output.stderr).unwrap();
        let english = format!("{option} {taken}: cannot listen there: Address already in use");
        let chinese = format!("{option} {taken}：无法监听：Address already in use");
        assert!(log.contains(&english) && log.contains(&chinese), "{log}");
    }
}
