//! Asks a running server which tokens a user has: what the log cannot decide, the server can.

mod answer;
mod client;
mod decide;
mod devices;

use std::collections::HashMap;

use wukongim_auth::Timestamp;

use crate::find::{self, Finding};
use crate::line::{Failure, Origin, When};
use crate::problem::Problem;

pub use client::{Login, Server};
pub use decide::{Verdict, would_pass};
pub use devices::{Device, Devices, Held};

/// Users in a row for whom the server does not answer before it is left alone.
const MAX_FAULTS: u32 = 3;

pub struct Ask {
    server: Server,
    known: HashMap<String, Option<Devices>>,
    limit: usize,
    faults: u32,
    pub left: Left,
    first: Option<Timestamp>,
    /// Told of how many users it is before each question.
    tell: Box<dyn Fn(usize)>,
}

/// What asking left open.
#[derive(Debug, Default)]
pub struct Left {
    /// Questions that got no answer, and the failures that they were for.
    pub questions: u64,
    pub unanswered: u64,
    /// What became of the last of these questions.
    pub why: Option<Problem>,
    /// Failures that were not asked about, beyond the limit or after the server failed.
    pub unasked: u64,
    /// Whether the server was left alone.
    pub is_stopped: bool,
}

impl Ask {
    pub fn new(server: Server, limit: usize, tell: Box<dyn Fn(usize)>) -> Self {
        Ask {
            server,
            known: HashMap::new(),
            limit,
            faults: 0,
            left: Left::default(),
            first: None,
            tell,
        }
    }

    /// What the server's answer makes of a failure; `None` if it does not answer, or the line names
    /// nobody.
    pub fn decide(&mut self, failure: &Failure, at: Option<When>) -> Option<Finding> {
        let uid = failure
            .uid
            .as_deref()
            .filter(|uid| !uid.is_empty() && find::is_open(failure))?;
        if failure.origin == Origin::Possibly {
            return None;
        }
        let devices = self.devices(uid)?;
        decide::decide(failure, devices, at)
    }

    /// One request for each user, however often he fails.
    fn devices(&mut self, uid: &str) -> Option<&Devices> {
        if !self.known.contains_key(uid) {
            if self.left.is_stopped || self.known.len() >= self.limit {
                self.left.unasked += 1;
                return None;
            }
            self.first.get_or_insert_with(Timestamp::now);
            (self.tell)(self.known.len() + 1);
            let answer = self.answer(uid);
            self.known.insert(uid.to_owned(), answer);
        }
        let answer = self.known.get(uid)?.as_ref();
        self.left.unanswered += u64::from(answer.is_none());
        answer
    }

    fn answer(&mut self, uid: &str) -> Option<Devices> {
        match self.server.devices(uid) {
            Ok(devices) => {
                self.faults = 0;
                Some(devices)
            }
            Err(error) => {
                self.faults += 1;
                self.left.questions += 1;
                self.left.is_stopped = error.is_final || self.faults >= MAX_FAULTS;
                self.left.why = Some(error.problem);
                None
            }
        }
    }

    /// By an account, so that the manager's token is not known.
    pub fn is_logged_in(&self) -> bool {
        self.server.is_logged_in()
    }

    pub fn first_asked(&self) -> Option<When> {
        self.first.map(|at| When { at, has_zone: true })
    }
}
