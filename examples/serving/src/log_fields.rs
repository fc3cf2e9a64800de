//! The fields of a line of text, with text from peers escaped once.
//!
//! In the crate's events, text from peers is already escaped, because not every log does so; in
//! other events it is as received. Escaping everything would double each backslash of the former,
//! so text that is already escaped is left alone.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

const ITALIC: &str = "\u{1b}[3m";
const DIMMED: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

/// Writes `message name="text" name=value`.
#[derive(Clone, Copy, Debug)]
pub struct LogFields;

impl<'writer> FormatFields<'writer> for LogFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line {
            writer,
            is_empty: true,
            result: Ok(()),
        };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'writer> {
    writer: Writer<'writer>,
    is_empty: bool,
    result: fmt::Result,
}

impl Line<'_> {
    fn write(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        self.result = self.result.and_then(|()| {
            if !std::mem::take(&mut self.is_empty) {
                self.writer.write_char(' ')?;
            }
            match field.name() {
                "message" => {}
                name if self.writer.has_ansi_escapes() => {
                    write!(self.writer, "{ITALIC}{name}{RESET}{DIMMED}={RESET}")?;
                }
                name => write!(self.writer, "{name}=")?,
            }
            write!(OneLine(&mut self.writer), "{value}")
        });
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.write(field, format_args!("{value}")),
            _ => self.write(field, format_args!("\"{}\"", EscapedOnce(value))),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field, format_args!("{value:?}"));
    }
}

/// A text, escaped as for `Debug` unless it already is.
struct EscapedOnce<'a>(&'a str);

impl fmt::Display for EscapedOnce<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(c) = rest.chars().next() {
            let (piece, after) = rest.split_at(escape_len(rest).unwrap_or(c.len_utf8()));
            match (c, piece.len()) {
                ('\'', _) => f.write_char(c)?,
                ('\\', 2..) => f.write_str(piece)?,
                _ => c.escape_debug().try_for_each(|c| f.write_char(c))?,
            }
            rest = after;
        }
        Ok(())
    }
}

/// The length of the escape that the text begins with.
fn escape_len(text: &str) -> Option<usize> {
    let escape = text.strip_prefix('\\')?;
    if escape.starts_with(['\\', '"', '\'', 'n', 'r', 't', '0']) {
        return Some(2);
    }
    let (digits, _) = escape.strip_prefix("u{")?.split_once('}')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then_some("\\u{}".len() + digits.len())
}

/// Whatever a value contains, the line remains one line, and a terminal gets no control character.
struct OneLine<'a, W>(&'a mut W);

impl<W: Write> Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c.is_control() {
            true => write!(self.0, "{}", c.escape_debug()),
            false => self.0.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn once(text: &str) -> String {
        EscapedOnce(text).to_string()
    }

    #[test]
    fn what_is_escaped_already_is_left_alone() {
        for (text, expected) in [
            ("alice", "alice"),
            ("a\nb", r"a\nb"),
            (r"a\nb", r"a\nb"),
            ("a\"b", r#"a\"b"#),
            (r#"a\"b"#, r#"a\"b"#),
            (r#"a\\"b"#, r#"a\\\"b"#),
            ("it's", "it's"),
            ("\u{202e}", r"\u{202e}"),
            (r"\u{202e}", r"\u{202e}"),
            (r"C:\users", r"C:\\users"),
            (r"\u{}\u{zz}\u{1", r"\\u{}\\u{zz}\\u{1"),
            ("\\", r"\\"),
            ("爱丽丝", "爱丽丝"),
        ] {
            assert_eq!(once(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_stays_one() {
        let mut line = String::new();
        write!(OneLine(&mut line), "a\nb\u{1b}[31m\r\u{9b}é").unwrap();
        assert_eq!(line, r"a\nb\u{1b}[31m\r\u{9b}é");
    }

    proptest! {
        #[test]
        fn nothing_gets_out_of_its_quotes(text in r#"[\\"'nu{}0-9a-f\x00-\x1f\u{202e}é]{0,24}"#) {
            let escaped = once(&text);
            prop_assert_eq!(once(&escaped), escaped.clone());
            let would_hide = |c: char| c.is_control() || c == '\u{202e}';
            prop_assert!(!escaped.contains(would_hide));
            let mut chars = escaped.chars();
            while let Some(c) = chars.next() {
                prop_assert!(c != '"', "{}", escaped);
                if c == '\\' {
                    prop_assert!(chars.next().is_some(), "{}", escaped);
                }
            }
        }

        #[test]
        fn all_but_apostrophes_is_escaped(text in r#"[^\\]{0,24}"#) {
            prop_assert_eq!(once(&text), escaped(&text).replace(r"\'", "'"));
        }

        /// The crate does so, too.
        #[test]
        fn a_text_of_escaped_characters_is_left_alone(text in any::<String>()) {
            let escaped = escaped(&text);
            prop_assert_eq!(once(&escaped), escaped);
        }
    }

    fn escaped(text: &str) -> String {
        text.chars().flat_map(char::escape_debug).collect()
    }
}
