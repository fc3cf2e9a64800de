//! The meaning of an answer's status and body, and the messages about invalid answers.

use ureq::Body;
use ureq::http::Response;

use crate::problem::{Answer, Problem};

const MAX_BODY: u64 = 1 << 20;

pub struct Error {
    pub problem: Problem,
    /// Whether all further questions would fail, too.
    pub is_final: bool,
}

/// The body; `None` if there is no such path.
pub fn body(address: &str, mut answer: Response<Body>) -> Result<Option<String>, Error> {
    match answer.status().as_u16() {
        200 => {}
        404 => return Ok(None),
        status @ (401 | 403) => return Err(Error::not_allowed(address, status)),
        status => return Err(Error::passing(address, Answer::Status(status))),
    }
    let body = answer.body_mut().with_config().limit(MAX_BODY);
    let text = body.read_to_string();
    text.map(Some)
        .map_err(|error| Error::of_request(address, error))
}

impl Error {
    /// Further questions may still be answered.
    pub fn passing(address: &str, answer: Answer) -> Self {
        Error {
            problem: Problem::Server(address.to_owned(), answer),
            is_final: false,
        }
    }

    pub fn of_request(address: &str, error: ureq::Error) -> Self {
        Error::passing(address, Answer::None(error))
    }

    pub fn garbage(address: &str) -> Self {
        Error::passing(address, Answer::Garbage)
    }

    fn not_allowed(address: &str, status: u16) -> Self {
        Error::of_all(address, Answer::NotAllowed(status))
    }

    pub fn missing(address: &str, what: &'static str) -> Self {
        Error::of_all(address, Answer::Missing(what))
    }

    fn of_all(address: &str, answer: Answer) -> Self {
        Error {
            is_final: true,
            ..Error::passing(address, answer)
        }
    }
}
