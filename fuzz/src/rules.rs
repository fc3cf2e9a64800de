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
        if let Some(how) = self.alteration() {
            return Cause::Altered { how };
        }
        if self.is_placeholder() {
            return Cause::Placeholder;
        }
        let Some(siblings) = siblings else {
            return ambiguous(&verdict);
        };
        let live = self.flags(siblings.iter(), |sibling| {
            sibling.is_live(self.now, self.policy.leeway)
        });
        match (verdict, live) {
            (Cause::NotIssued, Some(issued_for)) => Cause::NotIssuedForFlag { issued_for },
            (verdict, _) => verdict,
        }
    }

    /// `None` where a lookup fails.
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

    /// Whether the token is what a program writes for none, an unfilled template, or an example.
    fn is_placeholder(&self) -> bool {
        let altered = undone(&self.token).into_iter().map(|(_, text)| text);
        [self.token.clone()]
            .into_iter()
            .chain(altered)
            .any(|text| stands_for_no_token(&text))
    }

    /// What the token is without what may have happened to it, if that is this pair's.
    fn alteration(&self) -> Option<Alteration> {
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

fn ambiguous(verdict: &Cause) -> Cause {
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

/// What a program writes for no value, an unfilled template, or an example.
fn stands_for_no_token(token: &str) -> bool {
    let text = taken_back(Alteration::Quotes, token.trim());
    let lower = text.to_ascii_lowercase();
    let within = |open: &str, close: &str| {
        let is_long_enough = text.len() >= open.len() + close.len();
        let is_within = text.starts_with(open) && text.ends_with(close) && is_long_enough;
        is_within.then(|| lower[open.len()..text.len() - close.len()].to_owned())
    };
    let is_filled = |inside: Option<String>| inside.is_some_and(|inside| !inside.is_empty());
    let names_token = |name: &str| {
        let is_name = |c: char| c.is_ascii_alphabetic() || "_- ".contains(c);
        name.chars().all(is_name) && name.contains("token")
    };
    let none = "undefined null nil none nan void (null) (nil) <null> <nil> [null] [undefined] {} [] %s %@ %d %v";
    none.split(' ').any(|known| known == lower)
        || within("[object ", "]").is_some()
        || within("Instance of '", "'").is_some()
        || within("Optional(", ")").is_some()
        || [
            ("${", "}"),
            ("#{", "}"),
            ("$(", ")"),
            ("{{", "}}"),
            ("{%", "%}"),
        ]
        .into_iter()
        .any(|(open, close)| is_filled(within(open, close)))
        || [("%", "%"), ("__", "__"), ("<", ">")]
            .into_iter()
            .filter_map(|(open, close)| within(open, close))
            .any(|name| names_token(&name) || is_example(&name))
        || lower.strip_prefix('$').is_some_and(names_token)
        || lower.strip_prefix(':').is_some_and(names_token)
        || (within("{", "}").is_some() && names_token(lower.trim_matches(['{', '}'])))
        || is_example(&lower)
}

/// Words of examples, one of them at least one that only an example has.
fn is_example(lower: &str) -> bool {
    const OWN: &str = "your yourtoken here insert replace enter paste put changeme change placeholder example dummy";
    const OTHER: &str =
        "a access api auth im me my real the this to token tokens uid user users with wukongim";
    let is_among = |list: &str, word: &str| list.split(' ').any(|known| known == word);
    let words = || {
        let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        words.filter(|word| !word.is_empty())
    };
    words().all(|word| is_among(OWN, word) || is_among(OTHER, word))
        && words().any(|word| is_among(OWN, word))
}

/// One thing after the other taken back, in the order of [`Alteration`], as long as anything
/// changes: at most four times all of it, and eight texts.
fn undone(token: &str) -> Vec<(Alteration, String)> {
    let (mut found, mut text) = (Vec::new(), token.to_owned());
    for _ in 0..4 {
        let before = found.len();
        for how in AROUND {
            let without = taken_back(how, &text);
            if without != text && found.len() < 8 {
                found.push((how, without.clone()));
                text = without;
            }
        }
        if found.len() == before {
            break;
        }
    }
    let chars: Vec<char> = text.chars().collect();
    let (half, rest) = chars.split_at(chars.len() / 2);
    if !half.is_empty() && half == rest {
        found.push((Alteration::Doubled, half.iter().collect()));
    }
    if let Some(bytes) = from_base64(&text) {
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        found.push((Alteration::Base64, hex));
        found.extend(String::from_utf8(bytes).map(|text| (Alteration::Base64, text)));
    }
    if text.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
        found.push((Alteration::HexCase, text.to_lowercase()));
        found.push((Alteration::HexCase, text.to_uppercase()));
        let digits = text.replace('-', "");
        for digits in [digits.clone(), digits.to_lowercase(), digits.to_uppercase()] {
            found.push((Alteration::Dashes, digits));
        }
    }
    // A text that nothing changed is not looked at again.
    found.retain(|(_, text)| text != token);
    found
}

const AROUND: [Alteration; 9] = [
    Alteration::ByteOrderMark,
    Alteration::Blanks,
    Alteration::Invisible,
    Alteration::Quotes,
    Alteration::Optional,
    Alteration::Json,
    Alteration::Bearer,
    Alteration::Labelled,
    Alteration::PercentEncoded,
];

/// The text without one thing that may have come around it.
fn taken_back(how: Alteration, text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    match how {
        Alteration::ByteOrderMark => match &chars[..] {
            ['\u{feff}', rest @ ..] => rest.iter().collect(),
            _ => text.to_owned(),
        },
        Alteration::Blanks => text.trim_matches(char::is_whitespace).to_owned(),
        Alteration::Invisible => chars.into_iter().filter(|c| is_seen(*c)).collect(),
        Alteration::Quotes => match &chars[..] {
            ['\\', '"', inside @ .., '\\', '"']
            | ['"', inside @ .., '"']
            | ['\'', inside @ .., '\'']
            | ['`', inside @ .., '`']
            | ['“', inside @ .., '”']
            | ['‘', inside @ .., '’']
            | ['«', inside @ .., '»']
            | ['「', inside @ .., '」'] => inside.iter().collect(),
            _ => text.to_owned(),
        },
        Alteration::Optional if text.starts_with("Optional(") && text.ends_with(')') => {
            text["Optional(".len()..text.len() - 1].to_owned()
        }
        Alteration::Json => in_json(text).unwrap_or(text).to_owned(),
        Alteration::Bearer if text.to_ascii_lowercase().starts_with("bearer ") => {
            text["bearer ".len()..].trim_start().to_owned()
        }
        Alteration::Labelled => match text.find([' ', '=', ':']) {
            Some(end) if is_label(&text[..end]) => text[end + 1..].trim_start().to_owned(),
            _ => text.to_owned(),
        },
        Alteration::PercentEncoded => {
            String::from_utf8(unescaped(text.as_bytes())).unwrap_or(text.to_owned())
        }
        _ => text.to_owned(),
    }
}

fn is_seen(c: char) -> bool {
    let is_hidden =
        matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff);
    !is_hidden && !c.is_control()
}

