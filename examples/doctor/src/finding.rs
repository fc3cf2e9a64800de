//! What a failure was caused by, as far as it can be proved; else what is left, likeliest first.
//!
//! The crate's own check decides: it is given the record that the line shows, and nothing of the
//! user's other flags, which the line does not show.

use wukongim_auth::{
    Cause, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Timestamp, Token, TokenRecord,
    Verifier, VerifyError,
};

use crate::ask::{Ask, Held};
use crate::line::{CANDIDATES, Failure, Origin, Proven, Told, When};
use crate::store_dump::{ABSENT_TOKEN, StoreDump};

/// Takes the place of a uid that the line does not name; nothing is looked up by it.
const SOMEBODY: &str = "somebody";

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    Cause(Proven),
    /// Decided by what a running server answered.
    Asked(Proven),
    /// Decided by whose the tokens are, in a dump: the line names nobody.
    ByToken(Proven),
    Candidates(Vec<&'static str>, Ranking),
    /// Nothing under the client's flag, and something under these.
    Elsewhere(DeviceFlags),
    /// The server's answer does not fit the line any more.
    Changed(Change),
}

/// What is different now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The presented token is registered, under the flag that the client came with.
    Registered,
    /// There is a token under the client's flag.
    IssuedUnderFlag,
    /// The presented token is that of these flags, and the line's expected one is gone, or the token
    /// was registered later than the line.
    Holds(DeviceFlags),
    /// Neither token of the line is registered.
    Replaced,
}

/// What decides beside the line itself.
#[derive(Default)]
pub struct Sources {
    pub store: Option<StoreDump>,
    pub ask: Option<Ask>,
    pub manager_token: Option<String>,
}

/// Why candidates stand in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ranking {
    /// Upstream v1 writes an empty expected token for all of these.
    EmptyInV1,
    /// The same, in a line that could be v1's or v2's.
    EmptyInEither,
    /// Nothing is registered under the client's flag.
    NothingUnderFlag,
    /// The same, or the store failed.
    NoError,
    /// Two tokens of one kind.
    Alike,
    /// Two tokens of different kinds.
    Unalike,
    /// Two equal tokens.
    Masked,
    /// A token or both are not in the line.
    NoTokens,
    /// The server said so.
    Ambiguous,
    /// What the store leaves.
    Store,
    /// The dump has the presented token for nobody.
    NotInStore,
    /// The words alone: possibly not WuKongIM's.
    Possibly,
    /// Nothing under the client's flag, something under these: the server says so.
    Elsewhere(DeviceFlags),
    /// As in the line, and the server's answer is another by now.
    Changed(Change),
}

/// The cause of a failure, or its candidates. A failure that names nobody gets its user's name, if
/// the token tells it.
pub fn find(failure: &mut Failure, at: Option<When>, sources: &mut Sources) -> Finding {
    let alone = from_told(failure);
    if !is_open(failure) {
        return alone;
    }
    let is_managers = |token: &String| {
        failure
            .actual
            .as_ref()
            .is_some_and(|act| is_same(act, token))
    };
    if sources.manager_token.as_ref().is_some_and(is_managers) {
        return named("manager_token");
    }
    let now = at.map_or_else(Timestamp::now, |at| at.at);
    let store = sources.store.as_ref();
    if let Some(finding) = store.and_then(|store| store.decide(failure, now)) {
        return finding;
    }
    if let Some((uid, finding)) = store.and_then(|store| store.decide_by_token(failure, now)) {
        failure.uid = uid.or(failure.uid.take());
        return finding;
    }
    let answer = sources.ask.as_mut().and_then(|ask| ask.decide(failure, at));
    let finding = answered(answer, alone);
    match sources.manager_token.is_some() && failure.actual.is_some() {
        true => without_manager(finding),
        false => finding,
    }
}

/// Whether the line leaves something to be decided.
fn is_open(failure: &Failure) -> bool {
    matches!(
        failure.told,
        Told::Tokens | Told::NothingUnderFlag | Told::NothingOrStore | Told::Ambiguous(_)
    )
}

fn is_same(actual: &str, token: &str) -> bool {
    Held::Token(token.to_owned()).is(actual)
}

/// What a server's answer makes of what the line alone says.
fn answered(answer: Option<Finding>, alone: Finding) -> Finding {
    match (answer, alone) {
        (Some(Finding::Elsewhere(flags)), _) => {
            let candidates = vec!["issued_for_other_flag", "not_issued_for_flag"];
            Finding::Candidates(candidates, Ranking::Elsewhere(flags))
        }
        (Some(Finding::Changed(change)), Finding::Candidates(candidates, _)) => {
            Finding::Candidates(candidates, Ranking::Changed(change))
        }
        (Some(Finding::Changed(_)) | None, alone) => alone,
        (Some(decided), _) => decided,
    }
}

