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

/// What to do about a refusal: a sentence or two for whoever runs the business server, naming the
/// endpoint and the field. `Display` writes it.
///
/// ```
/// use wukongim_auth::{Credentials, DeviceFlag, Language, Timestamp, check};
///
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let error = check(&credentials, None, Timestamp::now()).unwrap_err();
/// assert_eq!(
///     error.fix().to_string(),
///     "Call POST /user/token with this uid and device_flag=1 (WEB) before the client connects.",
/// );
/// assert!(error.fix_in(Language::Chinese).to_string().contains("device_flag=1 (WEB)"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fix<'a> {
    about: About<'a>,
    language: Language,
}

#[derive(Clone, Copy, Debug)]
enum About<'a> {
    Cause(Context<'a>),
    Refused(AcceptError),
}

impl<'a> Fix<'a> {
    pub(crate) const fn new(context: Context<'a>, language: Language) -> Self {
        let about = About::Cause(context);
        Fix { about, language }
    }

    pub(crate) const fn of_refused(refused: AcceptError, language: Language) -> Self {
        let about = About::Refused(refused);
        Fix { about, language }
    }
}

impl fmt::Display for Fix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.about, self.language) {
            (About::Cause(context), Language::English) => english::write(context, f),
            (About::Cause(context), Language::Chinese) => chinese::write(context, f),
            (About::Refused(refused), Language::English) => f.write_str(english::refused(*refused)),
            (About::Refused(refused), Language::Chinese) => f.write_str(chinese::refused(*refused)),
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
            let fix = Fix::of_refused(AcceptError::Random(RandomError), language);
            assert!(fix.to_string().contains(word), "{fix}");
        }
    }
}
