//! What the business server does with a user's tokens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use super::session::{Session, Token};
use super::user::{FLAGS, User};

impl User {
    /// The same token with a later end; the first one, or another, where there is none.
    pub(super) fn renew(&mut self, flag: u8) {
        let text = match &self.tokens[usize::from(flag)] {
            Some(token) => token.text.clone(),
            None => self.new_text(),
        };
        let node = self.random.index(2);
        self.issue(node, flag, text);
        self.ledger.add("issued or renewed");
    }

    /// Another token, without a revocation: the sessions of the first stand until it ends.
    pub(super) fn rotate(&mut self, flag: u8) {
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
    pub(super) fn change_password(&mut self, flag: u8) {
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
    pub(super) fn revoke(&mut self, flag: i64) -> usize {
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
        let concerns = |one: &Session| flag == -1 || i64::from(one.flag) == flag;
        let is_of = |one: &&mut Session| concerns(one);
        let ends_one = |one: &Session| concerns(one) && !one.may_end;
        let is_concerned = self.sessions.iter().any(ends_one);
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
