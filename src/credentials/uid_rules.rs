//! Upstream's rules for uids. Checked before a lookup, before a client connects, and before a token
//! is registered.

/// Characters that upstream uses inside channel ids. A client may connect with them, but no token
/// can be registered for such a uid.
pub(crate) const RESERVED: [char; 3] = ['@', '#', '&'];

/// Upstream's own account, for which no token can be registered.
pub(crate) const SYSTEM_ACCOUNT: &str = "____system";

/// The longest string that fits into CONNECT, in bytes (PROTOCOL §1).
pub(crate) const MAX_LEN: usize = 0x7fff;

/// Returns whether a uid contains a control character.
pub(crate) fn has_control(uid: &str) -> bool {
    // All bytes are checked without a branch for each, so the compiler can check many at once. Most
    // uids are printable ASCII, and then no character has to be decoded.
    let is_suspect = |byte: u8| !(b' '..0x7f).contains(&byte);
    let suspect = uid
        .bytes()
        .fold(false, |found, byte| found | is_suspect(byte));
    suspect && uid.chars().any(char::is_control)
}
