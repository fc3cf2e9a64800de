//! What was refused, or would have been, and why: a table of causes and users with the fix for
//! each, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wukongim_auth::HandshakeError;

use crate::guard::Mode;

/// The most users that are counted separately for each cause. Beyond them, only their attempts are
/// counted.
const USERS: usize = 1_000;

/// Users that are shown for each cause.
const SHOWN: usize = 5;

/// The longest part of a uid that is kept.
const MAX_UID: usize = 64;

/// Counts since the start.
pub struct Report {
    mode: Mode,
    since: Instant,
    counts: Mutex<Counts>,
}

#[derive(Clone, Default)]
struct Counts {
    accepted: u64,
    unjudged: u64,
    unclear: u64,
    /// By label and device flag: bounded words and bytes, so the map stays small.
    refused: BTreeMap<(&'static str, Option<u8>), Cause>,
}

#[derive(Clone, Default)]
struct Cause {
    count: u64,
    flag: String,
    fix: String,
    users: HashMap<String, u64>,
    /// Attempts of users that are not counted separately.
    others: u64,
}

impl Report {
    pub fn new(mode: Mode) -> Self {
        Report {
            mode,
            since: Instant::now(),
            counts: Mutex::default(),
        }
    }

    /// Counts a client with the right token.
    pub fn accepted(&self) {
        self.lock().accepted += 1;
    }

    /// Counts a client that came before upstream's tokens were known.
    pub fn unjudged(&self) {
        self.lock().unjudged += 1;
    }

    /// Counts a request to change tokens that has more than one meaning.
    pub fn unclear(&self) {
        self.lock().unclear += 1;
    }

    /// Counts a connection without a request to connect.
    pub fn unreadable(&self, label: &'static str, fix: Option<String>) {
        self.lock().add(label, None, fix.unwrap_or_default(), None);
    }

    /// Counts a client that was not verified.
    pub fn refused(&self, error: &HandshakeError) {
        let (uid, flag) = match error {
            HandshakeError::NotVerified(error) => (error.uid(), Some(error.device_flag())),
            HandshakeError::NotAccepted {
                uid, device_flag, ..
            } => (uid.as_str(), Some(*device_flag)),
            _ => ("", None),
        };
        let fix = error.fix().to_string();
        self.lock().add(error.label(), flag, fix, Some(uid));
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(
        &mut self,
        label: &'static str,
        flag: Option<wukongim_auth::DeviceFlag>,
        fix: String,
        uid: Option<&str>,
    ) {
        let cause = self.refused.entry((label, flag.map(u8::from))).or_default();
        if cause.count == 0 {
            cause.flag = flag.map(|flag| flag.to_string()).unwrap_or_default();
            cause.fix = fix;
        }
        cause.count += 1;
        let Some(uid) = uid else {
            return;
        };
        let uid: String = uid.chars().take(MAX_UID).collect();
        if let Some(count) = cause.users.get_mut(&uid) {
            *count += 1;
        } else if cause.users.len() < USERS {
            cause.users.insert(uid, 1);
        } else {
            cause.others += 1;
        }
    }
}

/// The table, the most frequent cause first.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.lock().clone();
        let mut causes: Vec<_> = counts.refused.iter().collect();
        causes
            .sort_by_key(|((label, flag), cause)| (std::cmp::Reverse(cause.count), *label, *flag));
        let refused: u64 = causes.iter().map(|(_, cause)| cause.count).sum();
        let (minutes, were) = (
            self.since.elapsed().as_secs() / 60,
            match self.mode {
                Mode::Enforce => "were refused",
                Mode::Observe => "would have been refused, and were let through",
            },
        );
        writeln!(
            f,
            "In {minutes} minutes {} connections had the right token; {refused} {were}.",
            counts.accepted
        )?;
        if counts.unjudged > 0 {
            writeln!(
                f,
                "{} were let through before upstream's tokens were known.",
                counts.unjudged
            )?;
        }
        if counts.unclear > 0 {
            let became = match self.mode {
                Mode::Enforce => "were answered with 400",
                Mode::Observe => "would be answered with 400 in enforce mode",
            };
            writeln!(
                f,
                "{} requests to register or clear tokens were not clear (see the log) and {became}.",
                counts.unclear
            )?;
        }
        if causes.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\n{:>9}  {:>6}  {:<12}  cause",
            "count", "users", "device flag"
        )?;
        for ((label, _), cause) in causes {
            cause.write(label, f)?;
        }
        Ok(())
    }
}

impl Cause {
    fn write(&self, label: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.others > 0 { "+" } else { "" };
        let users = format!("{}{more}", self.users.len());
        writeln!(
            f,
            "{:>9}  {users:>6}  {:<12}  {label}",
            self.count, self.flag
        )?;
        if !self.fix.is_empty() {
            writeln!(f, "{:21}fix: {}", "", self.fix)?;
        }
        let mut most: Vec<_> = self.users.iter().collect();
        most.sort_by_key(|(uid, count)| (std::cmp::Reverse(**count), uid.as_str()));
        let shown: Vec<_> = most
            .iter()
            .take(SHOWN)
            .map(|(uid, count)| format!("\"{}\" {count}", uid.escape_debug()))
            .collect();
        match shown.is_empty() {
            true => Ok(()),
            false => writeln!(f, "{:21}users: {}", "", shown.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};

    use super::*;

    fn refusal(uid: &str) -> HandshakeError {
        let credentials = Credentials::new(uid, DeviceFlag::Web, "s3cret");
        let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
        HandshakeError::NotVerified(error)
    }

    #[test]
    fn causes_are_counted_with_their_users_and_fixes() {
        let report = Report::new(Mode::Observe);
        report.accepted();
        report.unreadable("silent", None);
        for uid in ["alice", "bob", "alice", "\n"] {
            report.refused(&refusal(uid));
        }
        let text = report.to_string();
        assert!(
            text.contains("1 connections had the right token; 5 would have been"),
            "{text}"
        );
        let row = text
            .lines()
            .find(|line| line.ends_with("not_issued"))
            .unwrap();
        assert_eq!(
            row.split_whitespace().collect::<Vec<_>>(),
            ["3", "2", "WEB", "not_issued"]
        );
        assert!(text.contains("fix: Call POST /user/token"), "{text}");
        assert!(text.contains("users: \"alice\" 2, \"bob\" 1"), "{text}");
        assert!(
            text.contains("invalid_uid") && text.contains("\"\\n\" 1"),
            "{text}"
        );
        assert!(!text.contains("s3cret"));
    }

    #[test]
    fn a_flood_of_users_takes_no_more_than_its_share() {
        let report = Report::new(Mode::Enforce);
        for user in 0..USERS + 10 {
            report.refused(&refusal(&format!("user{user}")));
        }
        let counts = report.lock();
        let cause = &counts.refused[&("not_issued", Some(1))];
        assert_eq!(
            (cause.users.len(), cause.others, cause.count),
            (USERS, 10, 1_010)
        );
    }
}
