//! The crate's fix for a cause that a log names: the cause is played through the crate's own
//! check, with invented tokens, and the refusal knows its fix.

use std::time::Duration;

use wukongim_auth::diagnosis::{Alteration, Language, PeerFacts, Transport};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Timestamp, Token, TokenRecord, Verifier,
    VerifyError,
};

use crate::line::Proven;
use crate::replay::Scene;
use crate::text;

/// Hexadecimal with letters, and long enough to be recognised when it is cut off.
const TOKEN: &str = "a1b2c3d4e5f60718a1b2c3d4e5f60718";
const ANOTHER: &str = "fedcba98fedcba98fedcba98fedcba98";
const MANAGERS: &str = "manager-manager-manager";

/// Stands for the flag that a log does not name. Upstream's own device, so that no client's is.
const UNNAMED: DeviceFlag = DeviceFlag::System;
const UNNAMED_NUMBER: &str = "99 (SYSTEM)";

/// What to do about a cause, with words in place of the numbers that the log does not give.
pub fn of(cause: &Proven, device_flag: Option<DeviceFlag>, language: Language) -> String {
    let Some(error) = refusal(cause, device_flag.unwrap_or(UNNAMED)) else {
        return text::NO_FIX.of(language).to_owned();
    };
    let mut fix = error.fix_in(language).to_string();
    if device_flag.is_none() {
        fix = fix.replace(UNNAMED_NUMBER, text::UNNAMED_FLAG.of(language));
    }
    if cause.issued_for.is_none() {
        let own = device_flag.unwrap_or(UNNAMED);
        let or = text::OR.of(language);
        fix = fix.replace(&numbers(own.others(), or), text::OTHER_FLAG.of(language));
    }
    fix
}

/// A refusal with exactly this cause; `None` where the crate has none of that name.
pub fn refusal(cause: &Proven, device_flag: DeviceFlag) -> Option<VerifyError> {
    let now = Timestamp::from_millis(2);
    let before = Timestamp::from_millis(1);
    let token = Token::new(TOKEN);
    let record = TokenRecord::issue(token, DeviceLevel::Slave);
    let another = TokenRecord::issue(Token::new(ANOTHER), DeviceLevel::Slave);
    let issued_for = cause.issued_for.unwrap_or(device_flag.others().collect());
    let others = |record: &TokenRecord| under(issued_for, record);

    let (uid, flag, own, others) = match cause.label {
        "empty_uid" => ("", device_flag, Ok(None), Ok(vec![])),
        "invalid_uid" => ("\u{1}", device_flag, Ok(None), Ok(vec![])),
        "unknown_device_flag" => ("u", DeviceFlag::Unknown(255), Ok(None), Ok(vec![])),
        "store" => ("u", device_flag, Err("not now"), Ok(vec![])),
        "revoked" => (
            "u",
            device_flag,
            Ok(Some(record.revoke(before))),
            Ok(vec![]),
        ),
        "expired" => {
            let record = record.with_expiry(before);
            ("u", device_flag, Ok(Some(record)), Ok(vec![]))
        }
        "superseded" => {
            let record = record.rotate(Token::new(ANOTHER), before).ok();
            ("u", device_flag, Ok(record), Ok(vec![]))
        }
        "issued_for_other_flag" => ("u", device_flag, Ok(None), Ok(others(&record))),
        "ambiguous" => ("u", device_flag, Ok(None), Err("not now")),
        "not_issued_for_flag" => ("u", device_flag, Ok(None), Ok(others(&another))),
        "altered" => ("u", device_flag, Ok(Some(record)), Ok(vec![])),
        "mismatch" => ("u", device_flag, Ok(Some(another)), Ok(vec![])),
        _ => ("u", device_flag, Ok(None), Ok(vec![])),
    };
    let presented = match (cause.label, cause.how) {
        ("empty_token", _) => " ".to_owned(),
        ("manager_token", _) => MANAGERS.to_owned(),
        ("altered", how) => deformed(how.unwrap_or(Alteration::Blanks)),
        _ => TOKEN.to_owned(),
    };
    let credentials = Credentials::new(uid, flag, &*presented).with_facts(facts(cause));
    let verifier = Verifier::new()
        .with_system_device()
        .with_leeway(Duration::ZERO)
        .with_manager_token(Token::new(MANAGERS));
    let error = verifier
        .verify(&Scene { own, others }, &credentials, now)
        .err()?;
    (error.cause().label() == cause.label).then_some(error)
}

fn under(flags: DeviceFlags, record: &TokenRecord) -> Vec<(DeviceFlag, TokenRecord)> {
    flags.iter().map(|flag| (flag, record.clone())).collect()
}

fn facts(cause: &Proven) -> PeerFacts {
    let mut facts = PeerFacts::new();
    if cause.web_socket {
        facts = facts.with_transport(Transport::WebSocket);
    }
    if cause.device_flag_missing {
        facts = facts.with_device_flag_missing();
    }
    facts
}

fn deformed(how: Alteration) -> String {
    match how {
        Alteration::ByteOrderMark => format!("\u{feff}{TOKEN}"),
        Alteration::Quotes => format!("\"{TOKEN}\""),
        Alteration::Bearer => format!("Bearer {TOKEN}"),
        Alteration::PercentEncoded => TOKEN.replace('a', "%61"),
        Alteration::HexCase => TOKEN.to_uppercase(),
        Alteration::Truncated => TOKEN.split_at(20).0.to_owned(),
        _ => format!(" {TOKEN}\n"),
    }
}

/// `1 (WEB) or 2 (PC)`, as the crate writes several flags.
fn numbers(flags: impl Iterator<Item = DeviceFlag>, or: &str) -> String {
    let numbers: Vec<_> = flags
        .map(|flag| format!("{} ({flag})", flag.wire()))
        .collect();
    numbers.join(or)
}
