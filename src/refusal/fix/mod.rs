//! Instructions for each cause, in English and Chinese.

mod chinese;
mod context;
mod english;

use core::fmt;

pub(crate) use context::Context;

/// The language of a [`Fix`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 简体中文.
    Chinese,
}

/// What to do about an error: one or two sentences for the operator of the business server, naming
/// the endpoint and the field.
///
/// `Display` writes it in English, or in the language chosen by [`in_language`](Self::in_language).
///
/// ```
/// use wukongim_auth::diagnosis::Language;
/// use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
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
pub struct Fix<'a> {
    about: About<'a>,
    language: Language,
}

#[derive(Clone, Copy, Debug)]
enum About<'a> {
    Cause(Context<'a>),
    /// The same text for every connection, in English and in Chinese.
    Text([&'static str; 2]),
}

impl<'a> Fix<'a> {
    pub(crate) const fn new(context: Context<'a>) -> Self {
        Fix {
            about: About::Cause(context),
            language: Language::English,
        }
    }

    /// Creates a fix with a fixed text, in English and in Chinese.
    pub(crate) const fn text(english_and_chinese: [&'static str; 2]) -> Self {
        Fix {
            about: About::Text(english_and_chinese),
            language: Language::English,
        }
    }

    /// Returns the fix in another language.
    ///
    /// ```
    /// use wukongim_auth::diagnosis::Language;
    /// use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// let fix = error.fix().in_language(Language::Chinese);
    /// assert!(fix.to_string().contains("POST /user/token"));
    /// ```
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }
}

impl fmt::Display for Fix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.about, self.language) {
            (About::Cause(context), Language::English) => english::write(context, f),
            (About::Cause(context), Language::Chinese) => chinese::write(context, f),
            (About::Text([english, _]), Language::English) => f.write_str(english),
            (About::Text([_, chinese]), Language::Chinese) => f.write_str(chinese),
        }
    }
}
