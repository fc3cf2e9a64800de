//! The gateway with SDKs from npm, unchanged. They speak the binary protocol.
#![cfg(unix)]

mod interop;

use std::sync::LazyLock;

use interop::Sdk;
use interop::npm::NodeProgram;

interop::matrix!(wukongimjssdk, wukongimuniappsdk);

fn wukongimjssdk() -> &'static Sdk {
    static SDK: LazyLock<Sdk> = LazyLock::new(|| npm_package("wukongimjssdk", "1.0.4"));
    &SDK
}

fn wukongimuniappsdk() -> &'static Sdk {
    static SDK: LazyLock<Sdk> = LazyLock::new(|| npm_package("wukongimuniappsdk", "1.0.3"));
    &SDK
}

fn npm_package(package: &str, version: &str) -> Sdk {
    let program = NodeProgram::build(package, version, "browser_sdk.mjs");
    Sdk {
        program: Box::new(move || program.command()),
        schemes: &["ws", "tcp"],
        device_flag: 1,
        checks_token: false,
        retries_first: true,
    }
}
