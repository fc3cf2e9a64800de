//! What people leave around a token when they copy it: whitespace, quotes, an HTTP scheme.
//!
//! Each function gives back the same text if there is nothing to take off.

/// Without whitespace and line ends at both ends.
pub(crate) fn without_whitespace(text: &str) -> &str {
    text.trim()
}

/// Without one pair of quotes, as in a shell, in JSON or in Markdown.
pub(crate) fn without_quotes(text: &str) -> &str {
    ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

/// Without the scheme of an HTTP `Authorization` header.
pub(crate) fn without_bearer(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => text,
    }
}
