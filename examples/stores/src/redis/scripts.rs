//! The scripts: each is one atomic step on one key, regardless of what other gateways do.

use redis::Script;

/// Loaded into Redis on first use, and again if Redis has forgotten them.
pub struct Scripts {
    pub read: Script,
    pub issue: Script,
    pub rotate: Script,
    pub revoke: Script,
}

impl Scripts {
    pub fn new() -> Self {
        Scripts {
            read: Script::new(include_str!("read.lua")),
            issue: Script::new(concat!(
                include_str!("record.lua"),
                include_str!("issue.lua")
            )),
            rotate: Script::new(concat!(
                include_str!("record.lua"),
                include_str!("rotate.lua")
            )),
            revoke: Script::new(concat!(
                include_str!("record.lua"),
                include_str!("revoke.lua")
            )),
        }
    }
}
