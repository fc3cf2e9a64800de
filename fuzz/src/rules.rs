// What the rules of verification say, by the design's words: about texts and numbers, compared with
// `==`.

/// What the rules say, and from where.
enum Verdict {
    Accepted(Outcome),
    /// Nothing else can be the cause.
    Final(Cause),
    /// The other flags may say more.
    Open(Cause),
}

#[derive(Debug)]
enum Outcome {
    Accepted {
        by: VerifiedBy,
        level: DeviceLevel,
        ends_at: Option<i64>,
    },
    Refused {
        cause: Cause,
        disposition: Disposition,
    },
}

impl Question {
    fn record(&self) -> Option<&Model> {
        self.store.model(self.uid, self.flag)
    }

    /// Rules 1 to 4.
    fn verdict(&self) -> Verdict {
        if let Some(cause) = self.refused_at_sight() {
            return Verdict::Final(cause);
        }
        if self.faults.of(self.flag) {
            return Verdict::Final(Cause::Store("down".into()));
        }
        let Some(record) = self.record() else {
            return Verdict::Open(Cause::NotIssued);
        };
        let at = Timestamp::from_millis;
        if record.current.is(&self.token) {
            return match (record.revoked, record.expires) {
                (Some(revoked), _) => Verdict::Final(Cause::Revoked { at: at(revoked) }),
                (None, Some(end)) if !record.is_live(self.now, self.policy.leeway) => {
                    Verdict::Final(Cause::Expired { at: at(end) })
                }
                (None, end) => Verdict::Accepted(Outcome::Accepted {
                    by: VerifiedBy::Current,
                    level: record.level,
                    ends_at: end.map(|end| later(end, self.policy.leeway)),
                }),
            };
        }
        match (record.overlap(), record.revoked) {
            (Some((old, until)), _) if old.is(&self.token) && until < self.now => {
                Verdict::Final(Cause::Superseded { at: at(until) })
            }
            (Some((old, until)), _) if old.is(&self.token) => {
                Verdict::Accepted(Outcome::Accepted {
                    by: VerifiedBy::Superseded,
                    level: record.level,
                    ends_at: Some(until),
                })
            }
            (_, Some(revoked)) => Verdict::Open(Cause::Revoked { at: at(revoked) }),
            (_, None) if record.current.text.is_empty() => Verdict::Open(Cause::NotIssued),
            (_, None) => Verdict::Open(Cause::Mismatch),
        }
    }

    fn refused_at_sight(&self) -> Option<Cause> {
        let (number, allowed) = (u8::from(self.flag), self.policy.allowed);
        match () {
            () if self.uid.is_empty() => Some(Cause::EmptyUid),
            () if self.uid.contains(char::is_control) => Some(Cause::InvalidUid),
            () if !allowed.iter().any(|flag| flag == self.flag) => {
                Some(Cause::UnknownDeviceFlag { number, allowed })
            }
            () if self.token.trim().is_empty() => Some(Cause::EmptyToken),
            () => None,
        }
    }

    /// Rule 5, by the precedence of causes.
    fn explained(&self, verdict: Cause) -> Cause {
        let siblings = self.siblings();
        let manager = self.policy.manager.as_ref();
        if manager.is_some_and(|manager| manager.is(&self.token)) {
            return Cause::ManagerToken;
        }
        let matching = self.flags(siblings.iter().flatten(), |sibling| {
            self.is_live_token_of(sibling)
        });
        if let Some(issued_for) = matching {
            return Cause::IssuedForOtherFlag { issued_for };
        }
        if let Some(how) = self.deformation() {
            return Cause::Altered { how };
        }
        let Some(siblings) = siblings else {
            return undecided(&verdict);
        };
        let live = self.flags(siblings.iter(), |sibling| {
            sibling.is_live(self.now, self.policy.leeway)
        });
        match (verdict, live) {
            (Cause::NotIssued, Some(issued_for)) => Cause::NotIssuedForFlag { issued_for },
            (verdict, _) => verdict,
        }
    }

    /// `None` where a look-up fails.
    fn siblings(&self) -> Option<Vec<(DeviceFlag, &Model)>> {
        let others = || self.policy.allowed.iter().filter(|flag| *flag != self.flag);
        let fails = match self.faults.one_by_one {
            true => others().any(|flag| self.faults.of(flag)),
            false => self.faults.of_others,
        };
        let record = |flag| Some((flag, self.store.model(self.uid, flag)?));
        (!fails).then(|| others().filter_map(record).collect())
    }

