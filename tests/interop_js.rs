//! The gateway with SDKs from npm, unchanged. They speak the binary protocol.
#![cfg(unix)]

mod gateway_process;
mod interop;

use interop::Sdk;
use interop::npm::NodeProgram;

#[test]
#[ignore = "needs node and npm; run by .ci/run"]
fn wukongimjssdk() {
    npm_package_behaves("wukongimjssdk", "1.0.4");
}

#[test]
#[ignore = "needs node and npm; run by .ci/run"]
fn wukongimuniappsdk() {
    npm_package_behaves("wukongimuniappsdk", "1.0.3");
}

fn npm_package_behaves(package: &str, version: &str) {
    let program = NodeProgram::build(package, version, "browser_sdk.mjs");
    interop::behaves(&Sdk {
        program: &|| program.command(),
        schemes: &["ws", "tcp"],
        device_flag: 1,
        checks_token: false,
        retries_first: true,
    });
}
