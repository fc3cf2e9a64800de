//! Holding the store against upstream: at the start, before anybody is let through, and from time to
//! time, since what was registered past the guard is not in it.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

use crate::apply::{self, Found, Incomparable};
use crate::guard::Guard;
use crate::learned::Unsure;
use crate::server::AskError;

/// How long to wait before the next attempt, at first and at most.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often the progress is told.
const PROGRESS: Duration = Duration::from_secs(5);

/// At the start all is read again until nothing was new, but no oftener than this, since another guard
/// on the same store may have learned what is newer than a page.
const PASSES: usize = 3;

/// Users that are named in the log.
const NAMED: usize = 5;

/// Compares for ever; once, if it is never to be done again.
pub async fn run(guard: Arc<Guard>) {
    let Some(every) = guard.compare_interval else {
        info!(
            "upstream is not asked for its tokens: only what is registered through here is known"
        );
        guard.learned.ready();
        return;
    };
    tokio::spawn(ask_again(guard.clone()));
    let mut pause = PAUSE;
    while let Err(error) = learn(&guard).await {
        warn!("upstream's tokens are not known yet, nobody is let through: {error}");
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    guard.learned.ready();
    loop {
        sleep(every).await;
        compare(&guard).await;
    }
}

/// What upstream has at the start.
async fn learn(guard: &Guard) -> Result<(), Incomparable> {
    let started = Instant::now();
    let mut learned = Found::default();
    for _ in 0..PASSES {
        let pass = all(guard, &mut Vec::new()).await?;
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

/// One comparison, and what is said of it. Whether it could be made.
pub async fn compare(guard: &Guard) -> bool {
    let mut named = Vec::new();
    let found = all(guard, &mut named).await;
    match &found {
        Ok(found) => tell(guard, *found, &named),
        Err(error) => warn!("not compared with upstream: {error}"),
    }
    found.is_ok()
}

fn tell(guard: &Guard, found: Found, named: &[String]) {
    let past = &guard.learned.past;
    past.registered
        .fetch_add(found.registered, Ordering::Relaxed);
    past.revoked.fetch_add(found.revoked, Ordering::Relaxed);
    match found.changes() {
        0 => debug!("compared with upstream: all is as it is there"),
        _ => warn!(
            registered = found.registered,
            revoked = found.revoked,
            users = ?named,
            "upstream was changed past the guard: send POST /user/token and /user/device_quit to it",
        ),
    }
}

/// All pages, newest first.
async fn all(guard: &Guard, named: &mut Vec<String>) -> Result<Found, Incomparable> {
    let (mut found, mut seen, mut before) = (Found::default(), Seen::default(), None);
    let mut told = Instant::now();
    loop {
        let then = guard.order.changes();
        let page = guard.api.devices(before).await?;
        let known = seen.len();
        for row in &page.rows {
            // Other nodes of a cluster may have older copies.
            if !seen.is_new(&row.uid, row.device_flag) || apply::agrees(guard, row).await? {
                continue;
            }
            let turn = guard.order.turn(&row.uid).await;
            // At the start there is nothing that could be newer. Later the row may be older than what
            // has been learned meanwhile: upstream is asked again before anything is undone.
            let is_start = !guard.learned.is_ready() && turn.is_unchanged_since(&then);
            let changed = match is_start {
                true => apply::row(guard, row, &turn).await?,
                false => apply::user(guard, &row.uid, &turn).await?,
            };
            if changed.changes() > 0 && named.len() < NAMED {
                named.push(row.uid.chars().take(64).collect());
            }
            found.add(changed);
        }
        if told.elapsed() > PROGRESS {
            info!("compared {} of {} devices", seen.len(), page.total);
            told = Instant::now();
        }
        if !page.has_more {
            break;
        }
        let last = page.rows.iter().rev().find_map(|row| row.created_at);
        let last = last.ok_or(AskError::Garbage)?;
        before = Some(next(before, last, seen.len() > known));
    }
    if found.hidden > 0 {
        warn!(
            "upstream shows {} tokens as fingerprints only: they are not learned",
            found.hidden
        );
    }
    Ok(found)
}

/// Where the next page begins. The offset is exclusive: what was registered in the same nanosecond as
/// the last row is asked for again, unless there was nothing new in it.
fn next(before: Option<i64>, last: i64, had_new: bool) -> i64 {
    match before {
        Some(before) if !had_new => last.min(before.saturating_sub(1)),
        _ => last.saturating_add(1),
    }
}

/// The devices that were seen, as 16 bytes each.
#[derive(Default)]
struct Seen {
    devices: HashSet<(u64, u64)>,
    hashers: [RandomState; 2],
}

impl Seen {
    fn is_new(&mut self, uid: &str, flag: u8) -> bool {
        let [a, b] = &self.hashers;
        let device = (uid, flag);
        self.devices
            .insert((a.hash_one(device), b.hash_one(device)))
    }

    fn len(&self) -> usize {
        self.devices.len()
    }
}

/// Asks about those of whom nobody knows what upstream has done.
async fn ask_again(guard: Arc<Guard>) {
    guard.learned.wait().await;
    loop {
        match guard.learned.next_unsure().await {
            Unsure::All => {
                if !compare(&guard).await {
                    guard.learned.unsure(None);
                    sleep(PAUSE).await;
                }
            }
            Unsure::Users(uids) => {
                for uid in uids {
                    let turn = guard.order.turn(&uid).await;
                    if let Err(error) = apply::user(&guard, &uid, &turn).await {
                        debug!(uid, "asked again later: {error}");
                        guard.learned.unsure(Some(&uid));
                        drop(turn);
                        sleep(PAUSE).await;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_skipped_and_no_page_is_asked_for_for_ever() {
        assert_eq!(next(None, 50, true), 51, "the same nanosecond again");
        assert_eq!(next(Some(51), 40, true), 41);
        assert_eq!(
            next(Some(41), 40, false),
            40,
            "a page of nothing but that one"
        );
        assert_eq!(
            next(Some(40), 40, false),
            39,
            "a server that does not exclude it"
        );
    }
}
