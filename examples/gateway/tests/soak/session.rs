//! A session, and what the model says of it.

use std::time::{Duration, Instant};

use super::connection::{Connection, Kind, Seen};
use super::nodes::LIFETIME;

/// In which a session ends that has to: the recheck's 15 seconds, and some for the way.
pub const GRACE: Duration = Duration::from_secs(20);

/// In which a gateway has seen a renewal at its recheck, also if one of them failed.
const SEEN: Duration = Duration::from_secs(35);

/// The clocks' grains, at either side of a token's end.
pub const ABOUT: Duration = Duration::from_secs(2);

/// In which the gateway gives up a client that says nothing.
const IDLE: Duration = Duration::from_secs(180);

/// A token, and when it ends: somewhere between two times.
#[derive(Clone)]
pub struct Token {
    pub text: String,
    pub ends_from: Instant,
    pub ends_by: Instant,
}

impl Token {
    /// Asked for and acknowledged at these times.
    pub fn issued(text: String, asked: Instant, acknowledged: Instant) -> Self {
        Token {
            text,
            ends_from: asked + LIFETIME - ABOUT,
            ends_by: acknowledged + LIFETIME + ABOUT,
        }
    }
}

pub struct Session {
    pub connection: Connection,
    pub kind: Kind,
    pub node: usize,
    /// Of the gateway, before the session began.
    pub life: u64,
    pub flag: u8,
    pub device_id: String,
    pub token: Token,
    /// When its token was renewed, and from when on it would have ended before.
    pub renewed: Vec<(Instant, Instant)>,
    /// Something that may end it has happened, or may have.
    pub may_end: bool,
    /// And it had to end since then, because of this.
    pub must_end: Option<(Instant, &'static str)>,
    pub pinged: Instant,
    pub is_silent: bool,
}

pub enum State {
    Stands,
    /// With the text of the kick, or without a word.
    Ended(Option<String>),
}

impl Session {
    pub fn must_end_now(&mut self, why: &'static str) {
        self.may_end = true;
        self.must_end.get_or_insert((Instant::now(), why));
    }

    pub fn renew(&mut self, token: &Token) {
        self.renewed.push((Instant::now(), self.token.ends_from));
        self.token = token.clone();
    }

    /// By another token. Nobody can know of a renewal that nobody had seen until then.
    pub fn is_replaced(&mut self) {
        let unseen = self.renewed.iter().find(|(at, _)| at.elapsed() < SEEN);
        if let Some((_, before)) = unseen {
            self.token.ends_from = *before;
        }
        self.renewed.clear();
    }

    /// Since when it has had to end, if it has.
    pub fn overdue(&self) -> Option<(Instant, &'static str)> {
        let now = Instant::now();
        let expired = (self.token.ends_by < now).then_some((self.token.ends_by, "expired"));
        let idle = self.pinged + IDLE + ABOUT;
        let idle = (self.is_silent && idle < now).then_some((idle, "silent"));
        [self.must_end, expired, idle].into_iter().flatten().min()
    }

    /// Whether there is a reason for it to have ended.
    pub fn may_have_ended(&self) -> bool {
        let now = Instant::now();
        let is_idle = self.is_silent && self.pinged + IDLE - ABOUT < now;
        self.may_end || self.token.ends_from < now || is_idle
    }

    /// Whether its token's first end has passed, and its gateway may not have seen yet that the token was
    /// renewed. It looks then; if it cannot, it closes without a word, and the client comes back.
    pub fn may_have_to_be_looked_up(&self) -> bool {
        let now = Instant::now();
        let is_open = |(at, before): &(Instant, Instant)| at.elapsed() < SEEN && *before < now;
        self.renewed.iter().any(is_open)
    }

    /// Reads what has come.
    pub fn look(&mut self) -> State {
        loop {
            match self.connection.look() {
                Seen::Nothing => return State::Stands,
                Seen::Pong => {}
                Seen::Kick(text) => return State::Ended(Some(text)),
                Seen::End => return State::Ended(None),
            }
        }
    }

    pub fn describe(&self, uid: &str) -> String {
        let Session {
            kind,
            node,
            flag,
            device_id,
            may_end,
            must_end,
            is_silent,
            ..
        } = self;
        format!(
            "{uid}/{flag}/{device_id} over {kind:?} at gateway {node}, token {}, may_end={may_end} \
             must_end={must_end:?} silent={is_silent}",
            self.token.text
        )
    }
}
