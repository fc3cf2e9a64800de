//! Requests to connect that are refused.

use wukongim_auth::DeviceFlag;

use super::{EXPIRED, Kind, Like, REFUSED, REVOKED, long, short};
use crate::server::Outcome;
use crate::users::{HOT, connect, encoded, hot_frames, text, token, uid};
use crate::whole::json_request;

pub fn all() -> Vec<Kind> {
    let kind = |name: &str, like, frames| Kind {
        group: REFUSED,
        name: name.into(),
        like,
        frames,
        chunk_len: usize::MAX,
        outcome: Outcome::Refused,
    };
    let flag = |flag| {
        hot_frames(move |uid, token| {
            let mut connect = connect(uid, token);
            connect.device_flag = flag;
            encoded(connect)
        })
    };
    let former = |from| {
        let frame = |user| encoded(connect(text(&uid(user + from)), text(&token(user))));
        (0..HOT as u64).map(frame).collect()
    };
    let as_uid = |made: fn(&str) -> String| {
        hot_frames(move |uid, token| encoded(connect(&made(uid), token)))
    };
    let backwards = |uid: &str| uid.chars().rev().collect();
    vec![
        kind(
            "another token",
            Like::Connect,
            hot_frames(|uid, token| {
                encoded(connect(uid, &token.chars().rev().collect::<String>()))
            }),
        ),
        kind("a user without a token", Like::Connect, as_uid(backwards)),
        kind("revoked", Like::Connect, former(REVOKED)),
        kind("expired", Like::Connect, former(EXPIRED)),
        kind(
            "an unknown device flag",
            Like::Connect,
            flag(DeviceFlag::from(7)),
        ),
        kind(
            "a control character in the uid",
            Like::Connect,
            as_uid(|uid| format!("{}\n", &uid[1..])),
        ),
        kind(
            "a blank token",
            Like::Connect,
            hot_frames(|uid, _| encoded(connect(uid, &" ".repeat(32)))),
        ),
        kind(
            "the shortest CONNECT, another token",
            Like::ShortConnect,
            vec![short("u", "x")],
        ),
        kind("another token of 7 KiB", Like::LongToken, vec![long(b'x')]),
        kind(
            "another token by JSON-RPC",
            Like::JsonRpc,
            hot_frames(|uid, token| json_request(uid, &token.chars().rev().collect::<String>())),
        ),
    ]
}
