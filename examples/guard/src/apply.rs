//! Changes of the store, so that it holds what upstream holds.
//!
//! A revocation is made at upstream first, then in the store, and the caller is answered last:
//! after that answer, neither of the two accepts the token, and no session under it goes on. If the
//! guard dies in between, there is no answer, and the comparison at its next start, before any
//! client is let through, finds what is missing.

use wukongim_auth::compare::{PresentedToken, SecretForm, compare};
use wukongim_auth::provision::{IssueTokenRequest, ProvisionError};
use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, DeviceLevel, Timestamp, TokenRecord};
use wukongim_serving::deadline::{Prompt, promptly};

use crate::ask_error::AskError;
use crate::devices::{Held, Row};
use crate::guard::Guard;
use crate::order::Turn;

/// How many times upstream is asked about one user until nothing changes any more: another guard on
/// the same store may be learning something newer.
const ROUNDS: usize = 3;

/// The result of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub registered: u64,
    pub revoked: u64,
    /// Tokens that upstream shows only as fingerprints.
    pub hidden: u64,
    /// Rows that could not be read.
    pub odd: u64,
}

impl Found {
    pub fn changes(&self) -> u64 {
        self.registered + self.revoked
    }

    pub fn add(&mut self, other: Found) {
        self.registered += other.registered;
        self.revoked += other.revoked;
        self.hidden += other.hidden;
        self.odd += other.odd;
    }
}

/// Why a comparison could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Incomparable {
    #[error(transparent)]
    Upstream(#[from] AskError),
    #[error("the store failed: {0}")]
    Store(BoxError),
}

impl Incomparable {
    /// A word for metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Incomparable::Upstream(error) => error.label(),
            Incomparable::Store(_) => "store",
        }
    }
}

/// Registers what a request asks for, after upstream has done so.
///
/// # Errors
/// If the store failed.
pub async fn issue(
    guard: &Guard,
    request: IssueTokenRequest,
) -> Result<Result<(), ProvisionError>, BoxError> {
    let flags = guard.verifier.device_flags();
    let mut registration = match request.into_registration(flags, guard.limits) {
        Ok(registration) => registration,
        Err(error) => return Ok(Err(error)),
    };
    registration.record = registration.record.into_digest_only();
    let issued = promptly(guard.store.issue(registration)).await;
    issued.inspect_err(|_| guard.metrics.store_failure("issue"))?;
    Ok(Ok(()))
}

/// Revokes in the store, then ends the sessions. In this order, a client that connects in between
/// is either rejected or found.
///
/// # Errors
/// If the store failed. The sessions have ended anyway.
pub async fn revoke(guard: &Guard, uid: &str, flag: DeviceFlag) -> Result<(), BoxError> {
    let revoked = promptly(guard.store.revoke(uid, flag, Timestamp::now())).await;
    guard.sessions.kick(uid, flag, "the token was revoked");
    revoked.inspect_err(|_| guard.metrics.store_failure("revoke"))
}

/// Makes the store agree with a row from upstream, without asking again. Use it only as long as
/// nothing newer can exist.
///
/// # Errors
/// If the store failed.
pub async fn row(guard: &Guard, row: &Row, turn: &Turn<'_>) -> Result<Found, Incomparable> {
    let flag = DeviceFlag::from(row.device_flag);
    if agrees(guard, row).await? {
        return Ok(Found::default());
    }
    let mut found = Found::default();
    match &row.held {
        Held::Hidden => found.hidden = 1,
        Held::Cleared => {
            turn.changed();
            revoke(guard, &row.uid, flag)
                .await
                .map_err(Incomparable::Store)?;
            found.revoked = 1;
        }
        Held::Token(token) => {
            turn.changed();
            let level = match row.device_level {
                0 => DeviceLevel::Slave,
                _ => DeviceLevel::Master,
            };
            let record = TokenRecord::issue(token.clone(), level).into_digest_only();
            let put = promptly(guard.store.put(&row.uid, flag, record)).await;
            put.inspect_err(|_| guard.metrics.store_failure("issue"))
                .map_err(Incomparable::Store)?;
            found.registered = 1;
        }
    }
    Ok(found)
}

/// Asks upstream about one user, and makes the store agree; repeats that until nothing changes.
///
/// # Errors
/// If upstream does not answer the question, or the store failed.
pub async fn user(guard: &Guard, uid: &str, turn: &Turn<'_>) -> Result<Found, Incomparable> {
    let mut found = Found::default();
    for _ in 0..ROUNDS {
        let rows = guard.api.devices_of(uid).await?;
        let (mut round, mut seen) = (Found::default(), Vec::new());
        for own in &rows {
            // Newest first; other nodes of a cluster may have older copies.
            if !seen.contains(&own.device_flag) {
                seen.push(own.device_flag);
                round.add(row(guard, own, turn).await?);
            }
        }
        if round.changes() == 0 {
            break;
        }
        found.add(round);
    }
    Ok(found)
}

/// Whether the store has what the row says.
///
/// # Errors
/// If the store failed.
pub async fn agrees(guard: &Guard, row: &Row) -> Result<bool, Incomparable> {
    let flag = DeviceFlag::from(row.device_flag);
    // A token that no client can use is of no use here.
    if !guard.verifier.device_flags().contains(flag) {
        return Ok(true);
    }
    let store = Prompt(&guard.store);
    let record = store.get(&row.uid, flag).await;
    let record = record.map_err(Incomparable::Store)?;
    let live = record.as_ref().filter(|record| is_live(record));
    Ok(match &row.held {
        Held::Cleared => live.is_none(),
        Held::Token(token) => live.is_some_and(|record| {
            let presented = PresentedToken::new(token.expose_secret());
            compare(presented, Some(record.secret()), SecretForm::Digest)
        }),
        Held::Hidden => false,
    })
}

fn is_live(record: &TokenRecord) -> bool {
    record.revoked_at().is_none()
}
