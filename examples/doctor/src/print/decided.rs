//! How a decided finding is printed.

use wukongim_auth::DeviceFlag;
use wukongim_auth::diagnosis::Language;

use super::fix::{self, likeliest};
use super::text;
use crate::find::{Finding, NamedBy};
use crate::line::{Proven, When};
use crate::zone::Zone;

impl Finding {
    /// The cause of a decided finding, and the basis of the decision.
    pub fn decided(
        &self,
        zone: &Zone,
        asked: Option<When>,
        language: Language,
    ) -> (Proven, Option<String>) {
        match self {
            Finding::Asked(cause) => {
                let at = asked.map(|at| zone.show(at)).unwrap_or_default();
                (cause.clone(), Some(text::asked(cause, Some(&at), language)))
            }
            Finding::ByToken(cause, _) => (cause.clone(), Some(text::asked(cause, None, language))),
            Finding::Cause(cause) => (cause.clone(), None),
            Finding::Candidates(candidates, _) => (likeliest(candidates), None),
            Finding::Elsewhere(_) | Finding::Changed(_) => (Proven::default(), None),
        }
    }

    /// What to do about it.
    pub fn fix(&self, flag: Option<DeviceFlag>, language: Language) -> String {
        match self {
            Finding::Candidates(candidates, ranking) => {
                fix::of_candidates(candidates, *ranking, flag, language)
            }
            Finding::ByToken(cause, NamedBy::Presented) => fix::of_presented(cause, flag, language),
            Finding::Asked(cause) | Finding::Cause(cause) | Finding::ByToken(cause, _) => {
                fix::of(cause, flag, language)
            }
            Finding::Elsewhere(_) | Finding::Changed(_) => {
                fix::of(&Proven::default(), flag, language)
            }
        }
    }
}
