//! The gateway with EasySDKs, unchanged. They speak JSON-RPC.
#![cfg(unix)]

mod gateway_process;
mod interop;

use interop::Sdk;
use interop::python::PythonProgram;
use interop::rust::RustProgram;

#[test]
#[ignore = "needs python3 with venv; run by .ci/run"]
fn python() {
    let program = PythonProgram::install("wukong-easy-sdk", "0.1.0", "easy_sdk.py");
    interop::behaves(&Sdk {
        program: &|| program.command(),
        schemes: &["ws"],
        device_flag: 2,
        checks_token: true,
        retries_first: false,
    });
}

#[test]
#[ignore = "builds a package with the SDK in it; run by .ci/run"]
fn rust() {
    let program = RustProgram::build("rust-easysdk");
    interop::behaves(&Sdk {
        program: &|| program.command(),
        schemes: &["ws"],
        device_flag: 2,
        checks_token: true,
        retries_first: false,
    });
}
