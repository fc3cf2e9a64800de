//! Upstream's own lines, v1 and v2 (PROTOCOL §8).

use super::leftover::follows_a_word;
use super::record::Record;
use super::search::VERIFY_FAIL_WORD;
use super::{Failure, Origin, Told};

pub const NEEDLES: &[&str] = &[
    VERIFY_FAIL,
    TOKEN_EMPTY,
    STORE_ERRS[0],
    STORE_ERRS[1],
    UID_EMPTY,
    ENCODED[0],
    ENCODED[1],
    DAMAGED[0],
    DAMAGED[1],
    DAMAGED[2],
    DAMAGED[3],
];

/// Phrases that have lost their first letter.
pub const DAMAGED: [&str; 4] = [
    "oken verify fail",
    "oken is empty",
    "et device token err",
    "et user token err",
];

/// The phrase as it occurs in an address: such a line is reported as one that cannot be read.
pub const ENCODED: [&str; 2] = ["token%20verify%20fail", "token+verify+fail"];

/// The refusal that a line reports.
pub const PHRASES: [&str; 5] = [
    VERIFY_FAIL,
    TOKEN_EMPTY,
    STORE_ERRS[0],
    STORE_ERRS[1],
    UID_EMPTY,
];

pub const VERIFY_FAIL: &str = "token verify fail";

const TOKEN_EMPTY: &str = "token is empty";

/// Phrases that hardly any other program writes.
pub const STORE_ERRS: [&str; 2] = ["get device token err", "get user token err"];

pub const UID_EMPTY: &str = "UID is empty";

/// What upstream writes before them.
pub const CONNECT_PACKET: &str = "CONNECT packet ";

/// With what upstream repeats a refusal, v2.1 beside the uid that the first line lacks.
pub const CONNECT_FAILED: &str = "】handle connect failed";

/// The tags under which v2's releases log a refusal, up to the part after the name.
const V2_TAGS: [&str; 3] = ["userReactor", "processUser", "handler"];

const TAGS: [&str; 4] = ["Processor", V2_TAGS[0], V2_TAGS[1], V2_TAGS[2]];

/// Bytes of a damaged bracket: `#343#200#220` is one.
const MAX_BRACKET: usize = 24;

pub fn failure(record: &Record<'_>) -> Option<Failure> {
    if is_managers(record) {
        return None;
    }
    let (tag, message) = tag_and_message(record)?;
    let told = match message {
        VERIFY_FAIL => Told::Tokens,
        TOKEN_EMPTY => Told::EmptyToken,
        "get device token err" => device_token_err(record),
        "get user token err" => Told::Store,
        _ if says_uid_is_empty(message) => Told::EmptyUid,
        _ => return None,
    };
    let actual = record.text_of(&["actToken"]);
    let may_be_cut = actual.is_some_and(|token| ends_with_token(record, token));
    // Where the line ends before the token, nothing shows that there was none.
    let actual = actual.filter(|token| !(may_be_cut && token.is_empty()));
    Some(Failure {
        origin: origin(record, tag),
        told,
        uid: record.text_of(&["uid"]).map(str::to_owned),
        node: record.number_of("sourceNodeId"),
        // v1's `conn` is a separate text, which is not read: it is not filled in yet.
        device_flag: record.device_flag(&["deviceFlag"]),
        expected: record.text_of(&["expectToken"]).map(str::to_owned),
        actual: actual.map(str::to_owned),
        may_be_cut,
        attempt: None,
    })
}

/// Whether the client's token stands without quotes at the end of the line.
fn ends_with_token(record: &Record<'_>, token: &str) -> bool {
    let before = record.text.trim_end().strip_suffix(token);
    before.is_some_and(|before| before.ends_with("actToken="))
}

/// The manager's own uid has no user token: none has to be registered for it.
pub fn is_managers(record: &Record<'_>) -> bool {
    record.text_of(&["uid"]) == Some("____manager")
}

/// Parses `【handler】token verify fail`. In a line of text, the message ends at a field or a quote,
/// and the beginning of the tag may be missing, as in lines that were pasted in part. What follows
/// may be a client's text, with brackets of its own.
fn tag_and_message<'r>(record: &'r Record<'_>) -> Option<(Option<&'r str>, &'r str)> {
    let message = &*record.message;
    let tagged = match record.is_exact {
        true => message.rsplit_once('】'),
        false => message.split_once('】'),
    };
    let Some((before, untagged)) = tagged else {
        return match record.is_exact {
            true => Some(damaged_tag(message).unwrap_or((None, message.trim()))),
            false => untagged_text(message).map(|message| (None, message)),
        };
    };
    let tag = before.rsplit(['【', ' ', '"', '\t', '…']).next();
    let text = untagged.split(['"', '\t', '{', '\\']).next();
    let message = if record.is_exact {
        Some(untagged)
    } else {
        text
    };
    Some((tag, message?.trim()))
}

