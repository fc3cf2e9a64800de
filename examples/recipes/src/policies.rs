//! Guests, a manager's account, bans: what a host decides beside the token.

use std::collections::HashSet;

use wukongim_auth::{
    AcceptOptions, Credentials, DeviceFlag, DeviceLevel, Handshake, MemoryStore, Session,
    SystemRandom, Timestamp, Token, TokenRecord, Verified, Verifier, VerifyError, verify,
};

// recipe: guests
/// A guest has a name of this kind and no token. Nobody else may be registered under such a name.
pub fn admit(
    store: &MemoryStore,
    credentials: &Credentials<'_>,
    now: Timestamp,
) -> Result<Verified, VerifyError> {
    let Credentials {
        uid,
        device_flag,
        token,
        ..
    } = *credentials;
    let is_guest_name = uid
        .strip_prefix("guest-")
        .is_some_and(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let is_guest = is_guest_name && token.expose_secret().is_empty();
    // Nothing else looks at the flag: a guest must not come in as SYSTEM.
    match is_guest && DeviceFlag::CLIENTS.contains(&device_flag) {
        true => Ok(Verified::dangerously_unverified(
            uid,
            device_flag,
            DeviceLevel::Slave,
        )),
        false => verify(store, credentials, now),
    }
}
// recipe ends

// recipe: manager
/// For the listener that everybody reaches. The API's token is never accepted from a client; one
/// that has it is named in the log.
pub fn public(api_token: &str) -> Verifier {
    Verifier::new().with_manager_token(Token::new(api_token))
}

/// For the listener that only the manager reaches: lets SYSTEM devices in, with a token like all.
pub fn internal(api_token: &str) -> Verifier {
    public(api_token).with_system_device()
}

pub fn register_manager(store: &MemoryStore, token: Token) {
    let record = TokenRecord::issue(token, DeviceLevel::Master);
    store.insert("manager", DeviceFlag::System, record);
}
// recipe ends

// recipe: bans
pub fn answer(
    handshake: Handshake<'_>,
    store: &MemoryStore,
    banned: &HashSet<String>,
    reply: &mut Vec<u8>,
) -> Option<Session> {
    let now = Timestamp::now();
    let verdict = verify(store, &handshake.credentials(), now);
    if let Ok(verified) = &verdict
        && banned.contains(verified.uid())
    {
        eprintln!("{} is banned", verified.uid());
        handshake.refuse(reply); // as any refusal: the SDK stops, and learns no more
        return None;
    }
    let (options, random) = (AcceptOptions::new(now), SystemRandom::new());
    handshake
        .answer(verdict, &options, &random, reply)
        .inspect_err(|error| eprintln!("{error:#}"))
        .ok()
}
// recipe ends
