//! `--ask`: a running server decides what the log cannot.

mod decides;
mod requests;
mod servers;
mod unanswered;
mod unproved;
mod without_log;

use serde_json::{Value, json};

use wukongim_test_support::stand_in::{Reply, Request, StandIn};

pub const NANOS: i64 = 1_700_000_000_000_000_000;

pub fn device(uid: &str, flag: u8, token: &str, created: i64) -> Value {
    json!({"id": created, "uid": uid, "token": token, "device_flag": flag, "device_level": 1,
        "created_at": created, "updated_at": created})
}

pub fn page(devices: &[Value], more: u8) -> Reply {
    let body = json!({"total": devices.len(), "more": more, "data": devices});
    Reply::Json(200, body.to_string())
}

/// alice has a token for APP and another for WEB, carol's was cleared, and nobody else has any.
fn v2(request: &Request) -> Reply {
    if !request.line.starts_with("GET /cluster/devices?") {
        return Reply::Json(404, "404 page not found".to_owned());
    }
    match request.query("uid").unwrap() {
        "alice" => page(
            &[
                device("alice", 1, "alice-web", NANOS),
                device("alice", 0, "alice-app", NANOS - 1),
            ],
            0,
        ),
        "carol" => page(
            &[
                device("carol", 0, "", NANOS),
                device("carol", 7, "carol-7", NANOS),
            ],
            0,
        ),
        _ => page(&[], 0),
    }
}

fn fail(uid: &str, expected: &str, actual: &str) -> String {
    json!({"time": "2026-04-23T09:00:01+08:00", "msg": "【handler】token verify fail", "uid": uid,
        "sourceNodeId": 1, "expectToken": expected, "actToken": actual})
    .to_string()
}

fn none(uid: &str, flag: &str) -> String {
    json!({"time": "2026-04-23T09:00:01+08:00", "msg": "【handler】get device token err",
        "error": "not found", "uid": uid, "deviceFlag": flag})
    .to_string()
}

fn ask<'a>(server: &'a StandIn, more: &[&'a str]) -> Vec<&'a str> {
    [&["--ask", &*server.address], more].concat()
}