fn is_label(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_name = name.chars().all(|c| matches!(c, 'a'..='z' | '_' | '-'));
    let is_known = ["auth", "authorization", "bearer", "jwt", "key"].contains(&name.as_str());
    is_name && (is_known || name.contains("token"))
}

/// A list's first string, or an object's member whose name ends in `oken`.
fn in_json(text: &str) -> Option<&str> {
    let value = match (text.chars().next()?, text.chars().next_back()?) {
        _ if text.len() < 2 => None,
        ('[', ']') => Some(&text[1..text.len() - 1]),
        ('{', '}') => {
            let members = &text[1..text.len() - 1];
            let name = members.find("oken\"")?;
            members[name + 5..].trim_start().strip_prefix(':')
        }
        _ => None,
    }?;
    let string = value.trim_start().strip_prefix('"')?;
    Some(&string[..string.find('"')?])
}

/// Base64 of either alphabet, with its padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if !matches!(padding, 1 | 2) || text.len() % 4 != 0 || digits.is_empty() {
        return None;
    }
    let digits = digits.replace('-', "+").replace('_', "/");
    let mut bits = Vec::new();
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|known| *known == digit)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let byte = |bits: &[usize]| bits.iter().fold(0, |byte, bit| byte << 1 | bit) as u8;
    Some(bits.chunks_exact(8).map(byte).collect())
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
