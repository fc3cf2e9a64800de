// Sessions that records let in, and what today's record says of them, by the design's words: about
// texts and numbers, compared with `==`.

const MOST_SESSIONS: usize = 8;

#[derive(Default)]
struct Sessions(Vec<Session>);

struct Session {
    pair: (&'static str, DeviceFlag),
    verified: Verified,
    text: String,
    revocations: u32,
    leeway: Duration,
    /// The latest end that its token was seen with.
    expires_at: Option<i64>,
}

impl Sessions {
    /// With both tokens of the record, if they let anybody in; the oldest sessions make room.
    fn let_in(
        &mut self,
        pair: (&'static str, DeviceFlag),
        store: &Store,
        models: &Models,
        step: usize,
    ) {
        let Some(model) = models.get(&pair) else {
            return;
        };
        let (now, leeway) = (TIMES[step % TIMES.len()], SPANS[step % SPANS.len()]);
        let overlap = model.overlap();
        for kept in [Some(&model.current), overlap.map(|(old, _)| old)] {
            let Some(kept) = kept else { continue };
            // Both may be of the same text: the current one goes first.
            let expires_at = match kept.text == model.current.text && model.is_live(now, leeway) {
                true => model.expires.map(|end| later(end, leeway)),
                false => overlap.map(|(_, until)| until),
            };
            let verifier = Verifier::new()
                .with_leeway(leeway)
                .with_device_flags(pair.1.into());
            let claim = Credentials::new(pair.0, pair.1, kept.text.as_str());
            let Ok(verified) = verifier.verify(store, &claim, Timestamp::from_millis(now)) else {
                continue;
            };
            assert_eq!(verified.verified_at().as_millis(), now);
            self.0.push(Session {
                pair,
                verified,
                text: kept.text.clone(),
                revocations: model.revocations,
                leeway,
                expires_at,
            });
        }
        self.0.drain(..self.0.len().saturating_sub(MOST_SESSIONS));
    }

    fn stand_as_the_model_says(&mut self, store: &Store, models: &Models) {
        for session in &mut self.0 {
            let (uid, flag) = session.pair;
            let record = store.get(uid, flag).unwrap();
            let model = models.get(&session.pair);
            for now in TIMES {
                let time = Timestamp::from_millis(now);
                let standing = session.verified.standing(record.as_ref(), time);
                session.see(model, now);
                assert_eq!(standing, session.expected(model, now), "{model:?} at {now}");
                let expires_at = session.verified.expires_at().map(Timestamp::as_millis);
                let never = |end: Option<i64>| end.unwrap_or(i64::MAX);
                assert_eq!(never(expires_at), never(session.expires_at), "{model:?}");
            }
        }
    }
}

impl Session {
    /// A later end of its token is remembered, as far as somebody saw it.
    fn see(&mut self, model: Option<&Model>, now: i64) {
        let Some(model) = model.filter(|model| model.revoked.is_none()) else {
            return;
        };
        if model.revocations > self.revocations {
            return;
        }
        let is_overlapping = |old: &&Kept| old.text == self.text;
        let seen = match model.overlapping(now).filter(is_overlapping) {
            _ if model.current.text == self.text => {
                model.expires.map(|end| later(end, self.leeway))
            }
            Some(_) => model.overlap().map(|(_, until)| until),
            None => return,
        };
        let ends = self.expires_at.zip(seen);
        self.expires_at = ends.map(|(known, seen)| known.max(seen));
    }

    fn expected(&self, model: Option<&Model>, now: i64) -> Standing {
        let Some(model) = model else {
            return Standing::Unknown;
        };
        let is_over = |end: Option<i64>| end.is_some_and(|end| end < now);
        let current_end = model.expires.map(|end| later(end, self.leeway));
        let overlapping = model.overlapping(now);
        match () {
            () if model.revoked.is_some() => Standing::Revoked,
            () if model.revocations > self.revocations => Standing::Revoked,
            () if model.current.text == self.text && is_over(current_end) => Standing::Expired,
            () if model.current.text == self.text => Standing::Holds,
            () if overlapping.is_some_and(|old| old.text == self.text) => Standing::Holds,
            () if model.revocations < self.revocations => Standing::Unknown,
            () if is_over(self.expires_at) => Standing::Expired,
            () => Standing::Replaced,
        }
    }
}
