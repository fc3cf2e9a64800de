//! The tables of the Redis adapter.

use super::rounded;
use crate::cells::{head, row};
use crate::redis_part::Redis;

pub fn asked(redis: &Redis) -> String {
    let columns = [
        "",
        "at once",
        "per second",
        "answer, µs: p50",
        "p99",
        "p99.9",
        "processor, µs each: Redis",
        "asking process",
    ];
    let mut table = head(
        &columns,
        &[
            "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:",
        ],
    );
    for asked in &redis.rows {
        let cells = [
            asked.name.clone(),
            asked.at_once.to_string(),
            rounded(asked.per_second),
            rounded(asked.answer.p50),
            rounded(asked.answer.p99),
            rounded(asked.answer.p999),
            format!("{:.1}", asked.redis_cpu),
            format!("{:.1}", asked.own_cpu),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    let Redis {
        version,
        users,
        bytes,
        key_bytes,
        ..
    } = redis;
    table
        + &format!(
            "\nRedis {version}, {users} users, one device each, digests: {bytes:.0} bytes a user in all \
             (`used_memory`), {key_bytes} of them the key and its value (`MEMORY USAGE`).\n"
        )
}
