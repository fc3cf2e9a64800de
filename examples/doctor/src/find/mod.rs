//! The cause of a failure, as far as it can be proved; otherwise the remaining candidates, the most
//! likely one first.
//!
//! The line, a dump of the store, a running server: each of them decides what the one before leaves
//! open.

mod alone;
mod cut;
mod no_error;
mod verdict;

use wukongim_auth::{Cause, DeviceFlags, Timestamp, VerifyError};

use crate::ask::{Ask, Held, Left};
use crate::line::{Failure, Proven, Told, When};
use crate::store::StoreDump;
use alone::from_told;
use cut::{is_truncated, may_begin};

pub use alone::altered;
pub use cut::may_be_cut;
pub use no_error::without_error;
pub use verdict::with_tokens;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    Cause(Proven),
    /// Decided by a running server's answer.
    Asked(Proven),
    /// Decided by the owners of the tokens, in a dump: the line names no user.
    ByToken(Proven, NamedBy),
    Candidates(Vec<&'static str>, Ranking),
    /// Nothing under the client's flag, and something under these.
    Elsewhere(DeviceFlags),
    /// The server's answer no longer fits the line.
    Changed(Change),
}

/// Which of a line's tokens says whose failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// The one that the server had for the client.
    Registered,
    /// The client's own. Another user's client may have it, too.
    Presented,
}

/// What has changed since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The presented token is registered, under the flag that the client came with.
    Registered,
    /// There is a token under the client's flag.
    IssuedUnderFlag,
    /// The presented token belongs to these flags, and the one that the line expected is gone, or
    /// the token was registered after the line.
    Holds(DeviceFlags),
    /// Neither of the line's tokens is registered.
    Replaced,
    /// The tokens of these flags were issued or cleared later than the line.
    Since(DeviceFlags),
}

/// What decides in addition to the line.
#[derive(Default)]
pub struct Sources {
    pub store: Option<StoreDump>,
    pub ask: Option<Ask>,
    pub manager_token: Option<String>,
}

impl Sources {
    /// The questions that remained open.
    pub fn left(&self) -> Option<&Left> {
        self.ask.as_ref().map(|ask| &ask.left)
    }

    /// Whether the presented token may be the manager's. A server that answers without asking for
    /// its manager's token has none; one that takes a login may have one.
    fn may_be_managers(&self, failure: &Failure) -> bool {
        match &self.manager_token {
            Some(token) => failure.actual.is_none() || may_begin(failure, token),
            None => self.ask.as_ref().is_some_and(Ask::is_logged_in),
        }
    }
}

/// The reason for the order of the candidates.
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
    /// One or both tokens are not in the line.
    NoTokens,
    /// The server said so.
    Ambiguous,
    /// A verdict of this crate, without its diagnosis.
    Verdict,
    /// What remains after the store was asked.
    Store,
    /// In the dump, no user has the presented token.
    NotInStore,
    /// Nothing under the client's flag, or the store failed: by now there is something.
    RecordThere,
    /// The registered token's beginning, with which the line ends.
    Cut,
    /// The server was asked, and may have a manager's token that is not known.
    ManagersUnknown,
    /// Only the words are there: possibly not WuKongIM's.
    Possibly,
    /// Nothing under the client's flag, something under these: the server says so.
    Elsewhere(DeviceFlags),
    /// As in the line, but the server's answer is different now.
    Changed(Change),
}

/// The cause of a failure, or its candidates. If the line names no user, but the token tells which
/// one it is, the failure gets that name.
pub fn find(failure: &mut Failure, at: Option<When>, sources: &mut Sources) -> Finding {
    let alone = from_told(failure);
    if !is_open(failure) {
        return alone;
    }
    let managers = sources.manager_token.as_deref();
    if managers.is_some_and(|token| is_same(failure, token)) {
        return named("manager_token");
    }
    if let Some(store) = &sources.store {
        let now = at.map_or_else(Timestamp::now, |at| at.at);
        if let Some(finding) = store.decide(failure, now) {
            return finding;
        }
        if let Some((uid, finding)) = store.decide_by_token(failure, now) {
            failure.uid = uid.or(failure.uid.take());
            return finding;
        }
    }
    let answer = sources.ask.as_mut().and_then(|ask| ask.decide(failure, at));
    let may_be_managers = sources.may_be_managers(failure);
    // A line that does not show the token leaves that open however the server is asked.
    let is_open_to_managers = may_be_managers && failure.actual.is_some();
    let finding = answered(answer, alone, is_open_to_managers);
    match sources.manager_token.is_some() && !may_be_managers {
        true => without_manager(finding),
        false => finding,
    }
}

/// Whether the line leaves anything undecided.
pub fn is_open(failure: &Failure) -> bool {
    matches!(
        failure.told,
        Told::Tokens
            | Told::NothingUnderFlag
            | Told::NothingOrStore
            | Told::Verdict(_)
            | Told::Ambiguous(_)
    )
}

/// Also if it was altered on its way.
fn is_same(failure: &Failure, token: &str) -> bool {
    let is_it = |actual: &str| {
        let how = altered(token, actual);
        let is_altered = how.is_some_and(|how| !(failure.may_be_cut && is_truncated(&how)));
        is_altered || Held::Token(token.to_owned()).is(actual)
    };
    failure.actual.as_deref().is_some_and(is_it)
}

/// Combines the server's answer with what the line says on its own.
fn answered(answer: Option<Finding>, alone: Finding, is_open_to_managers: bool) -> Finding {
    match (answer, alone) {
        (Some(Finding::Asked(cause)), Finding::Candidates(candidates, _))
            if is_open_to_managers && can_be_managers(&cause, &candidates) =>
        {
            Finding::Candidates(vec![cause.label, "manager_token"], Ranking::ManagersUnknown)
        }
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

/// A token that is none of the user's may be the manager's.
fn can_be_managers(cause: &Proven, candidates: &[&str]) -> bool {
    cause.label != "issued_for_other_flag" && candidates.contains(&"manager_token")
}

/// The manager token is known, and was not the presented one.
fn without_manager(finding: Finding) -> Finding {
    match finding {
        Finding::Candidates(mut candidates, ranking) => {
            candidates.retain(|candidate| *candidate != "manager_token");
            Finding::Candidates(candidates, ranking)
        }
        decided => decided,
    }
}

/// The cause that the crate found, in the form in which a log shows it.
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

fn named(label: &'static str) -> Finding {
    Finding::Cause(labelled(label))
}

pub fn labelled(label: &'static str) -> Proven {
    Proven {
        label,
        ..Proven::default()
    }
}
