//! What upstream asks of a uid, for all who check one: before a lookup, before a client connects,
//! before a token is registered.

/// Characters that upstream uses inside of channel ids. A client may connect with them, no token
/// can be registered for them.
pub(crate) const RESERVED: [char; 3] = ['@', '#', '&'];

/// Upstream's own account, for which no token can be registered.
pub(crate) const SYSTEM_ACCOUNT: &str = "____system";

/// The longest string, in bytes, that CONNECT has room for (PROTOCOL §1).
pub(crate) const MAX_LEN: usize = 0x7fff;

/// Whether a uid has a control character.
pub(crate) fn has_control(uid: &str) -> bool {
    // All bytes at once, without a branch for each: most uids are printable ASCII, and then no
    // character has to be decoded.
    let is_suspect = |byte: u8| !(b' '..0x7f).contains(&byte);
    let suspect = uid
        .bytes()
        .fold(false, |found, byte| found | is_suspect(byte));
    suspect && uid.chars().any(char::is_control)
}
