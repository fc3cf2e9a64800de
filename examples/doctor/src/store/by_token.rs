//! Searches a dump by token: v1's lines name no user, but a token belongs to one.

use wukongim_auth::{DeviceFlag, DeviceFlags, Timestamp, Token};

use super::decide::devices;
use super::{StoreDump, record_under};
use crate::find::{Finding, NamedBy, Ranking, labelled, may_be_cut};
use crate::line::{Failure, Origin, Proven, Told};

/// A user's flags.
type Owners<'a> = Vec<(&'a str, DeviceFlag)>;

impl StoreDump {
    /// What the tokens decide about a failure that names no user, as v1 logs them: whose they are,
    /// and the user if there is only one.
    pub fn decide_by_token(
        &self,
        failure: &Failure,
        at: Timestamp,
    ) -> Option<(Option<String>, Finding)> {
        let is_readable = matches!(failure.told, Told::Tokens) && failure.origin != Origin::Own;
        let presented = failure
            .actual
            .as_deref()
            .filter(|token| !token.is_empty())?;
        if failure.uid.is_some() || !is_readable {
            return None;
        }
        let expected = failure.expected.as_deref()?;
        let holders = self.owners(presented, at);
        let found = match expected {
            // v2 writes this for a row that was cleared: the line proves more than the store.
            "" if failure.origin == Origin::V2 && holders.is_empty() => None,
            "" => self.by_presented(presented, &holders),
            expected => {
                let registered = self.owners(expected, at);
                if self.may_be_cut(failure, &registered) {
                    return None;
                }
                by_both(&holders, &registered)
            }
        };
        let finding = found?;
        let naming = match &finding {
            Finding::ByToken(proven, _) if proven.label != "issued_for_other_flag" => None,
            Finding::ByToken(_, NamedBy::Registered) => Some(self.owners(expected, at)),
            Finding::ByToken(_, NamedBy::Presented) => Some(holders),
            _ => None,
        };
        let user = naming.and_then(|owners| Some(owners.first()?.0.to_owned()));
        Some((user, finding))
    }

    /// The users that had a valid token at that time.
    fn owners(&self, token: &str, at: Timestamp) -> Owners<'_> {
        let digest = *Token::new(token).digest().expose_secret();
        let owners = self.owners.get(&digest).into_iter().flatten();
        let is_live = |owner: &&(String, DeviceFlag)| {
            let rows = self.users.get(&owner.0);
            let record = rows.and_then(|rows| record_under(rows, owner.1));
            record.is_some_and(|record| record.revoked_at().is_none_or(|revoked| revoked > at))
        };
        let live = owners.filter(is_live);
        live.map(|(uid, flag)| (uid.as_str(), *flag)).collect()
    }

    /// Whether the presented token may be the beginning of one of those who have the registered one.
    fn may_be_cut(&self, failure: &Failure, registered: &Owners<'_>) -> bool {
        let mut rows = registered
            .iter()
            .filter_map(|(uid, _)| self.users.get(*uid));
        failure.may_be_cut && rows.any(|rows| may_be_cut(failure, &devices(rows)))
    }

    /// Nothing was registered under the client's flag.
    fn by_presented(&self, presented: &str, holders: &Owners<'_>) -> Option<Finding> {
        let digest = *Token::new(presented).digest().expose_secret();
        let was_known = self.owners.contains_key(&digest);
        match (holders.first(), was_known) {
            (Some((uid, _)), _) if holders.iter().all(|(other, _)| other == uid) => {
                Some(of_flags(holders, NamedBy::Presented))
            }
            (Some(_), _) => None,
            (None, true) => Some(Finding::ByToken(labelled("revoked"), NamedBy::Presented)),
            (None, false) => {
                let candidates = vec![
                    "not_issued",
                    "not_issued_for_flag",
                    "revoked",
                    "manager_token",
                ];
                Some(Finding::Candidates(candidates, Ranking::NotInStore))
            }
        }
    }
}

/// The registered token belongs to a user: does the presented one belong to the same user?
fn by_both(holders: &Owners<'_>, registered: &Owners<'_>) -> Option<Finding> {
    let users: Vec<_> = registered.iter().map(|(uid, _)| *uid).collect();
    let (user, _) = registered.first()?;
    let own: Owners<'_> = holders
        .iter()
        .filter(|(uid, _)| users.contains(uid))
        .copied()
        .collect();
    let is_one = users.iter().all(|uid| uid == user);
    match own.is_empty() {
        true => Some(Finding::ByToken(
            Proven {
                // Another user's, if anybody's.
                flags: flags(holders),
                ..labelled("mismatch")
            },
            NamedBy::Registered,
        )),
        false => is_one.then(|| of_flags(&own, NamedBy::Registered)),
    }
}

fn of_flags(owners: &Owners<'_>, by: NamedBy) -> Finding {
    let proven = Proven {
        flags: flags(owners),
        ..labelled("issued_for_other_flag")
    };
    Finding::ByToken(proven, by)
}

fn flags(owners: &Owners<'_>) -> Option<DeviceFlags> {
    let flags = owners.iter().map(|(_, flag)| *flag);
    (!owners.is_empty()).then(|| flags.collect())
}
