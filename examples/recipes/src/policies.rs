//! Guests, a manager's account, bans: what a server decides besides the token.

use std::collections::HashSet;

use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{
    AcceptOptions, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Handshake, KeyPolicy,
    MemoryStore, Session, Timestamp, Token, TokenRecord, Verified, Verifier, VerifyError, verify,
};

const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

// recipe: guests
/// A guest has a uid of this kind and no token. No user may be registered under such a uid.
pub fn admit(
    store: &MemoryStore,
    credentials: &Credentials<'_>,
    now: Timestamp,
) -> Result<Verified, VerifyError> {
    let (uid, flag) = (credentials.uid, credentials.device_flag);
    let is_guest_name = uid
        .strip_prefix("guest-")
        .is_some_and(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let is_guest = is_guest_name && credentials.token.expose_secret().is_empty();
    // Nothing else checks the flag: a guest must not connect as SYSTEM.
    if is_guest && DeviceFlags::CLIENTS.contains(flag) {
        let level = DeviceLevel::Slave;
        return Ok(Verified::dangerously_unverified(uid, flag, level, now));
    }
    verify(store, credentials, now)
}
// recipe ends

// recipe: manager
/// For the listener that everybody reaches. The API's token is never accepted from a client; if one
/// presents it, the log says so.
pub fn public(api_token: &str) -> Verifier {
    Verifier::new().with_manager_token(Token::new(api_token))
}

/// For the listener that only the manager reaches: allows SYSTEM devices, which need a token like
/// any other.
pub fn internal(api_token: &str) -> Verifier {
    public(api_token).with_device_flags(DeviceFlags::CLIENTS.with(DeviceFlag::System))
}

pub fn register_manager(store: &MemoryStore, token: Token) {
    let record = TokenRecord::issue(token, DeviceLevel::Master);
    store.insert("manager", DeviceFlag::System, record);
}
// recipe ends

// recipe: bans
/// Returns what to send, and the session if the client was accepted.
pub fn answer(
    handshake: &Handshake<'_>,
    store: &MemoryStore,
    banned: &HashSet<String>,
) -> (Vec<u8>, Option<Session>) {
    // Not `verify`: the reply need not wait for the cause. `Verifier::diagnose` finds it.
    let verdict = Verifier::new().verdict(store, &handshake.credentials(), Timestamp::now());
    if let Ok(verified) = &verdict
        && banned.contains(verified.uid())
    {
        eprintln!("{} is banned", verified.uid());
        // The same bytes as any refusal: the SDK stops, and learns nothing more.
        return (handshake.refuse(ReasonCode::AuthFail), None);
    }
    let answer = handshake.answer(verdict, &OPTIONS);
    let session = answer.outcome.inspect_err(|error| eprintln!("{error:#}"));
    (answer.reply, session.ok())
}
// recipe ends