/// The manager's token is known, and it was another one.
fn without_manager(finding: Finding) -> Finding {
    match finding {
        Finding::Candidates(mut candidates, ranking) => {
            candidates.retain(|candidate| *candidate != "manager_token");
            Finding::Candidates(candidates, ranking)
        }
        decided => decided,
    }
}

/// What the line alone says.
fn from_told(failure: &Failure) -> Finding {
    match &failure.told {
        Told::Cause(proven) => Finding::Cause(proven.clone()),
        Told::Ambiguous(candidates) => Finding::Candidates(candidates.clone(), Ranking::Ambiguous),
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

/// Upstream compares with the manager's token only for the manager's own uid: any other that comes
/// with it is refused like all the rest.
fn with_manager(finding: Finding) -> Finding {
    match finding {
        Finding::Candidates(mut candidates, ranking) => {
            candidates.push("manager_token");
            Finding::Candidates(candidates, ranking)
        }
        decided => decided,
    }
}

/// How the registered token was altered into the one that came; `None` if it was not, or if that
/// cannot be seen.
pub fn altered(expected: &str, actual: &str) -> Option<Proven> {
    match compared(expected, actual) {
        Finding::Cause(proven) => Some(proven),
        _ => None,
    }
}

/// The cause that the crate found, in the form that a log has it in.
pub fn proven(error: &VerifyError) -> Proven {
    let (flags, how) = match error.cause() {
        Cause::IssuedForOtherFlag { issued_for } | Cause::NotIssuedForFlag { issued_for } => {
            (Some(*issued_for), None)
        }
        Cause::Altered { how } => (None, Some(*how)),
        _ => (None, None),
    };
    Proven {
        label: error.cause().label(),
        flags,
        how,
        ..Proven::default()
    }
}

/// What the line alone proves.
fn from_line(failure: &Failure) -> Finding {
    let expected = failure.expected.as_deref();
    match (&failure.told, expected, failure.actual.as_deref()) {
        (Told::NothingUnderFlag, ..) => absent(None, Ranking::NothingUnderFlag),
        (_, Some(""), actual) => match failure.origin {
            // v2 fails in another line where nothing was ever issued.
            Origin::V2 => cleared(actual),
            Origin::V1 => absent(actual, Ranking::EmptyInV1),
            _ => absent(actual, Ranking::EmptyInEither),
        },
        (_, Some(expected), Some(actual)) => compared(expected, actual),
        (_, Some(_), None) => {
            Finding::Candidates(vec!["mismatch", "issued_for_other_flag"], Ranking::NoTokens)
        }
        _ if failure.origin == Origin::Possibly => {
            Finding::Candidates(CANDIDATES.into(), Ranking::Possibly)
        }
        (_, None, _) => Finding::Candidates(CANDIDATES.into(), Ranking::NoTokens),
    }
}

/// Nothing stood in the store, or (but for v2's own line of it) something that was cleared.
fn absent(actual: Option<&str>, ranking: Ranking) -> Finding {
    match check(actual, None) {
        Some(error) => match error.cause() {
            Cause::Ambiguous { candidates, .. } => {
                let mut candidates = candidates.to_vec();
                if ranking != Ranking::NothingUnderFlag {
                    candidates.push("revoked");
                }
                Finding::Candidates(candidates, ranking)
            }
            _ => Finding::Cause(proven(&error)),
        },
        None => Finding::Candidates(CANDIDATES.into(), ranking),
    }
}

/// The token of this very flag was cleared: true whatever the other flags hold. A blank token
/// comes first, as in the crate's precedence.
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

/// Asks the crate, with one record known and the user's other flags not. `None`: accepted.
fn check(actual: Option<&str>, own: Option<TokenRecord>) -> Option<VerifyError> {
    let token = actual.unwrap_or(ABSENT_TOKEN);
    let credentials = Credentials::new(SOMEBODY, DeviceFlag::App, token);
    let (verifier, now) = (Verifier::new(), Timestamp::default());
    let verdict = verifier.verify_record(&credentials, own.as_ref(), now);
    let others = Err("the log does not say".into());
    Some(verifier.diagnose_with(verdict.err()?, others))
}

/// Whether two tokens could come from one source: as long, and of the same sorts of characters.
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

fn named(label: &'static str) -> Finding {
    Finding::Cause(labelled(label))
}

pub fn labelled(label: &'static str) -> Proven {
    Proven {
        label,
        ..Proven::default()
    }
}
