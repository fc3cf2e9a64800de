//! Which sessions a new one displaces.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tracing::warn;
use wukongim_auth::device::{Displacement, displacement};
use wukongim_auth::{DeviceFlag, DeviceLevel, Session};

use crate::peer_text::PeerText;

use super::entry::Farewell;
use super::place::Place;
use super::shard::Shard;

/// The minimum lifetime of a session that displaced one of its own device: two clients with the
/// same device id displace each other forever, and would do so as fast as they can. Upstream waits
/// just as long before it closes a displaced connection.
const AT_LEAST: Duration = Duration::from_secs(4);

/// A session that is displaced sooner than this may be one of two such clients.
const SOON: Duration = Duration::from_secs(30);

/// The number of displacements in a row after which the log names the clients, and then from time
/// to time.
const NAMED_AT: u32 = 3;
const NAMED_EVERY: u32 = 64;

impl Place {
    /// Ends the sessions that this one, which was accepted and answered, displaces, and the oldest
    /// of its user's if there are too many. Only older ones: a newer session decides over this one.
    pub fn displace(&self, session: &Session) {
        let level = session.verified().device_level();
        let mut shard = self.sessions.lock(&self.uid);
        // The session may already have been kicked.
        let Some(own) = shard.entry(self.number) else {
            return;
        };
        let (flag, device_id) = (own.device_flag, own.device_id.clone());
        let (mut in_a_row, mut later) = (0, Vec::new());
        for number in self.older(&shard, level, flag, &device_id) {
            let Some(existing) = shard.entry(number) else {
                continue;
            };
            let their = (existing.device_flag, &*existing.device_id);
            let (row, age) = (
                existing.displaced_in_a_row,
                existing.registered_at.elapsed(),
            );
            match displacement((flag, &device_id), level, their) {
                Displacement::Kick => {
                    let farewell = Farewell::Kick("logged in on another device");
                    shard.dismiss(number, |_| Some(farewell));
                }
                Displacement::Close => {
                    if age < SOON {
                        in_a_row = in_a_row.max(row + 1);
                    }
                    if row > 0 && age < AT_LEAST {
                        later.push((number, AT_LEAST - age));
                    } else {
                        shard.dismiss(number, |_| Some(Farewell::Close));
                    }
                }
                _ => {}
            }
        }
        if let Some(own) = shard.entry(self.number) {
            own.displaced_in_a_row = in_a_row;
        }
        self.keep_to_the_most(&mut shard, flag);
        drop(shard);
        if in_a_row >= NAMED_AT && (in_a_row - NAMED_AT) % NAMED_EVERY == 0 {
            let [uid, device_id] = [&self.uid, &device_id].map(|text| PeerText(text).to_string());
            let device_flag = u8::from(flag);
            warn!(
                uid,
                device_flag, device_id, "clients with one device id displace each other"
            );
        }
        self.close_later(later);
    }

    /// The sessions that may have to end.
    fn older(
        &self,
        shard: &Shard,
        level: DeviceLevel,
        flag: DeviceFlag,
        device_id: &Arc<str>,
    ) -> Vec<u64> {
        match level {
            DeviceLevel::Master => [false, true]
                .into_iter()
                .flat_map(|settled| {
                    shard.numbers(&self.uid, flag, settled, 0..=self.number.saturating_sub(1))
                })
                .collect(),
            _ => shard
                .same_device(&self.uid, flag, device_id, self.number)
                .collect(),
        }
    }

    /// Keeps the newest sessions: the oldest may be connections that are long dead. The oldest is
    /// kicked, so that its client does not come back immediately and displace the next.
    fn keep_to_the_most(&self, shard: &mut Shard, flag: DeviceFlag) {
        while shard.count(&self.uid, flag) > self.sessions.max {
            let oldest = shard.numbers(&self.uid, flag, true, 0..=u64::MAX).next();
            let Some(oldest) = oldest else {
                return;
            };
            let uid = PeerText(&self.uid).to_string();
            warn!(uid, %flag, "too many sessions of one user: the oldest is kicked");
            shard.dismiss(oldest, |_| Some(Farewell::Kick("too many sessions")));
        }
    }

    /// Until then, they can be revoked and kicked like any other.
    fn close_later(&self, later: Vec<(u64, Duration)>) {
        for (number, wait) in later {
            let (sessions, uid) = (self.sessions.clone(), self.uid.clone());
            tokio::spawn(async move {
                sleep(wait).await;
                let mut shard = sessions.lock(&uid);
                shard.dismiss(number, |_| Some(Farewell::Close));
            });
        }
    }
}