/// `#343#200#220handler#343#200#221token verify fail`: a tag whose brackets did not survive an
/// encoding.
fn damaged_tag(message: &str) -> Option<(Option<&str>, &str)> {
    let phrases = [VERIFY_FAIL, TOKEN_EMPTY, STORE_ERRS[0], STORE_ERRS[1]];
    let phrase = phrases
        .into_iter()
        .find(|phrase| message.ends_with(phrase))?;
    let before = message.strip_suffix(phrase)?;
    let name = TAGS.into_iter().find(|name| before.contains(name))?;
    ends_with_damaged_tag(before).then_some((Some(name), phrase))
}

/// Whether a text ends in a tag's name, followed by something like a bracket.
pub fn ends_with_damaged_tag(text: &str) -> bool {
    let word = text
        .rsplit([' ', '\t', '"', '='])
        .next()
        .unwrap_or_default();
    let behind = TAGS.iter().find_map(|name| word.rsplit_once(name));
    behind.is_some_and(|(before, bracket)| {
        let is_bracket = |text: &str| {
            let is_letter = text.starts_with(|c: char| c.is_ascii_alphanumeric());
            text.len() <= MAX_BRACKET && (!is_letter || text.starts_with("M-"))
        };
        !bracket.is_empty() && is_bracket(before) && is_bracket(bracket)
    })
}

/// Without a tag, only this phrase is upstream's, and only if it is not another field's value.
fn untagged_text(text: &str) -> Option<&'static str> {
    let (before, after) = VERIFY_FAIL_WORD.split(text)?;
    let is_whole = !after.starts_with(char::is_alphanumeric);
    let is_value = [":\"", ": \"", "="].iter().any(|end| before.ends_with(end))
        && !["msg\":\"", "msg\": \"", "message\":\"", "msg=\""]
            .iter()
            .any(|end| before.ends_with(end));
    (is_whole && !is_value && !follows_a_word(before)).then_some(VERIFY_FAIL)
}

/// Whether upstream's tag precedes another message, so that the line only repeats the phrase, as
/// `handle connect failed` does.
pub fn has_other_tag(line: &str, phrase: &str) -> bool {
    let mut tags = line.split('】');
    let _before = tags.next();
    let mut messages = tags.peekable();
    let is_it = |message: &str| {
        let message = message.trim_start();
        let message = message.strip_prefix(CONNECT_PACKET).unwrap_or(message);
        message.starts_with(phrase)
    };
    messages.peek().is_some() && !messages.any(is_it)
}

fn origin(record: &Record<'_>, tag: Option<&str>) -> Origin {
    match tag {
        Some(tag) if tag.starts_with("Processor") => Origin::V1,
        Some(tag) if V2_TAGS.iter().any(|v2| tag.starts_with(v2)) => Origin::V2,
        _ if record.has("sourceNodeId") => Origin::V2,
        Some(tag) if is_name(tag) => Origin::Upstream,
        _ if record.has("expectToken") || record.has("actToken") => Origin::Upstream,
        _ => Origin::Possibly,
    }
}

/// Whether a tag may be upstream's, which are names in its sources. Of a damaged bracket before it,
/// something may be left.
fn is_name(tag: &str) -> bool {
    let name = tag.trim_start_matches(['\u{fffd}', '…']);
    !name.is_empty() && name.is_ascii()
}

/// Whether a text has a tag that may be upstream's. Of a damaged one, a bracket may be missing.
pub fn has_tag(text: &str) -> bool {
    let behind = text.split_once('【').map_or(text, |(_, behind)| behind);
    match behind.split_once('】') {
        Some((tag, _)) => is_name(tag.rsplit([' ', '"', '\t', '…']).next().unwrap_or(tag)),
        None => text.contains('【'),
    }
}

/// Not that the UUID is.
fn says_uid_is_empty(message: &str) -> bool {
    let mut places = message.match_indices(UID_EMPTY);
    places.any(|(start, _)| {
        let before = message.get(..start).unwrap_or_default();
        !before.ends_with(|c: char| c.is_ascii_alphanumeric())
    })
}

/// v2 writes this line for a missing record, and for a store that fails.
fn device_token_err(record: &Record<'_>) -> Told {
    match record.text_of(&["error"]) {
        Some("not found") => Told::NothingUnderFlag,
        Some(_) => Told::Store,
        None => Told::NothingOrStore,
    }
}
