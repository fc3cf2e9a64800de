//! The search for the cause of a rejection, as exactly as the facts allow. It runs after the
//! verdict, which it cannot change.
//!
//! Whatever the cause is, the same comparisons are made with the same texts. The time of a
//! diagnosis depends on the presented token and reveals nothing about the stored ones.

use alloc::vec::Vec;
use core::time::Duration;

use crate::credentials::placeholder;
use crate::device::{DeviceFlag, DeviceFlags};
use crate::refusal::{Alteration, Cause};
use crate::store::{BoxError, TokenRecord};
use crate::time::Timestamp;
use crate::token::{Padded, Presented, PresentedToken, Secret, SecretForm};
use crate::verify::repair;

/// A rejection, and everything that may explain it.
pub(crate) struct Diagnosis<'a> {
    pub(crate) token: PresentedToken<'a>,
    pub(crate) device_flag: DeviceFlag,
    pub(crate) device_flags: DeviceFlags,
    pub(crate) record: Option<&'a TokenRecord>,
    pub(crate) manager_token: Option<&'a Secret>,
    /// That of the record, or the store's if there is none.
    pub(crate) form: SecretForm,
    pub(crate) leeway: Duration,
    pub(crate) now: Timestamp,
}

impl Diagnosis<'_> {
    /// Finds the cause. In order of precedence: the manager's token, another flag's token, an
    /// altered token, a placeholder. `None` means that the verdict's own cause stands.
    pub(crate) fn cause(
        &self,
        verdict: &Cause,
        others: Result<Vec<(DeviceFlag, TokenRecord)>, BoxError>,
    ) -> Option<Cause> {
        // All comparisons are made before the first result is used: an early return would show in
        // the time which cause it was.
        let mut room = Padded::default();
        let token = Presented::new(self.token.expose_secret(), &mut room);
        let is_manager = self.matches(&token, self.manager_token);
        let siblings = self.siblings(&token, others.as_deref().unwrap_or_default());
        let (alteration, is_placeholder) = self.alteration(&token);
        if is_manager {
            return Some(Cause::ManagerToken);
        }
        if !siblings.matching.is_empty() {
            return Some(Cause::IssuedForOtherFlag {
                issued_for: siblings.matching,
            });
        }
        if let Some(how) = alteration {
            return Some(Cause::Altered { how });
        }
        if is_placeholder {
            return Some(Cause::Placeholder);
        }
        if let Err(error) = others {
            return Some(Cause::Ambiguous {
                candidates: candidates(verdict),
                error,
            });
        }
        let elsewhere = matches!(verdict, Cause::NotIssued) && !siblings.live.is_empty();
        // A closure: otherwise a cause would be made for every rejection, and dropped again.
        elsewhere.then(|| Cause::NotIssuedForFlag {
            issued_for: siblings.live,
        })
    }

    /// Finds the other flags that hold a live token, and those among them that the presented token
    /// matches.
    ///
    /// It iterates over the allowed flags, not over the records, so that the number of comparisons
    /// does not depend on what is registered. The client's own flag takes part with a dummy.
    fn siblings(&self, token: &Presented<'_>, others: &[(DeviceFlag, TokenRecord)]) -> Siblings {
        let (mut live, mut matching) = (DeviceFlags::NONE, DeviceFlags::NONE);
        for flag in self.device_flags.iter() {
            let record = others
                .iter()
                .find(|(other, _)| *other == flag && flag != self.device_flag)
                .map(|(_, record)| record);
            let current = record.filter(|record| record.is_live(self.now, self.leeway));
            let superseded = record.and_then(|record| record.overlapping(self.now));
            if current.is_some() {
                live = live.with(flag);
            }
            // `|`, not `||`: the second comparison is made in any case.
            if self.matches(token, current.map(TokenRecord::secret))
                | self.matches(token, superseded)
            {
                matching = matching.with(flag);
            }
        }
        Siblings { live, matching }
    }

    /// Finds out whether the presented token is this record's in an altered form, and whether it is
    /// a placeholder, possibly altered as well.
    fn alteration(&self, token: &Presented<'_>) -> (Option<Alteration>, bool) {
        let current = self.record.map(TokenRecord::secret);
        let superseded = self.record.and_then(|record| record.overlapping(self.now));
        let (mut found, mut is_placeholder) = (None, placeholder::is_placeholder(token.text()));
        repair::undo_alterations(token.text(), |how, text| {
            is_placeholder |= placeholder::is_placeholder(text);
            let mut room = Padded::default();
            let repaired = Presented::new(text, &mut room);
            if self.matches(&repaired, current) | self.matches(&repaired, superseded) {
                found = found.or(Some(how));
            }
        });
        let is_truncated = self.is_truncated(token, current);
        let found = found.or(is_truncated.then_some(Alteration::Truncated));
        (found, is_placeholder)
    }

    /// Returns whether the stored token begins with the presented one. A digest has no beginning.
    /// If there is nothing to recognise, the presented token itself is compared in place of a
    /// beginning of that length: it costs the same and does not count.
    fn is_truncated(&self, token: &Presented<'_>, current: Option<&Secret>) -> bool {
        let stored = match (self.form, current) {
            (SecretForm::Plain, Some(Secret::Plain(stored))) => stored.as_bytes(),
            (SecretForm::Plain, _) => &[],
            (SecretForm::Digest, _) => return self.matches(token, None),
        };
        token.is_beginning(repair::beginning(stored, token.text()))
    }

    fn matches(&self, token: &Presented<'_>, stored: Option<&Secret>) -> bool {
        token.is(stored, self.form)
    }
}

