//! All of upstream's devices, page by page, each of them once.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::ask_error::AskError;
use crate::devices::Page;
use crate::server::Server;

pub struct Pages<'a> {
    server: &'a Server,
    seen: Seen,
    /// The time at which the next page begins; `None` at first.
    before: Option<i64>,
    is_over: bool,
}

impl<'a> Pages<'a> {
    pub fn of(server: &'a Server) -> Self {
        Pages {
            server,
            seen: Seen::default(),
            before: None,
            is_over: false,
        }
    }

    /// The next page, without the rows that were there before: other nodes of a cluster may have
    /// older copies.
    ///
    /// # Errors
    /// If upstream does not answer the question.
    pub async fn next(&mut self) -> Result<Option<Page>, AskError> {
        if self.is_over {
            return Ok(None);
        }
        let mut page = self.server.devices(self.before).await?;
        let known = self.seen.len();
        page.rows
            .retain(|row| self.seen.is_new(&row.uid, row.device_flag));
        if page.has_more {
            let last = page.last_created_at.ok_or(AskError::Garbage)?;
            self.before = Some(next(self.before, last, self.seen.len() > known));
        }
        // Upstream takes 0 and less as the beginning; and nothing is older than that.
        self.is_over = !page.has_more || self.before.is_some_and(|before| before <= 0);
        Ok(Some(page))
    }

    /// The number of devices so far.
    pub fn seen(&self) -> usize {
        self.seen.len()
    }
}

/// Where the next page begins. The offset is exclusive, so it is chosen to include rows of the same
/// nanosecond as the last one again, unless the page had nothing new.
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
