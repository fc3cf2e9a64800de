//! What is said of a guard that cannot start.

use std::net::TcpListener;
use std::process::Command;

use wukongim_test_support::program::program;

#[test]
fn an_address_that_is_taken_is_named_with_its_option() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for option in ["--http", "--tcp", "--ws"] {
        let mut command = Command::new(program("wukongim-guard"));
        for port in ["--http", "--tcp", "--ws"] {
            let address = if port == option {
                taken.as_str()
            } else {
                "127.0.0.1:0"
            };
            command.args([port, address]);
        }
        command.args(["--upstream-http=127.0.0.1:1", "--upstream-tcp=127.0.0.1:1"]);
        let output = command
            .arg("--upstream-ws=127.0.0.1:1")
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let log = String::from_utf8(output.stderr).unwrap();
        let english = format!("{option} {taken}: cannot listen there: Address already in use");
        let chinese = format!("{option} {taken}：无法监听：Address already in use");
        assert!(log.contains(&english) && log.contains(&chinese), "{log}");
    }
}
