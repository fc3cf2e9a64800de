//! The gateway with EasySDKs, unchanged. They speak JSON-RPC.
#![cfg(unix)]

mod interop;

use std::process::Command;
use std::sync::LazyLock;

use interop::Sdk;
use interop::python::PythonProgram;
use interop::rust::RustProgram;

interop::matrix!(python, rust);

fn python() -> &'static Sdk {
    static SDK: LazyLock<Sdk> = LazyLock::new(|| {
        let program = PythonProgram::install("wukong-easy-sdk", "0.1.0", "easy_sdk.py");
        easy_sdk(move || program.command())
    });
    &SDK
}

fn rust() -> &'static Sdk {
    static SDK: LazyLock<Sdk> = LazyLock::new(|| {
        let program = RustProgram::build("rust-easysdk");
        easy_sdk(move || program.command())
    });
    &SDK
}

fn easy_sdk(program: impl Fn() -> Command + Send + Sync + 'static) -> Sdk {
    Sdk {
        program: Box::new(program),
        schemes: &["ws"],
        device_flag: 2,
        checks_token: true,
        retries_first: false,
    }
}
