//! Asks a running server for the tokens of a user, to decide what the log cannot.

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

/// The number of users in a row without an answer after which the server is not asked any more.
const MAX_FAULTS: u32 = 3;

pub struct Ask {
    server: Server,
    known: HashMap<String, Option<Devices>>,
    limit: usize,
    faults: u32,
    pub left: Left,
    first: Option<Timestamp>,
    /// Called before each question with the number of users.
    tell: Box<dyn Fn(usize)>,
}

/// The questions that remained open.
#[derive(Debug, Default)]
pub struct Left {
    /// Questions that got no answer, and the failures that they were about.
    pub questions: u64,
    pub unanswered: u64,
    /// The result of the last of these questions.
    pub why: Option<Problem>,
    /// Failures that were not asked about, because of the limit or because the server failed.
    pub unasked: u64,
    /// Whether asking was given up.
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

    /// The result of combining a failure with the server's answer; `None` if the server does not
    /// answer, or the line names no user.
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

    /// One request for each user, however many failures that user has.
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
