//! Placeholders for a token: the text that a program prints for a variable without a value, a
//! template that was never filled in, or the example of a manual.

use crate::credentials::wrapping::{without_quotes, without_whitespace};

/// The text that programming languages print for a missing value.
const NO_VALUE: [&str; 14] = [
    "undefined",
    "null",
    "nil",
    "none",
    "nan",
    "void",
    "(null)",
    "<null>",
    "<nil>",
    "(nil)",
    "[null]",
    "[undefined]",
    "{}",
    "[]",
];

/// Format strings that were never applied.
const FORMATS: [&str; 5] = ["%s", "%@", "%d", "%v", "{}"];

/// The beginnings and ends of unfilled templates.
const TEMPLATES: [(&str, &str); 5] = [
    ("${", "}"),
    ("#{", "}"),
    ("$(", ")"),
    ("{{", "}}"),
    ("{%", "%}"),
];

/// Words that mark an example, and words that accompany them.
const EXAMPLES: [&str; 13] = [
    "your",
    "yourtoken",
    "here",
    "insert",
    "replace",
    "enter",
    "paste",
    "put",
    "changeme",
    "change",
    "placeholder",
    "example",
    "dummy",
];
const FILLERS: [&str; 18] = [
    "a", "access", "api", "auth", "im", "me", "my", "real", "the", "this", "to", "token", "tokens",
    "uid", "user", "users", "with", "wukongim",
];

/// The length of the longest of those words.
const LONGEST_WORD: usize = "placeholder".len();

/// Returns whether the text cannot be anyone's token. Depends only on the presented text.
pub(crate) fn is_placeholder(text: &str) -> bool {
    // Most tokens are one word that contains a digit, and no placeholder is.
    if is_word_with_digit(text) {
        return false;
    }
    let text = without_quotes(without_whitespace(text));
    is_one_of(text, &NO_VALUE)
        || is_one_of(text, &FORMATS)
        || is_printed_object(text)
        || is_template(text)
        || is_example(text)
}

/// Checks all bytes without an early exit, so the compiler can check many at once.
fn is_word_with_digit(text: &str) -> bool {
    let (is_word, has_digit) = text
        .bytes()
        .fold((true, false), |(is_word, has_digit), byte| {
            let is_of_word = byte.is_ascii_alphanumeric() | (byte == b'-');
            (is_word & is_of_word, has_digit | byte.is_ascii_digit())
        });
    is_word & has_digit
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_between(text: &str, start: &str, end: &str) -> bool {
    text.strip_prefix(start)
        .is_some_and(|rest| rest.len() >= end.len() && rest.ends_with(end))
}

/// Recognises JavaScript's `[object Object]`, Dart's `Instance of 'Token'`, and Swift's
/// `Optional("…")`.
fn is_printed_object(text: &str) -> bool {
    is_between(text, "[object ", "]")
        || is_between(text, "Instance of '", "'")
        || is_between(text, "Optional(", ")")
}

fn is_template(text: &str) -> bool {
    let is_between_marks = TEMPLATES.iter().any(|(start, end)| {
        let inside = text
            .strip_prefix(start)
            .and_then(|text| text.strip_suffix(end));
        inside.is_some_and(|inside| !inside.is_empty())
    });
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b' '))
    };
    let names_token = |name: &str| is_name(name) && name.to_ascii_lowercase().contains("token");
    is_between_marks
        || [("%", "%"), ("__", "__"), ("<", ">")]
            .iter()
            .any(|(start, end)| {
                let name = text
                    .strip_prefix(start)
                    .and_then(|text| text.strip_suffix(end));
                name.is_some_and(|name| names_token(name) || is_example(name))
            })
        || text.strip_prefix('$').is_some_and(names_token)
        || text.strip_prefix(':').is_some_and(names_token)
        || (is_between(text, "{", "}") && names_token(text.trim_matches(['{', '}'])))
}

/// Recognises `your-token-here`, but not `xxxx` or `****`, which is how people mask a token in a
/// log.
fn is_example(text: &str) -> bool {
    let (mut rest, mut found) = (text.as_bytes(), false);
    while let Some(start) = rest.iter().position(u8::is_ascii_alphanumeric) {
        rest = rest.get(start..).unwrap_or_default();
        // One byte more than any known word has: the end of a longer word, which may be kilobytes
        // away, is not searched for.
        let word = rest.iter().take(LONGEST_WORD + 1);
        let len = word.take_while(|byte| byte.is_ascii_alphanumeric());
        let (word, behind) = rest.split_at_checked(len.count()).unwrap_or_default();
        let is_known = |words: &[&str]| {
            words
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
        };
        let is_example = is_known(&EXAMPLES);
        if !is_example && !is_known(&FILLERS) {
            return false;
        }
        found |= is_example;
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{EXAMPLES, FILLERS, LONGEST_WORD, is_placeholder};

    #[test]
    fn no_word_is_longer_than_the_longest() {
        let lens = EXAMPLES.iter().chain(&FILLERS).map(|word| word.len());
        assert_eq!(lens.max(), Some(LONGEST_WORD));
    }

    #[test]
    fn a_word_that_begins_like_a_known_one_is_another() {
        assert!(is_placeholder("placeholder"));
        assert!(is_placeholder("the placeholder, here"));
        for text in [
            "placeholders",
            "placeholderplaceholder",
            "placeholder placeholders",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
