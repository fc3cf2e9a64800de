//! What to do about a cause, in English and Chinese.

mod chinese;
mod context;
mod english;

use core::fmt;

pub(crate) use context::Context;

use crate::handshake::AcceptError;

/// A language that [`Fix`] is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 简体中文.
    Chinese,
}

/// What to do about an error: a sentence or two for whoever runs the business server, naming the
/// endpoint and the field.
///
/// `Display` writes it in English, or in the language that [`in_language`](Self::in_language) chose.
///
/// ```
/// use wukongim_auth::{Credentials, DeviceFlag, Language, MemoryStore, Timestamp, verify};
///
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
/// assert_eq!(
///     error.fix().to_string(),
///     "Call POST /user/token with this uid and device_flag=1 (WEB) before the client connects.",
/// );
/// let fix = error.fix().in_language(Language::Chinese);
/// assert!(fix.to_string().contains("device_flag=1 (WEB)"));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a fix is to be printed"]
pub struct Fix<'a> {
    text: Text<'a>,
    language: Language,
}

/// What is written, in each language.
#[derive(Clone, Copy, Debug)]
enum Text<'a> {
    /// Depends on the cause and on the connection.
    Of(Context<'a>),
    /// The same for every connection.
    Fixed {
        english: &'static str,
        chinese: &'static str,
    },
}

impl<'a> Fix<'a> {
    pub(crate) const fn new(context: Context<'a>) -> Self {
        Fix {
            text: Text::Of(context),
            language: Language::English,
        }
    }

    /// A fix that is the same whatever the connection.
    pub(crate) const fn fixed(english: &'static str, chinese: &'static str) -> Self {
        Fix {
            text: Text::Fixed { english, chinese },
            language: Language::English,
        }
    }

    pub(crate) const fn of_refused(refused: AcceptError) -> Self {
        Fix::fixed(english::refused(refused), chinese::refused(refused))
    }

    /// The same fix in another language.
    pub const fn in_language(self, language: Language) -> Self {
        Fix { language, ..self }
    }
}

impl fmt::Display for Fix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.text, self.language) {
            (Text::Of(context), Language::English) => english::write(context, f),
            (Text::Of(context), Language::Chinese) => chinese::write(context, f),
            (Text::Fixed { english, .. }, Language::English) => f.write_str(english),
            (Text::Fixed { chinese, .. }, Language::Chinese) => f.write_str(chinese),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Fix, Language};
    use crate::handshake::AcceptError;
    use crate::token::RandomError;

    /// Not to be had from outside: the generators of ring do not fail on demand.
    #[test]
    fn what_to_do_about_a_failed_generator() {
        for (language, word) in [
            (Language::English, "random generator"),
            (Language::Chinese, "随机数生成器"),
        ] {
            let fix = Fix::of_refused(AcceptError::Random(RandomError)).in_language(language);
            assert!(fix.to_string().contains(word), "{fix}");
        }
    }
}
