//! A user with two device flags: comes, pings, goes, and has its tokens issued and revoked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use wukongim_test_support::client::Hello;

use super::connection::{Connection, KINDS, Verdict};
use super::ledger::Ledger;
use super::nodes::Nodes;
use super::random::Random;
use super::session::{ABOUT, GRACE, Session, State, Token};

pub const MAX_SESSIONS: usize = 5;

const FLAGS: u8 = 2;

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
    uid: String,
    level: u8,
    is_restless: bool,
    /// The control: its revocations are only said to have happened.
    skips: bool,
    nodes: Arc<Nodes>,
    ledger: Arc<Ledger>,
    random: Random,
    tokens: [Option<Token>; FLAGS as usize],
    /// One that is no longer good.
    former: [Option<String>; FLAGS as usize],
    sessions: Vec<Session>,
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

    fn come(&mut self, flag: u8) {
        let now = Instant::now();
        match &self.tokens[usize::from(flag)] {
            None => return self.renew(flag),
            // Nobody knows what comes of that.
            Some(token) if token.ends_from - ABOUT < now && now < token.ends_by + ABOUT => return,
            Some(token) if token.ends_by < now && self.random.percent(30) => {
                return self.renew(flag);
            }
            Some(_) if self.sessions.len() >= MAX_SESSIONS => return,
            Some(_) => {}
        }
        let token = self.tokens[usize::from(flag)].clone().unwrap();
        let device_id = match self.same_device(flag) {
            Some(device_id) if self.random.percent(10) => device_id,
            _ => format!("device-{}", self.random.below(1 << 40)),
        };
        let expired = token.ends_by < now;
        if expired {
            self.ledger.add("tried with an expired token");
        }
        let Some(session) = self.connect(flag, &device_id, &token, expired) else {
            return;
        };
        for other in &mut self.sessions {
            if other.flag == flag && other.node == session.node && other.life == session.life {
                if self.level == 1 {
                    other.must_end_now("displaced by a master");
                } else if other.device_id == device_id {
                    other.must_end_now("displaced by its device");
                }
            }
        }
        self.sessions.push(session);
    }

    /// The device of a session that stays: one that has to go is displaced late, or not at all.
    fn same_device(&self, flag: u8) -> Option<String> {
        let stays = |one: &&Session| one.flag == flag && !one.may_end;
        self.sessions
            .iter()
            .find(stays)
            .map(|one| one.device_id.clone())
    }

    /// With what is not, or no longer, its token.
    fn try_in_vain(&mut self, flag: u8) {
        let now = Instant::now();
        let text = match &self.former[usize::from(flag)] {
            Some(former) if self.random.percent(60) => former.clone(),
            _ => format!("wrong-{}", self.random.below(1 << 40)),
        };
        let token = Token::issued(text, now, now);
        // Let in or not, it does not stay.
        drop(self.connect(flag, "in-vain", &token, true));
    }

    fn connect(
        &mut self,
        flag: u8,
        device_id: &str,
        token: &Token,
        in_vain: bool,
    ) -> Option<Session> {
        let (node, kind) = (self.random.index(2), KINDS[self.random.index(KINDS.len())]);
        let life = self.nodes.life(node);
        let hello = Hello {
            version: 2 + u8::try_from(self.random.below(4)).unwrap(),
            uid: &self.uid,
            device_flag: flag,
            device_id,
            token: &token.text,
        };
        let Ok(connection) = Connection::open(kind, self.nodes.0[node].addresses, None) else {
            self.ledger.add("not reached");
            return None;
        };
        let what = || {
            format!(
                "{}/{flag} over {kind:?} at gateway {node}, token {}",
                self.uid, token.text
            )
        };
        match connection.says(&hello) {
            Verdict::Closed => self.ledger.add("closed without a verdict"),
            Verdict::Refused if in_vain => self.ledger.add("refused"),
            Verdict::Refused => self.ledger.fault("refused wrongly", &what()),
            Verdict::In(_) if in_vain => self.ledger.fault("let in wrongly", &what()),
            Verdict::In(connection) => {
                self.ledger.add("let in");
                return Some(Session {
                    connection,
                    kind,
                    node,
                    life,
                    flag,
                    device_id: device_id.to_owned(),
                    token: token.clone(),
                    renewed: Vec::new(),
                    may_end: false,
                    must_end: None,
                    pinged: Instant::now(),
                    is_silent: false,
                });
            }
        }
        None
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

    /// The same token with a later end; the first one, or another, where there is none.
    fn renew(&mut self, flag: u8) {
        let text = match &self.tokens[usize::from(flag)] {
            Some(token) => token.text.clone(),
            None => self.new_text(),
        };
        let node = self.random.index(2);
        self.issue(node, flag, text);
        self.ledger.add("issued or renewed");
    }

    /// Another token, without a revocation: the sessions of the first stand until it ends.
    fn rotate(&mut self, flag: u8) {
        let text = self.new_text();
        let former = self.tokens[usize::from(flag)].take();
        if former.is_some() {
            self.former[usize::from(flag)] = former.map(|token| token.text);
        }
        let node = self.random.index(2);
        self.issue(node, flag, text);
        self.ledger.add("rotated");
    }

    fn new_text(&mut self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        format!("token-{}", NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Revoked through one gateway, and at once issued through the other: another one, or the same.
    fn change_password(&mut self, flag: u8) {
        let before = self.tokens[usize::from(flag)].clone();
        let node = self.revoke(i64::from(flag));
        let text = match before {
            Some(token) if self.random.percent(30) => {
                self.former[usize::from(flag)] = None;
                token.text
            }
            _ => self.new_text(),
        };
        self.issue(1 - node, flag, text);
        self.ledger
            .add("revoked, and issued through the other gateway");
    }

    fn issue(&mut self, node: usize, flag: u8, text: String) {
        let body = json!({
            "uid": self.uid, "token": text, "device_flag": flag, "device_level": self.level,
        });
        let of_flag = |one: &&mut Session| one.flag == flag;
        if self.level == 1 {
            // A master's update displaces the sessions that there are.
            for session in self.sessions.iter_mut().filter(of_flag) {
                session.may_end = true;
            }
        }
        let (asked, acknowledged) = self.takes(node, "/user/token", &body.to_string());
        let token = Token::issued(text, asked, acknowledged);
        for session in self.sessions.iter_mut().filter(of_flag) {
            match session.token.text == token.text {
                true => session.renew(&token),
                false => session.is_replaced(),
            }
        }
        self.tokens[usize::from(flag)] = Some(token);
    }

    /// Of one flag, or of all; gives the gateway that did it.
    fn revoke(&mut self, flag: i64) -> usize {
        let node = self.random.index(2);
        for number in 0..FLAGS {
            if flag != -1 && flag != i64::from(number) {
                continue;
            }
            let token = self.tokens[usize::from(number)].take();
            if token.is_some() {
                self.former[usize::from(number)] = token.map(|token| token.text);
            }
        }
        let is_of = |one: &&mut Session| flag == -1 || i64::from(one.flag) == flag;
        let is_concerned = self
            .sessions
            .iter_mut()
            .any(|mut one| is_of(&&mut one) && !one.may_end);
        let may_skip = is_concerned && self.level == 0;
        self.skips |= may_skip && self.ledger.takes_control("stands");
        let is_secret = is_concerned && self.ledger.takes_control("ended");
        if !is_secret {
            for session in self.sessions.iter_mut().filter(is_of) {
                session.may_end = true;
            }
        }
        if !self.skips {
            let body = json!({"uid": self.uid, "device_flag": flag});
            self.takes(node, "/user/device_quit", &body.to_string());
        }
        if !is_secret {
            for session in self.sessions.iter_mut().filter(is_of) {
                session.must_end_now("revoked");
            }
        }
        self.ledger.add("revoked");
        node
    }

    /// As a business server does: again, until it is done. When it was asked for the last time, and
    /// when that was acknowledged.
    fn takes(&self, node: usize, path: &str, body: &str) -> (Instant, Instant) {
        let begin = Instant::now();
        loop {
            let asked = Instant::now();
            match self.nodes.post(node, path, body) {
                Ok(200) => return (asked, Instant::now()),
                Ok(status) => self.ledger.add(format!("{path} answers {status}")),
                Err(_) => self.ledger.add(format!("{path} does not answer")),
            }
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "{path} is not taken"
            );
            sleep(Duration::from_millis(100));
        }
    }
}
