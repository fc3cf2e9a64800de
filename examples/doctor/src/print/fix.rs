//! The crate's fix for a cause that a log names: the crate's own check is run with invented tokens
//! that lead to the cause, and its error has the fix.

use wukongim_auth::diagnosis::{Alteration, Language, Transport};
use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Timestamp, Token, TokenRecord,
    Verifier, VerifyError,
};

use super::text;
use crate::find::{Change, Ranking};
use crate::line::Proven;

/// Hexadecimal with letters, and long enough to be recognised when it is truncated.
const TOKEN: &str = "a1b2c3d4e5f60718a1b2c3d4e5f60718";
const TOKEN_IN_BASE64: &str = "YTFiMmMzZDRlNWY2MDcxOGExYjJjM2Q0ZTVmNjA3MTg=";
const ANOTHER: &str = "fedcba98fedcba98fedcba98fedcba98";
const MANAGERS: &str = "manager-manager-manager";

/// Replaces a flag that a log does not name. It is upstream's own device, so no client has it.
const UNNAMED: DeviceFlag = DeviceFlag::System;
const UNNAMED_NUMBER: &str = "99 (SYSTEM)";

/// The fix for a cause, with words in place of the numbers that the log does not contain.
pub fn of(cause: &Proven, device_flag: Option<DeviceFlag>, language: Language) -> String {
    let own = device_flag.unwrap_or(UNNAMED);
    let Some(error) = refusal(cause, own) else {
        return text::NO_FIX.of(language).to_owned();
    };
    let mut fix = error.fix().in_language(language).to_string();
    if device_flag.is_none() {
        fix = fix.replace(UNNAMED_NUMBER, text::UNNAMED_FLAG.of(language));
    }
    if cause.flags.is_none() {
        let others = numbers(others(own), text::OR.of(language));
        fix = fix.replace(&others, text::OTHER_FLAG.of(language));
    }
    fix
}

/// The fix for candidates: a question, unless the fix of the most likely one can do no harm.
pub fn of_candidates(
    candidates: &[&'static str],
    ranking: Ranking,
    device_flag: Option<DeviceFlag>,
    language: Language,
) -> String {
    if ranking == Ranking::Changed(Change::Registered) {
        return text::ACCEPTED_NOW.of(language).to_owned();
    }
    let mut cause = likeliest(candidates);
    if ranking == Ranking::Cut {
        cause.how = Some(Alteration::Truncated);
    }
    if let Ranking::Elsewhere(flags) = ranking {
        cause.flags = Some(flags);
    }
    let question = text::IF_OWN.of(language);
    conditional(&cause, question, device_flag, language)
}

/// What to do about a cause of which only the presented token tells the user.
pub fn of_presented(cause: &Proven, device_flag: Option<DeviceFlag>, language: Language) -> String {
    let question = text::IF_OWN_BY_TOKEN.of(language);
    conditional(cause, question, device_flag, language)
}

/// With a question before an order to register the presented token.
fn conditional(
    cause: &Proven,
    question: &str,
    device_flag: Option<DeviceFlag>,
    language: Language,
) -> String {
    let fix = of(cause, device_flag, language);
    match cause.label {
        "issued_for_other_flag" | "not_issued_for_flag" | "not_issued" => {
            let otherwise = text::IF_NOT.of(language);
            format!("{question}{fix}{otherwise}")
        }
        _ => fix,
    }
}

pub fn likeliest(candidates: &[&'static str]) -> Proven {
    Proven {
        label: candidates.first().copied().unwrap_or_default(),
        ..Proven::default()
    }
}

/// A refusal with exactly this cause; `None` if the crate has no cause of that name.
fn refusal(cause: &Proven, device_flag: DeviceFlag) -> Option<VerifyError> {
    let now = Timestamp::from_millis(2);
    let uid = match cause.label {
        "empty_uid" => "",
        "invalid_uid" => "\u{1}",
        _ => "u",
    };
    let presented = presented(cause);
    let credentials = with_facts(Credentials::new(uid, device_flag, &*presented), cause);
    let verifier = Verifier::new()
        .with_device_flags(allowed(cause, device_flag))
        .with_manager_token(Token::new(MANAGERS));
    let error = match cause.label {
        "store" => verifier.store_failed(&credentials, "not now", now),
        _ => {
            let verdict = verifier.verify_record(&credentials, registered(cause).as_ref(), now);
            verifier.diagnose_with(verdict.err()?, registered_elsewhere(cause, device_flag))
        }
    };
    (error.label() == cause.label).then_some(error)
}

fn presented(cause: &Proven) -> String {
    match cause.label {
        "empty_token" => " ".to_owned(),
        "manager_token" => MANAGERS.to_owned(),
        "placeholder" => "undefined".to_owned(),
        "altered" => altered(cause.how.unwrap_or(Alteration::Blanks)),
        _ => TOKEN.to_owned(),
    }
}

fn allowed(cause: &Proven, device_flag: DeviceFlag) -> DeviceFlags {
    match (cause.label, cause.flags) {
        ("unknown_device_flag", flags) => {
            flags.unwrap_or(DeviceFlags::CLIENTS).without(device_flag)
        }
        (_, flags) => flags.unwrap_or(others(device_flag)).with(device_flag),
    }
}

/// Under the client's flag.
fn registered(cause: &Proven) -> Option<TokenRecord> {
    let before = Timestamp::from_millis(1);
    match cause.label {
        "revoked" => Some(issued(TOKEN).revoke(before)),
        "expired" => Some(issued(TOKEN).with_expiry(before)),
        "superseded" => issued(TOKEN).rotate(Token::new(ANOTHER), before).ok(),
        "altered" => Some(issued(TOKEN)),
        "mismatch" => Some(issued(ANOTHER)),
        _ => None,
    }
}

fn registered_elsewhere(
    cause: &Proven,
    device_flag: DeviceFlag,
) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
    let flags = cause.flags.unwrap_or(others(device_flag));
    match cause.label {
        "ambiguous" => Err("not now".into()),
        "issued_for_other_flag" => Ok(under(flags, &issued(TOKEN))),
        "not_issued_for_flag" => Ok(under(flags, &issued(ANOTHER))),
        _ => Ok(vec![]),
    }
}

fn issued(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Slave)
}

