//! A user with two device flags: comes, pings, goes, and has its tokens issued and revoked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::nodes::Nodes;
use super::random::Random;
use super::session::{GRACE, Session, State, Token};

pub const MAX_SESSIONS: usize = 5;

pub(super) const FLAGS: u8 = 2;

/// Well before a session is given up for its silence.
const PING_EVERY: Duration = Duration::from_secs(8);

/// Of a hundred users so many have their tokens changed all the time; those of the others mostly come to
/// their end.
const RESTLESS: u64 = 25;

/// The others' chance that it is done when it would be.
const CALM: u64 = 6;

/// Of a hundred users so many are masters: a session of theirs displaces the others of its flag.
const MASTERS: u64 = 15;

pub struct User {
    pub(super) uid: String,
    pub(super) level: u8,
    is_restless: bool,
    /// The control: its revocations are only said to have happened.
    pub(super) skips: bool,
    pub(super) nodes: Arc<Nodes>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) random: Random,
    pub(super) tokens: [Option<Token>; FLAGS as usize],
    /// One that is no longer good.
    pub(super) former: [Option<String>; FLAGS as usize],
    pub(super) sessions: Vec<Session>,
}

impl User {
    pub fn new(number: u64, nodes: Arc<Nodes>, ledger: Arc<Ledger>) -> Self {
        let mut random = Random::new(number + 1);
        User {
            uid: format!("user-{number}"),
            level: u8::from(random.percent(MASTERS)),
            is_restless: random.percent(RESTLESS),
            skips: false,
            nodes,
            ledger,
            random,
            tokens: [None, None],
            former: [None, None],
            sessions: Vec::new(),
        }
    }

    pub fn live_until(&mut self, end: Instant) {
        while Instant::now() < end {
            // Whatever panics is a fault, and the user goes on without the sessions.
            let step = catch_unwind(AssertUnwindSafe(|| self.step()));
            if step.is_err() {
                self.ledger.fault("panicked", &self.uid);
                self.sessions.clear();
            }
            sleep(self.random.millis(150, 650));
        }
        let closing = Instant::now() + GRACE + Duration::from_secs(5);
        let is_left = |user: &Self| user.sessions.iter().any(|one| one.must_end.is_some());
        while is_left(self) && Instant::now() < closing {
            self.look_after();
            sleep(Duration::from_millis(200));
        }
    }

    fn step(&mut self) {
        self.look_after();
        let flag = u8::from(self.random.percent(40));
        match self.random.below(100) {
            0..36 => self.come(flag),
            36..46 => self.try_in_vain(flag),
            46..52 => self.go(),
            chance @ 52..80 if self.is_restless || self.random.percent(CALM) => match chance {
                52..64 => self.renew(flag),
                64..68 => self.rotate(flag),
                68..72 => drop(self.revoke(i64::from(flag))),
                72..74 => drop(self.revoke(-1)),
                _ => self.change_password(flag),
            },
            _ => {}
        }
    }

    /// Reads what came for the sessions, pings, and holds both against what should be.
    fn look_after(&mut self) {
        let mut kept = Vec::new();
        for mut session in std::mem::take(&mut self.sessions) {
            match session.look() {
                State::Ended(text) => self.judge_end(&session, text),
                State::Stands => {
                    let overdue = session.overdue();
                    if let Some((since, why)) = overdue.filter(|(since, _)| since.elapsed() > GRACE)
                    {
                        let what = format!(
                            "{why} {:?} ago: {}",
                            since.elapsed(),
                            session.describe(&self.uid)
                        );
                        self.ledger.fault("stands though it had to end", &what);
                        continue;
                    }
                    if !session.is_silent && session.pinged.elapsed() > PING_EVERY {
                        // One that has ended is seen the next time.
                        let _ = session.connection.ping();
                        session.pinged = Instant::now();
                        self.ledger.add("pings");
                    }
                    kept.push(session);
                }
            }
        }
        self.sessions = kept;
    }

    fn judge_end(&self, session: &Session, text: Option<String>) {
        let killed = self.nodes.life(session.node) != session.life;
        let overdue = session.overdue();
        match &text {
            Some(text) => {
                self.ledger
                    .add(format!("kicked: {}", text.trim_matches('"')));
                if !session.may_have_ended() {
                    let what = format!("{text:?}: {}", session.describe(&self.uid));
                    self.ledger.fault("kicked wrongly", &what);
                }
            }
            None if killed => return self.ledger.add("vanished with its gateway"),
            None if session.may_have_ended() => self.ledger.add("closed without a word, as it may"),
            None if session.may_have_to_be_looked_up() && self.nodes.redis_was_gone_lately() => {
                self.ledger
                    .add("closed without a word, its renewal could not be looked up")
            }
            None => {
                let what = session.describe(&self.uid);
                self.ledger
                    .fault("closed without a word, and nothing was killed", &what);
            }
        }
        if let Some((since, _)) = overdue {
            self.ledger.ended_after(since.elapsed());
        }
    }

    /// Takes its leave, or does not even do that.
    fn go(&mut self) {
        if self.sessions.is_empty() {
            return;
        }
        let at = self.random.index(self.sessions.len());
        match self.random.below(10) {
            0..4 => {
                self.ledger.add("went with FIN");
                drop(self.sessions.swap_remove(at));
            }
            4..8 => {
                self.ledger.add("went with RST");
                self.sessions.swap_remove(at).connection.reset();
            }
            _ => {
                self.ledger.add("fell silent");
                self.sessions[at].is_silent = true;
            }
        }
    }
}
