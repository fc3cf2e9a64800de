//! What a line proves on its own. The crate's own check decides: it gets the record that the line
//! shows, but not the user's other flags, which the line does not show.

use std::sync::LazyLock;

use wukongim_auth::{
    Cause, Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verifier,
    VerifyError,
};

use super::cut::unless_cut;
use super::{Finding, Ranking, named, proven, verdict};
use crate::line::{CANDIDATES, Failure, Origin, Proven, Told};
use crate::store::ABSENT_TOKEN;

/// Replaces a uid that the line does not name; nothing is looked up by it.
const SOMEBODY: &str = "somebody";

/// What the line says on its own. A line that may be another program's proves nothing.
pub fn from_told(failure: &Failure) -> Finding {
    match (told(failure), failure.origin) {
        (Finding::Cause(cause), Origin::Possibly) => {
            Finding::Candidates(vec![cause.label], Ranking::Possibly)
        }
        (Finding::Candidates(candidates, _), Origin::Possibly) => {
            Finding::Candidates(candidates, Ranking::Possibly)
        }
        (finding, _) => finding,
    }
}

fn told(failure: &Failure) -> Finding {
    match &failure.told {
        Told::Cause(proven) => Finding::Cause(proven.clone()),
        Told::Ambiguous(candidates) => Finding::Candidates(candidates.clone(), Ranking::Ambiguous),
        Told::Verdict(label) => verdict::alone(label),
        Told::EmptyToken => named("empty_token"),
        Told::EmptyUid => named("empty_uid"),
        Told::Store => named("store"),
        Told::NothingOrStore => {
            let candidates = [
                "issued_for_other_flag",
                "not_issued_for_flag",
                "not_issued",
                "store",
            ];
            Finding::Candidates(candidates.into(), Ranking::NoError)
        }
        Told::NothingUnderFlag | Told::Tokens => with_manager(from_line(failure)),
    }
}

/// Upstream compares with the manager token only for the manager's own uid: any other client that
/// presents it is rejected like all others.
fn with_manager(finding: Finding) -> Finding {
    match finding {
        Finding::Candidates(mut candidates, ranking) => {
            candidates.push("manager_token");
            Finding::Candidates(candidates, ranking)
        }
        decided => decided,
    }
}

/// How the registered token was altered into the presented one; `None` if it was not, or if that
/// cannot be seen.
pub fn altered(expected: &str, actual: &str) -> Option<Proven> {
    match compared(expected, actual) {
        Finding::Cause(proven) => Some(proven),
        _ => None,
    }
}

/// What the line proves on its own.
fn from_line(failure: &Failure) -> Finding {
    let expected = failure.expected.as_deref();
    match (&failure.told, expected, failure.actual.as_deref()) {
        (Told::NothingUnderFlag, ..) => absent(None, Ranking::NothingUnderFlag),
        (_, Some(""), actual) => match failure.origin {
            // If nothing was ever issued, v2 writes another line.
            Origin::V2 => cleared(actual),
            Origin::V1 => absent(actual, Ranking::EmptyInV1),
            _ => absent(actual, Ranking::EmptyInEither),
        },
        (_, Some(expected), Some(actual)) => unless_cut(failure, compared(expected, actual)),
        (_, Some(_), None) => {
            Finding::Candidates(vec!["mismatch", "issued_for_other_flag"], Ranking::NoTokens)
        }
        _ if failure.origin == Origin::Possibly => {
            Finding::Candidates(CANDIDATES.into(), Ranking::Possibly)
        }
        (_, None, _) => Finding::Candidates(CANDIDATES.into(), Ranking::NoTokens),
    }
}

/// Nothing was in the store, or (except for v2's own line for that) something that was cleared.
fn absent(actual: Option<&str>, ranking: Ranking) -> Finding {
    // The result is the same for all tokens that are not shown, and most of upstream's lines are
    // like this.
    static OF_NONE: LazyLock<Unregistered> = LazyLock::new(|| unregistered(None));
    let found = match actual {
        Some(_) => unregistered(actual),
        None => OF_NONE.clone(),
    };
    match found {
        Ok(cause) => Finding::Cause(cause),
        Err(candidates) => {
            let can_be = ranking != Ranking::NothingUnderFlag && !candidates.contains(&"revoked");
            let revoked = can_be.then_some("revoked");
            let candidates = candidates.iter().copied().chain(revoked);
            Finding::Candidates(candidates.collect(), ranking)
        }
    }
}

/// A cause, or the candidates.
type Unregistered = Result<Proven, &'static [&'static str]>;

fn unregistered(actual: Option<&str>) -> Unregistered {
    match check(actual, None) {
        Some(error) => match error.cause() {
            Cause::Ambiguous { candidates, .. } => Err(candidates),
            _ => Ok(proven(&error)),
        },
        None => Err(&CANDIDATES),
    }
}

/// The token of this very flag was cleared: that is certain whatever the other flags hold. A token
/// that is only whitespace takes precedence, as in the crate.
fn cleared(actual: Option<&str>) -> Finding {
    let error = check(actual, None).filter(|error| matches!(error.cause(), Cause::EmptyToken));
    error.map_or(named("revoked"), |error| Finding::Cause(proven(&error)))
}

fn compared(expected: &str, actual: &str) -> Finding {
    let record = TokenRecord::issue(Token::new(expected), DeviceLevel::Slave);
    let ranking = match check(Some(actual), Some(record)) {
        None => Ranking::Masked,
        Some(error) if !matches!(error.cause(), Cause::Ambiguous { .. }) => {
            return Finding::Cause(proven(&error));
        }
        Some(_) if are_alike(expected, actual) => Ranking::Alike,
        Some(_) => Ranking::Unalike,
    };
    Finding::Candidates(vec!["mismatch", "issued_for_other_flag"], ranking)
}

/// Asks the crate, with one known record, and without the user's other flags. `None`: accepted.
fn check(actual: Option<&str>, own: Option<TokenRecord>) -> Option<VerifyError> {
    let token = actual.unwrap_or(ABSENT_TOKEN);
    let credentials = Credentials::new(SOMEBODY, DeviceFlag::App, token);
    let (verifier, now) = (Verifier::new(), Timestamp::default());
    let verdict = verifier.verify_record(&credentials, own.as_ref(), now);
    let others = Err("the log does not say".into());
    Some(verifier.diagnose_with(verdict.err()?, others))
}

/// Whether two tokens could come from the same source: of the same length, and with the same kinds
/// of characters.
fn are_alike(a: &str, b: &str) -> bool {
    let sorts = |text: &str| {
        let has = |sort: fn(char) -> bool| text.chars().any(sort);
        [
            has(|c| c.is_ascii_digit()),
            has(|c| matches!(c.to_ascii_lowercase(), 'g'..='z')),
            has(|c| !c.is_ascii_alphanumeric()),
        ]
    };
    a.len() == b.len() && sorts(a) == sorts(b)
}
