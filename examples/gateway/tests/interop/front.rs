//! What the SDKs connect to: the gateway, or, with `BEHIND_GUARD=1` in the environment, the guard,
//! which forwards the clients that it lets in to the gateway.

use std::ops::Deref;

use wukongim_test_support::gateway_process::GatewayProcess;

/// The process that clients and the business server see.
pub struct Front {
    seen: GatewayProcess,
    _behind: Option<GatewayProcess>,
}

impl Front {
    /// Starts it, with these arguments besides.
    pub fn start(arguments: &[&str]) -> Self {
        if std::env::var_os("BEHIND_GUARD").is_none() {
            return Front {
                seen: GatewayProcess::start(arguments),
                _behind: None,
            };
        }
        let behind = GatewayProcess::start(&[]);
        let upstream = [
            format!("--upstream-http={}", behind.http),
            format!("--upstream-tcp={}", behind.tcp),
            format!("--upstream-ws={}", behind.ws),
            // The gateway shows no tokens.
            "--compare-interval=0".to_owned(),
        ];
        let mut all: Vec<&str> = upstream.iter().map(String::as_str).collect();
        all.extend(arguments);
        Front {
            seen: GatewayProcess::start_program("wukongim-guard", &[], &all),
            _behind: Some(behind),
        }
    }
}

impl Deref for Front {
    type Target = GatewayProcess;

    fn deref(&self) -> &GatewayProcess {
        &self.seen
    }
}
