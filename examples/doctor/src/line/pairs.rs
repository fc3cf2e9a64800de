//! `name=value name="value"`, in the crate's own lines.
//!
//! Text from a peer is quoted and escaped: text that is not quoted where it should be comes from
//! another program, and the list ends at text that violates the form.

/// A value as written, with its quotes.
pub struct Pairs<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Pairs<'a> {
    pub fn read(text: &'a str) -> Self {
        let mut pairs = Vec::new();
        let mut rest = text;
        while let Some((name, value, after)) = first(rest) {
            pairs.push((name, value));
            rest = after;
        }
        Pairs(pairs)
    }

    /// A value between quotes, unescaped.
    pub fn quoted(&self, name: &str) -> Option<String> {
        let value = self.value(name)?.strip_prefix('"')?.strip_suffix('"')?;
        Some(unescaped(value))
    }

    /// An unquoted value.
    pub fn bare(&self, name: &str) -> Option<&'a str> {
        self.value(name).filter(|value| !value.starts_with('"'))
    }

    /// Either form, for values that no peer can choose.
    pub fn any(&self, name: &str) -> Option<String> {
        let bare = || self.bare(name).map(str::to_owned);
        self.quoted(name).or_else(bare)
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let is_it = |pair: &&(&str, &str)| pair.0 == name;
        self.0.iter().find(is_it).map(|(_, value)| *value)
    }
}

/// The first name and value, and the rest after the space.
fn first(text: &str) -> Option<(&str, &str, &str)> {
    let (name, value) = text.split_once('=')?;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    let end = match value.strip_prefix('"') {
        Some(quoted) => end_of_quoted(quoted)? + 1,
        None => value.find(char::is_whitespace).unwrap_or(value.len()),
    };
    let (value, rest) = value.split_at_checked(end)?;
    let is_end = rest.is_empty() || rest.starts_with(char::is_whitespace);
    is_end.then(|| (name, value, rest.trim_start()))
}

/// The bytes up to and including the closing quote.
pub fn end_of_quoted(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let quote = text.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })?;
    Some(quote + 1)
}

/// Reverses `char::escape_debug`. Text that is not an escape stays unchanged.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (c, after) = escape(after).unwrap_or(('\\', after));
        plain.push(c);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

fn escape(text: &str) -> Option<(char, &str)> {
    if let Some(hex) = text.strip_prefix("u{") {
        let (digits, rest) = hex.split_once('}')?;
        return Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, rest));
    }
    let mut chars = text.chars();
    let c = match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        c @ ('"' | '\'' | '\\') => c,
        _ => return None,
    };
    Some((c, chars.as_str()))
}
