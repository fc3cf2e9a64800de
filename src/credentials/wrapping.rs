//! Text that ends up around a token, or inside it, when it is copied, printed or sent: whitespace,
//! quotes, an HTTP scheme, JSON.
//!
//! Each function returns the text unchanged if there is nothing to remove.

use alloc::borrow::Cow;

/// Removes whitespace and line ends at both ends.
pub(crate) fn without_whitespace(text: &str) -> &str {
    text.trim()
}

/// Pairs of quotes as used in shells, JSON, Markdown, escaped JSON, and word processors.
const QUOTES: [(&str, &str); 8] = [
    ("\\\"", "\\\""),
    ("\"", "\""),
    ("'", "'"),
    ("`", "`"),
    ("\u{201c}", "\u{201d}"),
    ("\u{2018}", "\u{2019}"),
    ("\u{ab}", "\u{bb}"),
    ("\u{300c}", "\u{300d}"),
];

/// Removes one pair of quotes.
pub(crate) fn without_quotes(text: &str) -> &str {
    QUOTES
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .unwrap_or(text)
}

/// Removes the scheme of an HTTP `Authorization` header.
pub(crate) fn without_bearer(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => text,
    }
}

/// Names that may precede a token. Any name that contains `token` counts as well.
const LABELS: [&str; 5] = ["auth", "authorization", "bearer", "jwt", "key"];

/// Removes a name before the token: `Token …`, `token=…`, `access_token: …`, `bearer:…`.
pub(crate) fn without_label(text: &str) -> &str {
    let is_label = |name: &str| {
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'));
        is_name
            && (LABELS.iter().any(|label| name.eq_ignore_ascii_case(label))
                || name.to_ascii_lowercase().contains("token"))
    };
    match text.split_once([' ', '=', ':']) {
        Some((name, token)) if is_label(name) => token.trim_start(),
        _ => text,
    }
}

/// Removes Swift's `Optional(…)`.
pub(crate) fn without_optional(text: &str) -> &str {
    text.strip_prefix("Optional(")
        .and_then(|text| text.strip_suffix(')'))
        .unwrap_or(text)
}

/// Removes JSON: returns the first string of a list, or of the first member whose name ends in
/// `token`.
pub(crate) fn without_json(text: &str) -> &str {
    let in_list = || text.strip_prefix('[')?.strip_suffix(']');
    let in_object = || {
        let members = text.strip_prefix('{')?.strip_suffix('}')?;
        let (_, value) = members.split_once("oken\"")?;
        value.trim_start().strip_prefix(':')
    };
    let string = in_list().or_else(in_object).and_then(|value| {
        let (string, _) = value.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(string)
    });
    string.unwrap_or(text)
}

/// Removes invisible characters: NUL and other control characters, zero-width spaces, byte order
/// and directional marks, soft hyphens.
pub(crate) fn without_invisible(text: &str) -> Cow<'_, str> {
    match text.chars().any(is_invisible) {
        true => text.chars().filter(|c| !is_invisible(*c)).collect(),
        false => Cow::Borrowed(text),
    }
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}
