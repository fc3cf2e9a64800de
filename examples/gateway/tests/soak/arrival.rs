//! How a user comes, with its token or with another one.

use std::time::Instant;

use wukongim_test_support::client::Hello;

use super::connection::{Connection, KINDS, Verdict};
use super::session::{ABOUT, Session, Token};
use super::user::{MAX_SESSIONS, User};

impl User {
    pub(super) fn come(&mut self, flag: u8) {
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
    pub(super) fn try_in_vain(&mut self, flag: u8) {
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
        // It may listen already: in which of its lives, nobody could tell.
        if life % 2 == 1 {
            self.ledger.add("not tried: its gateway is down");
            return None;
        }
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
}
