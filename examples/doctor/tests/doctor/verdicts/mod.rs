//! A host that answers first logs two events of one failure: its verdict at WARN, and its diagnosis at
//! INFO, which may not be in the log.

mod alone;
mod joined;

use crate::run::{finding, objects};

pub const OPEN: &str =
    "? issued_for_other_flag not_issued_for_flag not_issued placeholder manager_token";

/// `PresentedToken` of `s3cret`.
const ACT: &str = "len=6 sha256=1ec1c26b";

fn event(message: &str, label: &str, uid: &str, time: &str) -> String {
    format!(
        r#"2026-05-01T06:{time}Z  WARN wukongim_auth: {message} uid="{uid}" device_flag=PC device_id="d" act_token="{ACT}" label="{label}" cause="{label}" reason="the token was issued for another device flag: WEB" fix="" device_flag_missing=false peer=192.0.2.1:4711"#
    )
}

pub fn verdict(uid: &str, time: &str) -> String {
    event("token verify fail", "not_issued", uid, time)
}

pub fn diagnosis(uid: &str, time: &str) -> String {
    event("token verify diagnosis", "issued_for_other_flag", uid, time)
}

pub fn findings(arguments: &[&str], log: &[String]) -> Vec<String> {
    let objects = objects(arguments, &log.join("\n"));
    objects.iter().map(finding).collect()
}