    fn flags<'a>(
        &self,
        siblings: impl Iterator<Item = &'a (DeviceFlag, &'a Model)>,
        is_meant: impl Fn(&Model) -> bool,
    ) -> Option<DeviceFlags> {
        let meant = siblings.filter(|(_, model)| is_meant(model));
        let flags: DeviceFlags = meant.map(|(flag, _)| *flag).collect();
        (!flags.is_empty()).then_some(flags)
    }

    fn is_live_token_of(&self, record: &Model) -> bool {
        let is_current = record.current.is(&self.token);
        let is_old = record
            .overlapping(self.now)
            .is_some_and(|old| old.is(&self.token));
        is_current && record.is_live(self.now, self.policy.leeway) || is_old
    }

    /// What the token is without what may have happened to it, if that is this pair's.
    fn deformation(&self) -> Option<Alteration> {
        let record = self.record()?;
        let is_known = |text: &String| {
            record.current.is(text) || record.overlapping(self.now).is_some_and(|old| old.is(text))
        };
        let found = undone(&self.token)
            .into_iter()
            .find(|(_, text)| is_known(text));
        let stored = &record.current;
        let (len, whole) = (self.token.len(), stored.text.len());
        let is_cut = !stored.is_digest && stored.text.starts_with(&self.token) && len < whole;
        let is_long_enough = len >= 16 && 2 * len >= whole;
        found
            .map(|(how, _)| how)
            .or((is_cut && is_long_enough).then_some(Alteration::Truncated))
    }

    fn expected(&self) -> Outcome {
        let cause = match self.verdict() {
            Verdict::Accepted(outcome) => return outcome,
            Verdict::Final(cause) => cause,
            Verdict::Open(cause) => self.explained(cause),
        };
        self.refused(cause)
    }

    /// Before a diagnosis.
    fn expected_at_first(&self) -> Outcome {
        match self.verdict() {
            Verdict::Accepted(outcome) => outcome,
            Verdict::Final(cause) | Verdict::Open(cause) => self.refused(cause),
        }
    }

    /// After one.
    fn expected_in_the_end(&self) -> Outcome {
        match self.verdict() {
            Verdict::Accepted(outcome) => outcome,
            Verdict::Final(cause) => self.refused(cause),
            Verdict::Open(cause) => self.refused(self.explained(cause)),
        }
    }

    fn refused(&self, cause: Cause) -> Outcome {
        // The verdict decides, and its diagnosis changes nothing of it.
        let is_retried = match self.verdict() {
            Verdict::Final(Cause::Store(_)) => true,
            Verdict::Open(Cause::NotIssued) => self.policy.reveals_not_issued,
            _ => false,
        };
        Outcome::Refused {
            cause,
            disposition: match is_retried {
                true => Disposition::CloseForRetry,
                false => Disposition::Reject(ReasonCode::AuthFail),
            },
        }
    }
}

fn undecided(verdict: &Cause) -> Cause {
    let candidates: &[_] = match verdict {
        Cause::NotIssued => &["issued_for_other_flag", "not_issued_for_flag", "not_issued"],
        Cause::Revoked { .. } => &["issued_for_other_flag", "revoked"],
        _ => &["issued_for_other_flag", "mismatch"],
    };
    Cause::Ambiguous {
        candidates,
        error: "down".into(),
    }
}

/// One thing after the other taken back, in the order of [`Alteration`].
fn undone(token: &str) -> Vec<(Alteration, String)> {
    let mut steps = Vec::new();
    let mut text = match token.chars().next() {
        Some('\u{feff}') => token.chars().skip(1).collect(),
        _ => token.to_owned(),
    };
    steps.push((Alteration::ByteOrderMark, text.clone()));
    text = text.trim_matches(char::is_whitespace).to_owned();
    steps.push((Alteration::Blanks, text.clone()));
    let chars: Vec<char> = text.chars().collect();
    if let [first @ ('"' | '\'' | '`'), inside @ .., last] = &chars[..] {
        if first == last {
            text = inside.iter().collect();
        }
    }
    steps.push((Alteration::Quotes, text.clone()));
    if text.to_ascii_lowercase().starts_with("bearer ") {
        text = text["bearer ".len()..].trim_start().to_owned();
    }
    steps.push((Alteration::Bearer, text.clone()));
    text = String::from_utf8(unescaped(text.as_bytes())).unwrap_or(text);
    steps.push((Alteration::PercentEncoded, text.clone()));
    if text.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
        steps.push((Alteration::HexCase, text.to_lowercase()));
        steps.push((Alteration::HexCase, text.to_uppercase()));
    }
    steps
}

fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        match digits.and_then(|digits| std::str::from_utf8(digits).ok()) {
            Some(digits) => {
                plain.push(u8::from_str_radix(digits, 16).unwrap());
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    plain
}
