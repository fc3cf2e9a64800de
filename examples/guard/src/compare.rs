//! Comparing the store with upstream: at the start, before any client is let through, and then at
//! regular intervals, because the guard does not see what is registered without it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

use crate::apply::{self, Found, Incomparable};
use crate::ask_error::AskError;
use crate::devices::Held;
use crate::doubts::Doubt;
use crate::guard::{Guard, Mode};
use crate::pages::Pages;

/// How long to wait before the next attempt, at first and at most.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often progress is logged.
const PROGRESS: Duration = Duration::from_secs(5);

/// At the start, everything is read again until nothing is new, but not more often than this:
/// another guard on the same store may have learned something that is newer than a page.
const PASSES: usize = 3;

/// Users that are named in the log.
const NAMED: usize = 5;

/// Compares forever, unless comparisons are turned off. Doubts about single users are resolved even
/// then.
pub async fn run(guard: Arc<Guard>) {
    tokio::spawn(ask_again(guard.clone()));
    let Some(every) = guard.compare_interval else {
        info!(
            "upstream's tokens are not read (--compare-interval 0): only those registered through the guard are known"
        );
        guard.learned.ready();
        return;
    };
    let mut pause = PAUSE;
    while let Err(error) = learn(&guard).await {
        let meanwhile = match guard.mode {
            Mode::Enforce => "clients are closed without an answer",
            Mode::Observe => "clients are let through unjudged",
        };
        warn!(
            "upstream's tokens are not known yet, and {meanwhile}; next attempt in {pause:?}: {error}"
        );
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    guard.learned.ready();
    loop {
        sleep(every).await;
        // The failure was logged, and the comparison is repeated.
        let _ = compare(&guard).await;
    }
}

/// Reads what upstream has at the start.
async fn learn(guard: &Guard) -> Result<(), Incomparable> {
    let started = Instant::now();
    let mut learned = Found::default();
    for _ in 0..PASSES {
        let pass = counted(guard, &mut Vec::new()).await?;
        learned.add(pass);
        if pass.changes() == 0 || !guard.store.is_shared() {
            break;
        }
    }
    let Found {
        registered,
        revoked,
        ..
    } = learned;
    info!(registered, revoked, took = ?started.elapsed(), "upstream's tokens are known");
    Ok(())
}

/// Makes one comparison, and logs its result.
///
/// # Errors
/// If it cannot be made.
async fn compare(guard: &Guard) -> Result<Found, Incomparable> {
    let mut named = Vec::new();
    let found = counted(guard, &mut named).await;
    match &found {
        Ok(found) => tell(guard, *found, &named),
        Err(error) => warn!("not compared with upstream: {error}"),
    }
    found
}

fn tell(guard: &Guard, found: Found, named: &[String]) {
    guard.counts.past(found.registered, found.revoked);
    match found.changes() {
        0 => debug!("compared with upstream: no difference"),
        _ => warn!(
            registered = found.registered,
            revoked = found.revoked,
            users = ?named,
            "upstream was changed past the guard: send POST /user/token and /user/device_quit to the guard's --http",
        ),
    }
}

/// The same, counted by its outcome.
async fn counted(guard: &Guard, named: &mut Vec<String>) -> Result<Found, Incomparable> {
    let found = all(guard, named).await;
    let failure = found.as_ref().err().map(Incomparable::label);
    guard.counts.comparison(failure);
    found
}

/// All pages, newest first.
async fn all(guard: &Guard, named: &mut Vec<String>) -> Result<Found, Incomparable> {
    let (mut found, mut pages) = (Found::default(), Pages::of(&guard.api));
    let mut told = Instant::now();
    loop {
        let then = guard.order.changes();
        let Some(page) = pages.next().await? else {
            break;
        };
        found.odd += page.odd;
        for row in &page.rows {
            if apply::agrees(guard, row).await? {
                continue;
            }
            let turn = guard.order.turn(&row.uid).await;
            // At the start, nothing can be newer than the row. Later, the row may be older than
            // what was learned meanwhile, so upstream is asked again before anything is undone. If
            // upstream hides the token, asking again tells no more.
            let is_start = !guard.learned.is_ready() && turn.is_unchanged_since(&then);
            let changed = match is_start || matches!(row.held, Held::Hidden) {
                true => apply::row(guard, row, &turn).await?,
                false => apply::user(guard, &row.uid, &turn).await?,
            };
            if changed.changes() > 0 && named.len() < NAMED {
                named.push(row.uid.chars().take(64).collect());
            }
            found.add(changed);
        }
        if told.elapsed() > PROGRESS {
            info!("compared {} of {} devices", pages.seen(), page.total);
            told = Instant::now();
        }
    }
    if found.hidden > 0 {
        warn!(
            "upstream shows {} tokens as fingerprints only, which cannot be learned: register them through the guard",
            found.hidden
        );
    }
    if found.odd > 0 {
        warn!(
            "upstream has {} rows that cannot be read, such as a device flag above 255: they are left out",
            found.odd
        );
    }
    Ok(found)
}

/// Asks about the users for whom it is not known what upstream has done.
async fn ask_again(guard: Arc<Guard>) {
    guard.learned.wait().await;
    let doubts = &guard.learned.doubts;
    loop {
        let mut doubt = doubts.next().await;
        let is_to_be_asked_again = match ask(&guard, &mut doubt).await {
            Ok(has_come) => doubt.answered(has_come),
            Err(Incomparable::Upstream(AskError::Missing)) => {
                warn!(
                    uid = doubt.uid,
                    "upstream has no /cluster/devices, so nobody can tell what it did: send the last request about this user again"
                );
                false
            }
            Err(error) => {
                debug!(uid = doubt.uid, "asked again later: {error}");
                true
            }
        };
        if is_to_be_asked_again {
            doubts.again(doubt);
        }
    }
}

/// Asks about one user. Returns whether all awaited changes have been seen to arrive: a row that
/// was there from the start may have been there before the request.
async fn ask(guard: &Guard, doubt: &mut Doubt) -> Result<bool, Incomparable> {
    let Some(uid) = &doubt.uid else {
        compare(guard).await?;
        return Ok(false);
    };
    let turn = guard.order.turn(uid).await;
    if apply::user(guard, uid, &turn).await?.changes() == 0 {
        return Ok(false);
    }
    let mut missing = Vec::new();
    for row in doubt.wanted.drain(..) {
        if !apply::agrees(guard, &row).await.unwrap_or(false) {
            missing.push(row);
        }
    }
    doubt.wanted = missing;
    Ok(doubt.wanted.is_empty())
}
