//! What every published SDK has to do with the gateway, whatever language it is in.
//!
//! An SDK comes in as a program that is given `URL UID TOKEN DEVICE_FLAG` and connects. Whenever it
//! is connected it sends one message to bob, and once the echo is there a ping. What the SDK tells
//! it goes to stdout, one JSON object a line:
//!
//! | `event` | Besides | When |
//! |---|---|---|
//! | `invalid` | | the SDK does not take the arguments, and opens no connection |
//! | `connected`, `refused`, `kicked` | `reason` | the server said so, at whichever connection |
//! | `failed` | | the first connection ended in another way, and the SDK leaves it at that |
//! | `acknowledged` | `reason` | its message arrived |
//! | `received` | `from`, `text` | a message came |
//! | `ponged` | | its ping was answered |
//!
//! Other lines are the SDK's own talk. The program ends when its stdin does. How often it dials, and
//! whether it hangs up, is seen on the line.

//! [`matrix!`] makes a test of each case for each SDK.

#![allow(dead_code, reason = "not every test crate runs every kind of program")]

mod cases;
mod fault;
mod front;
pub mod line;
pub mod npm;
pub mod python;
mod reasons;
mod running;
pub mod rust;
mod scripted_server;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use running::Running;
use wukongim_test_support::gateway_process::GatewayProcess;

/// How an SDK is run, and where the SDKs differ.
pub struct Sdk {
    pub program: Box<dyn Fn() -> Command + Send + Sync>,
    pub schemes: &'static [&'static str],
    pub device_flag: u8,
    /// Whether it refuses an empty token itself, so that none ever arrives.
    pub checks_token: bool,
    /// Whether it tries again where the very first connection fails; one that does not leaves that
    /// to the application, and reconnects only what has been connected.
    pub retries_first: bool,
}

impl Sdk {
    fn start(&self, gateway: &GatewayProcess, scheme: &str, uid: &str, token: &str) -> Running {
        let address = match scheme {
            "tcp" => gateway.tcp,
            "ws" => gateway.ws,
            other => panic!("{other} is not served"),
        };
        self.start_at(address, scheme, uid, token)
    }

    /// With whatever serves this address.
    fn start_at(&self, address: SocketAddr, scheme: &str, uid: &str, token: &str) -> Running {
        let url = |line| format!("{scheme}://{line}");
        let device_flag = self.device_flag.to_string();
        Running::start((self.program)(), address, url, [uid, token, &device_flag])
    }
}

/// `matrix!(a, b)` makes a module of tests for each SDK; the functions `a` and `b` give it.
macro_rules! matrix {
    ($($sdk:ident),*) => { $(
        $crate::interop::matrix!(@ $sdk:
            right_token
            wrong_token
            token_of_another_flag
            blank_token
            empty_token
            unknown_uid
            message_and_its_echo
            ping
            kick_by_a_second_login
            kick_by_device_quit
            back_after_a_store_fault
            stops_whatever_the_reason
        );
    )* };
    (@ $sdk:ident: $($case:ident)*) => {
        mod $sdk {
            $(
                #[test]
                #[ignore = "needs what the SDK is installed with; run by .ci/run"]
                fn $case() {
                    super::$sdk().$case();
                }
            )*
        }
    };
}
pub(crate) use matrix;

/// Whether `directory` holds this already, from an earlier run.
fn is_installed(directory: &Path, what: &str) -> bool {
    std::fs::read_to_string(directory.join(INSTALLED)).is_ok_and(|said| said == what)
}

/// Says so, once it does.
fn has_installed(directory: &Path, what: &str) {
    std::fs::write(directory.join(INSTALLED), what).unwrap();
}

const INSTALLED: &str = "installed.txt";

/// Runs a tool to its end; without it the test fails.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?} does not start: {error}; this test needs that program");
    });
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
    stdout
}
