//! What an answer's status and body say, and what is told of those that are none.

use ureq::Body;
use ureq::http::Response;

const MAX_BODY: u64 = 1 << 20;

pub struct Error {
    pub text: String,
    /// Whether no other question will be answered either.
    pub is_final: bool,
}

/// The body; `None` if there is no such path.
pub fn body(address: &str, mut answer: Response<Body>) -> Result<Option<String>, Error> {
    match answer.status().as_u16() {
        200 => {}
        404 => return Ok(None),
        status @ (401 | 403) => return Err(Error::not_allowed(address, status)),
        status => {
            return Err(Error::passing(format!(
                "{address} answers with status {status}"
            )));
        }
    }
    let body = answer.body_mut().with_config().limit(MAX_BODY);
    let text = body.read_to_string();
    text.map(Some)
        .map_err(|error| Error::of_request(address, &error))
}

impl Error {
    /// Another question may be answered.
    pub const fn passing(text: String) -> Self {
        Error {
            text,
            is_final: false,
        }
    }

    pub fn of_request(address: &str, error: &ureq::Error) -> Self {
        Error::passing(format!("{address}: {error}"))
    }

    pub fn garbage(address: &str) -> Self {
        Error::passing(format!(
            "{address} answers something else than a list of devices"
        ))
    }

    fn not_allowed(address: &str, status: u16) -> Self {
        let text = format!(
            "{address} answers {status}: it wants the manager's token (--manager-token) or the \
             manager's account (--login)"
        );
        Error {
            text,
            is_final: true,
        }
    }

    pub fn missing(address: &str, what: &str) -> Self {
        let text = format!("{address} has no {what}: is this WuKongIM's API or manager port?");
        Error {
            text,
            is_final: true,
        }
    }
}
