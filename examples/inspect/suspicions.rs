//! Actual and likely problems of a CONNECT, found by the library's own checks and from what is
//! known about the SDKs.

use wukongim_auth::diagnosis::{ParameterProblem, Transport, parameter_problems};
use wukongim_auth::frame::Limits;
use wukongim_auth::session::Protocol;
use wukongim_auth::{
    AcceptOptions, Credentials, DeviceFlag, DeviceLevel, Handshake, HandshakeError, KeyPolicy,
    Timestamp, Verified,
};

/// The options of a server for official SDKs.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

/// Returns one sentence per problem.
pub fn of_connect(
    request: &[u8],
    handshake: &Handshake<'_>,
    credentials: &Credentials<'_>,
) -> Vec<String> {
    let problems = parameter_problems(credentials);
    let mut suspicions: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let protocol = handshake.protocol();
    if problems.contains(&ParameterProblem::UnknownDeviceFlag) {
        suspicions.extend(custom_flag(protocol, credentials.device_flag));
    }
    suspicions.extend(flag_of_sdk(protocol, credentials));
    if credentials.facts.device_flag_missing {
        suspicions.push("the device flag is missing, and the client is treated as APP (0)".into());
    }
    suspicions.extend(key(handshake, credentials));
    suspicions.extend(size(request));
    suspicions
}

/// EasySDKs for Android and iOS up to 1.0.2 number devices differently.
fn custom_flag(protocol: Protocol, device_flag: DeviceFlag) -> Option<String> {
    let meant = match (protocol, u8::from(device_flag)) {
        (Protocol::JsonRpc, 3) => "desktop",
        (Protocol::JsonRpc, 4) => "other devices",
        _ => return None,
    };
    Some(format!(
        "EasySDKs for Android and iOS up to 1.0.2 send this flag for {meant}; allow it, and register the token for it"
    ))
}

/// Among SDKs of the binary protocol only the JavaScript ones use WebSockets.
fn flag_of_sdk(protocol: Protocol, credentials: &Credentials<'_>) -> Option<String> {
    let is_of_js_sdk =
        protocol == Protocol::Wkproto && credentials.facts.transport == Some(Transport::WebSocket);
    (is_of_js_sdk && credentials.device_flag != DeviceFlag::Web).then(|| {
        format!(
            "the device flag is {}: the JavaScript SDK, which speaks this protocol over WebSocket, sends WEB (1) unless it is configured otherwise",
            credentials.device_flag
        )
    })
}

/// Accepts the client as if it were verified, to find out whether its key is accepted.
fn key(handshake: &Handshake<'_>, credentials: &Credentials<'_>) -> Option<String> {
    let Credentials {
        uid, device_flag, ..
    } = *credentials;
    let level = DeviceLevel::Slave;
    let verified = Verified::dangerously_unverified(uid, device_flag, level, Timestamp::now());
    match handshake.answer(Ok(verified), &OPTIONS).outcome {
        Err(HandshakeError::NotAccepted { error, .. }) => {
            Some(format!("{error}. Fix: {}", error.fix()))
        }
        _ => None,
    }
}

fn size(request: &[u8]) -> Option<String> {
    let error = Handshake::read_with_json_rpc(request, Limits::default()).err()?;
    Some(format!("a server with default limits rejects it: {error}"))
}
