//! Why a token was refused, as exactly as the facts allow. Runs after the verdict, which it cannot
//! change.
//!
//! Whatever the cause turns out to be, the same number of comparisons is made: how long a
//! diagnosis takes tells nothing about what is stored.

use core::time::Duration;

use crate::cause::{Candidate, Cause, Deformation};
use crate::compare::{Secret, SecretForm, compare};
use crate::deform;
use crate::device::DeviceFlag;
use crate::device_set::DeviceFlags;
use crate::record::TokenRecord;
use crate::store::{BoxError, OtherRecords};
use crate::time::Timestamp;
use crate::token::PresentedToken;

/// A refusal, and all that may explain it.
pub(crate) struct Diagnosis<'a> {
    pub(crate) token: PresentedToken<'a>,
    pub(crate) device_flag: DeviceFlag,
    pub(crate) record: Option<&'a TokenRecord>,
    pub(crate) manager_token: Option<&'a Secret>,
    pub(crate) absent_form: SecretForm,
    pub(crate) leeway: Duration,
    pub(crate) now: Timestamp,
}

impl Diagnosis<'_> {
    /// The cause by precedence: the manager's token, another flag's, a deformed one; `None` where
    /// the verdict's own cause stands.
    pub(crate) fn cause(
        &self,
        verdict: &Cause,
        others: Result<OtherRecords, BoxError>,
    ) -> Option<Cause> {
        let is_manager = self.matches(self.token, self.manager_token);
        let siblings = self.siblings(others.as_deref().unwrap_or_default());
        let deformation = self.deformation();
        if is_manager {
            return Some(Cause::ManagerToken);
        }
        if !siblings.matching.is_empty() {
            return Some(Cause::IssuedForOtherFlag {
                issued_for: siblings.matching,
            });
        }
        if let Some(how) = deformation {
            return Some(Cause::Deformed { how });
        }
        if let Err(error) = others {
            return Some(Cause::Undecided {
                candidates: candidates(verdict),
                error,
            });
        }
        let elsewhere = matches!(verdict, Cause::NotIssued) && !siblings.live.is_empty();
        elsewhere.then_some(Cause::NotIssuedForFlag {
            issued_for: siblings.live,
        })
    }

    /// Which other flags hold a live token, and which of those the presented one matches. The
    /// client's own flag takes part with a dummy.
    fn siblings(&self, others: &[(DeviceFlag, TokenRecord)]) -> Siblings {
        let mut live = [false; DeviceFlag::CLIENTS.len()];
        let mut matching = live;
        for (flag, (live, matching)) in DeviceFlag::CLIENTS
            .into_iter()
            .zip(live.iter_mut().zip(&mut matching))
        {
            let record = others
                .iter()
                .find(|(other, _)| *other == flag && flag != self.device_flag)
                .map(|(_, record)| record);
            let current = record.filter(|record| record.is_live(self.now, self.leeway));
            let superseded = record.and_then(|record| record.overlapping(self.now));
            *live = current.is_some();
            *matching = self.matches(self.token, current.map(TokenRecord::secret))
                | self.matches(self.token, superseded);
        }
        Siblings {
            live: DeviceFlags::from(live),
            matching: DeviceFlags::from(matching),
        }
    }

    /// What happened to this record's token on its way, if that is what was presented.
    fn deformation(&self) -> Option<Deformation> {
        let current = self.record.map(TokenRecord::secret);
        let superseded = self.record.and_then(|record| record.overlapping(self.now));
        let mut found = None;
        for (how, text) in deform::repairs(self.token.expose_secret()) {
            let repaired = PresentedToken::new(&text);
            if self.matches(repaired, current) | self.matches(repaired, superseded) {
                found = found.or(Some(how));
            }
        }
        let cut = current.and_then(|secret| deform::cut_off(secret, self.token));
        let is_cut = self.matches(self.token, cut.as_ref());
        found.or(is_cut.then_some(Deformation::CutOff))
    }

    fn matches(&self, token: PresentedToken<'_>, stored: Option<&Secret>) -> bool {
        let form = self
            .record
            .map_or(self.absent_form, |record| record.secret().form());
        compare(token, stored, form)
    }
}

struct Siblings {
    live: DeviceFlags,
    matching: DeviceFlags,
}

/// What is left while nobody knows about the other flags.
fn candidates(verdict: &Cause) -> &'static [Candidate] {
    match verdict {
        Cause::Revoked { .. } => &[Candidate::IssuedForOtherFlag, Candidate::Revoked],
        Cause::NotIssued => &[
            Candidate::IssuedForOtherFlag,
            Candidate::NotIssuedForFlag,
            Candidate::NotIssued,
        ],
        _ => &[Candidate::IssuedForOtherFlag, Candidate::Mismatch],
    }
}
