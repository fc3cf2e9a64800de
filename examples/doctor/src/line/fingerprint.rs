//! Tokens as this crate's lines show them.

/// `len=32 sha256=1f0a9c3e`, or without the length.
pub fn is_fingerprint(text: &str) -> bool {
    let digest = match text
        .strip_prefix("len=")
        .and_then(|rest| rest.split_once(' '))
    {
        Some((len, digest)) if len.len() < 8 && len.bytes().all(|b| b.is_ascii_digit()) => digest,
        Some(_) => return false,
        None => text,
    };
    digest
        .strip_prefix("sha256=")
        .is_some_and(|hex| hex.len() == 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether two fingerprints belong to the same token. A store of digests does not know a token's
/// length.
pub fn are_of_one(fingerprint: &str, other: &str) -> bool {
    is_fingerprint(other) && digest(fingerprint) == digest(other)
}

fn digest(fingerprint: &str) -> Option<&str> {
    let (_, digest) = fingerprint.rsplit_once("sha256=")?;
    Some(digest)
}
