//! The key of a user's records: a single one, so that one node of a cluster has all of them.

/// `wkauth:{uid}`. The braces make the uid the key's hash tag: other keys with the same tag, which
/// a host may use for the same user, are on the same node. Braces in the uid itself would end the
/// tag early. They are escaped, so that two uids never have the same key.
pub fn key(uid: &str) -> String {
    let mut key = String::with_capacity("wkauth:{}".len() + uid.len());
    key.push_str("wkauth:{");
    for c in uid.chars() {
        match c {
            '%' => key.push_str("%25"),
            '{' => key.push_str("%7B"),
            '}' => key.push_str("%7D"),
            _ => key.push(c),
        }
    }
    key.push('}');
    key
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_key_is_the_uid_between_braces() {
        let cases = [
            ("alice", "wkauth:{alice}"),
            ("用户", "wkauth:{用户}"),
            ("a:b c", "wkauth:{a:b c}"),
            ("}a", "wkauth:{%7Da}"),
            ("{a}{b}", "wkauth:{%7Ba%7D%7Bb%7D}"),
            ("100%", "wkauth:{100%25}"),
        ];
        for (uid, expected) in cases {
            assert_eq!(key(uid), expected);
        }
    }

    /// The tag as Redis reads it: from the first `{` to the first `}` after it, unless that is
    /// empty.
    #[test]
    fn the_hash_tag_is_whole_and_no_two_uids_share_a_key() {
        let uids = [
            "a", "}", "{", "{}", "}{", "a}b", "a{b", "%", "%7D", "%257D", "%25", "a%7Db", "}}",
        ];
        let mut keys = HashSet::new();
        for uid in uids {
            let key = key(uid);
            let (_, behind) = key.split_once('{').unwrap();
            let (tag, rest) = behind.split_once('}').unwrap();
            assert!(!tag.is_empty() && rest.is_empty(), "{key}");
            assert!(keys.insert(key), "{uid}");
        }
    }
}