/// The flag whose token it may be, if it was not issued for this flag.
fn others(device_flag: DeviceFlag) -> DeviceFlags {
    DeviceFlags::CLIENTS.without(device_flag)
}

fn under(flags: DeviceFlags, record: &TokenRecord) -> Vec<(DeviceFlag, TokenRecord)> {
    flags.iter().map(|flag| (flag, record.clone())).collect()
}

fn with_facts<'a>(mut credentials: Credentials<'a>, cause: &Proven) -> Credentials<'a> {
    if cause.web_socket {
        credentials = credentials.with_transport(Transport::WebSocket);
    }
    if cause.device_flag_missing {
        credentials = credentials.with_device_flag_missing();
    }
    credentials
}

fn altered(how: Alteration) -> String {
    match how {
        Alteration::ByteOrderMark => format!("\u{feff}{TOKEN}"),
        Alteration::Invisible => format!("{TOKEN}\0"),
        Alteration::Optional => format!("Optional({TOKEN})"),
        Alteration::Json => format!("[\"{TOKEN}\"]"),
        Alteration::Labelled => format!("token={TOKEN}"),
        Alteration::Doubled => TOKEN.repeat(2),
        Alteration::Base64 => TOKEN_IN_BASE64.to_owned(),
        Alteration::Dashes => format!("{}-{}", &TOKEN[..8], &TOKEN[8..]),
        Alteration::Quotes => format!("\"{TOKEN}\""),
        Alteration::Bearer => format!("Bearer {TOKEN}"),
        Alteration::PercentEncoded => TOKEN.replace('a', "%61"),
        Alteration::HexCase => TOKEN.to_uppercase(),
        Alteration::Truncated => TOKEN.split_at(20).0.to_owned(),
        _ => format!(" {TOKEN}\n"),
    }
}

/// `1 (WEB) or 2 (PC)`, as the crate writes several flags.
fn numbers(flags: DeviceFlags, or: &str) -> String {
    let number = |flag| format!("{} ({flag})", u8::from(flag));
    flags.iter().map(number).collect::<Vec<_>>().join(or)
}