struct Siblings {
    live: DeviceFlags,
    matching: DeviceFlags,
}

/// The labels of the causes that remain possible while the other flags are unknown.
fn candidates(verdict: &Cause) -> &'static [&'static str] {
    match verdict {
        Cause::Revoked { .. } => &["issued_for_other_flag", "revoked"],
        Cause::NotIssued => &["issued_for_other_flag", "not_issued_for_flag", "not_issued"],
        _ => &["issued_for_other_flag", "mismatch"],
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::credentials::Credentials;
    use crate::device::DeviceLevel;
    use crate::token::Token;
    use crate::token::calls::{self, Calls};
    use crate::verify::verifier::Verifier;

    const NOW: Timestamp = Timestamp::from_millis(1_000);
    const LATER: Timestamp = Timestamp::from_millis(2_000);
    const EARLIER: Timestamp = Timestamp::from_millis(500);

    fn issued(token: &str) -> TokenRecord {
        TokenRecord::issue(Token::new(token), DeviceLevel::Slave)
    }

    fn rotated(from: &str, overlap_ends: Timestamp) -> TokenRecord {
        let record = issued(from).rotate(Token::new("new-token-0123456789"), overlap_ends);
        record.unwrap()
    }

    /// The records that may be registered for WEB, given the presented `token`.
    fn own_records(token: &str) -> Vec<Option<TokenRecord>> {
        let quoted = token.trim_matches('"');
        vec![
            None,
            Some(issued("")),
            Some(issued("another-token-0123456789")),
            Some(issued(&"x".repeat(64))),
            Some(issued(&"x".repeat(65))),
            Some(issued(quoted)),
            Some(issued(&(token.to_string() + "-and-a-little-more"))),
            Some(issued(token).with_expiry(EARLIER)),
            Some(issued(token).revoke(EARLIER)),
            Some(issued("another").revoke(EARLIER)),
            Some(rotated(token, EARLIER)),
            Some(rotated(quoted, LATER)),
            Some(rotated("another", LATER)),
        ]
    }

    fn sibling_records(token: &str) -> Vec<Result<Vec<(DeviceFlag, TokenRecord)>, BoxError>> {
        vec![
            Ok(vec![]),
            Ok(vec![(DeviceFlag::App, issued("another"))]),
            Ok(vec![(DeviceFlag::App, issued(token))]),
            Ok(vec![
                (DeviceFlag::App, rotated(token, LATER)),
                (DeviceFlag::Pc, issued(token)),
            ]),
            Ok(vec![(DeviceFlag::Pc, issued(token).revoke(EARLIER))]),
            Ok(vec![(DeviceFlag::from(200), issued(token))]),
            // Violations of the contract: the pair's own record, and one of a flag that no client
            // may use.
            Ok(vec![
                (DeviceFlag::Web, issued(token)),
                (DeviceFlag::System, issued(token)),
            ]),
            Err("down".into()),
        ]
    }

    fn in_form(record: TokenRecord, form: SecretForm) -> TokenRecord {
        match form {
            SecretForm::Plain => record,
            SecretForm::Digest => record.into_digest_only(),
        }
    }

    /// A verifier that knows a manager token.
    fn verifier(form: SecretForm, manager: &str) -> Verifier {
        let verifier = Verifier::new().with_stored_form(form);
        verifier.with_manager_token(Token::new(manager))
    }

    /// All rejections of `token` over stores of the verifier's form, with the comparisons that each
    /// of them made.
    fn refusals(token: &str, verifier: &Verifier, form: SecretForm) -> Vec<(&'static str, Calls)> {
        let credentials = Credentials::new("u", DeviceFlag::Web, token);
        let mut refusals = Vec::new();
        for record in own_records(token) {
            for others in sibling_records(token) {
                let record = record.clone().map(|record| in_form(record, form));
                let others = others.map(|others| {
                    let in_form = |(flag, record)| (flag, in_form(record, form));
                    others.into_iter().map(in_form).collect()
                });
                calls::take();
                let verdict = verifier.verify_record(&credentials, record.as_ref(), NOW);
                let Err(mut error) = verdict else { continue };
                verifier.apply_diagnosis(&mut error, others);
                refusals.push((error.cause().label(), calls::take()));
            }
        }
        refusals
    }

    #[test]
    fn all_refusals_make_the_same_comparisons() {
        let long = "long-".repeat(20);
        let quoted_65 = ["\"", &"q".repeat(64), "\""].concat();
        let nested = ["'\"".repeat(9), "t".into(), "\"'".repeat(9)].concat();
        let hex = "\"0123456789abcdef0123456789abcdef\"";
        // Nine steps would undo it; eight are taken.
        let wrapped = [" ", &"\"Bearer ".repeat(4), "a-token", &"\"".repeat(4), " "].concat();
        // Beside each token, the number of texts that undoing alterations yields. Each adds two
        // comparisons.
        let tokens = [
            ("short", 0),
            ("a-token-of-24-characters", 0),
            ("\"quoted-token-0123456789\"", 1),
            (hex, 3),
            (&long, 1),
            (&quoted_65, 2),
            ("%22a-token\0%22", 3),
            ("token=00010203-0405-0607-0809-0a0b0c0d0e0f", 4),
            ("Dx4tPEtaaXiHlqW0w9Lh8A==", 1),
            ("undefined", 0),
            (&nested, 4),
            (&wrapped, 8),
        ];
        for (token, repaired) in tokens {
            for form in [SecretForm::Plain, SecretForm::Digest] {
                same_comparisons(token, form, DeviceFlags::CLIENTS, 10 + 2 * repaired);
            }
        }
    }

    /// Two comparisons for each allowed flag, whichever flags those are.
    #[test]
    fn all_refusals_make_the_same_comparisons_whatever_flags_are_allowed() {
        let own = DeviceFlags::from(DeviceFlag::Web);
        let some = [1, 4, 99, 200].into_iter().map(DeviceFlag::from).collect();
        let all = (0..=255).map(DeviceFlag::from).collect();
        for (flags, expected) in [(own, 6), (some, 12), (all, 4 + 2 * 256)] {
            for form in [SecretForm::Plain, SecretForm::Digest] {
                same_comparisons("a-token-of-24-characters", form, flags, expected);
            }
        }
        // Sets of several sizes, scattered over all 256 flags by a step that is coprime to 256.
        for (start, step, len) in [
            (0, 37, 2),
            (90, 1, 5),
            (7, 101, 17),
            (200, 59, 64),
            (3, 99, 200),
        ] {
            let flags =
                (0..len).map(|at: u32| DeviceFlag::from((start + at * step).to_le_bytes()[0]));
            let flags: DeviceFlags = flags.chain([DeviceFlag::Web]).collect();
            let expected = 4 + 2 * usize::try_from(flags.len()).unwrap();
            same_comparisons(
                "a-token-of-24-characters",
                SecretForm::Plain,
                flags,
                expected,
            );
        }
    }

    fn same_comparisons(token: &str, form: SecretForm, flags: DeviceFlags, expected: usize) {
        let refusals: Vec<_> = ["a-manager-token", token]
            .into_iter()
            .map(|manager| verifier(form, manager).with_device_flags(flags))
            .flat_map(|verifier| refusals(token, &verifier, form))
            .collect();
        let about = format!("{token} in {form:?} of {flags}");
        let (_, first) = refusals[0];
        assert_eq!(first.plain + first.digest, expected, "{about}");
        for (cause, calls) in &refusals {
            assert_eq!(*calls, first, "{cause} for {about}");
        }
        assert!(refusals.len() > 140, "{} for {about}", refusals.len());
    }

    /// A rejected token is hashed once for the verdict and, in the diagnosis, once for each
    /// different text that it may have come from, not once for each comparison.
    #[test]
    fn a_text_is_hashed_once() {
        let word = "long-".repeat(20) + "word";
        let counts_of = |token: &str| {
            let verifier = verifier(SecretForm::Plain, "a-manager-token");
            let refusals = refusals(token, &verifier, SecretForm::Plain);
            let (_, calls) = refusals[0];
            (calls.plain + calls.digest, calls.hashes)
        };
        assert_eq!(counts_of(&word), (10, 1 + 1));
        // Whitespace, quotes and Bearer are removed one by one; changing the case of the rest has
        // no effect.
        assert_eq!(counts_of(&format!(" \"Bearer {word}\" ")), (16, 1 + 4));
        assert_eq!(counts_of("a-token-of-24-characters"), (10, 0));
    }

    #[test]
    fn the_refusals_above_have_many_causes() {
        const TOKEN: &str = "\"quoted-token-0123456789\"";
        let mut causes: Vec<_> = ["a-manager-token", TOKEN]
            .into_iter()
            .map(|manager| verifier(SecretForm::Plain, manager))
            .flat_map(|verifier| refusals(TOKEN, &verifier, SecretForm::Plain))
            .map(|(cause, _)| cause)
            .collect();
        causes.sort_unstable();
        causes.dedup();
        let expected = [
            "altered",
            "ambiguous",
            "expired",
            "issued_for_other_flag",
            "manager_token",
            "mismatch",
            "not_issued",
            "not_issued_for_flag",
            "revoked",
            "superseded",
        ];
        assert_eq!(causes, expected);
    }

    #[test]
    fn a_verdict_compares_once_or_twice_and_never_before_a_lookup() {
        let record = issued("a-token");
        let calls_of = |uid, token| {
            calls::take();
            let credentials = Credentials::new(uid, DeviceFlag::Web, token);
            let _ = Verifier::new().verify_record(&credentials, Some(&record), NOW);
            calls::take().plain
        };
        assert_eq!(calls_of("u", "a-token"), 1);
        assert_eq!(calls_of("u", "another"), 2);
        assert_eq!(calls_of("", "a-token"), 0);
        assert_eq!(calls_of("u", " "), 0);
    }
}
