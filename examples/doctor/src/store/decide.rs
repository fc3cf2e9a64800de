//! Compares a line with the records of the user that it names.

use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{Credentials, DeviceFlag, DeviceFlags, Timestamp, TokenRecord, Verifier};

use super::{ABSENT_TOKEN, Rows, StoreDump, record_under};
use crate::ask::{Device, Devices, Held};
use crate::find::{Finding, Ranking, may_be_cut, proven, with_tokens, without_error};
use crate::line::fingerprint::is_fingerprint;
use crate::line::{CANDIDATES, Failure, Origin, Proven, Told};

impl StoreDump {
    /// What the store decides about a failure; `None` if the store has changed and does not fit the
    /// line, if the line does not name the user, or if the dump does not contain that user.
    pub fn decide(&self, failure: &Failure, at: Timestamp) -> Option<Finding> {
        let uid = failure.uid.as_deref()?;
        if uid.is_empty() || uid.chars().any(char::is_control) {
            // The crate rejects these before a lookup; upstream does not, so this is not the cause.
            return None;
        }
        // A dump without the user may well be incomplete.
        let rows = self.users.get(uid)?;
        let then = |(flag, record): &(DeviceFlag, _)| Some((*flag, as_of(record, at)?));
        let rows: Rows = rows.iter().map(then).collect::<Option<_>>()?;
        match failure.told {
            Told::Verdict(label) => {
                return of_the_store(with_tokens(label, failure, &devices(&rows))?);
            }
            Told::NothingOrStore => return Some(without_error(failure, &devices(&rows))),
            _ if failure.may_be_cut && may_be_cut(failure, &devices(&rows)) => return None,
            _ => {}
        }
        let mut causes: Vec<Proven> = flags(failure, &rows)
            .into_iter()
            .filter_map(|flag| causes(&rows, failure, uid, flag, at))
            .flatten()
            .collect();
        causes.sort_by_key(|cause| (rank(cause.label), cause.flags.map(|f| f.to_string())));
        causes.dedup();
        let open = open(failure, &causes);
        match causes.as_slice() {
            [] => None,
            [cause] if open.is_empty() => Some(Finding::Cause(cause.clone())),
            _ if open.is_empty() && causes.iter().all(|cause| cause.label == causes[0].label) => {
                let label = causes[0].label;
                Some(Finding::Cause(Proven {
                    label,
                    ..Proven::default()
                }))
            }
            _ => {
                let mut labels: Vec<_> = causes.iter().map(|cause| cause.label).collect();
                labels.dedup();
                labels.extend(open);
                Some(Finding::Candidates(labels, Ranking::Store))
            }
        }
    }
}

/// Decides as a server would.
pub(super) fn devices(rows: &Rows) -> Devices {
    let device = |(flag, record): &(DeviceFlag, TokenRecord)| Device {
        flag: *flag,
        held: match record.secret() {
            _ if record.revoked_at().is_some() => Held::Cleared,
            Secret::Plain(token) => Held::Token(token.expose_secret().to_owned()),
            digest => Held::Fingerprint(digest.to_string()),
        },
        updated: None,
    };
    Devices(rows.iter().map(device).collect())
}

/// No store was asked, or a dump that has changed since says nothing.
fn of_the_store(found: Finding) -> Option<Finding> {
    match found {
        Finding::Asked(cause) => Some(Finding::Cause(cause)),
        Finding::Changed(_) => None,
        found => Some(found),
    }
}

/// The flags that the client may have used: all that have a record, and one that has none, which
/// stands for all others.
fn flags(failure: &Failure, rows: &Rows) -> Vec<DeviceFlag> {
    if let Some(flag) = failure.device_flag {
        return vec![flag];
    }
    let has_none = |flag: &DeviceFlag| record_under(rows, *flag).is_none();
    let without = (0..=u8::MAX).map(DeviceFlag::from).find(has_none);
    rows.iter().map(|(flag, _)| *flag).chain(without).collect()
}

/// The record as it was at that time: a token that was revoked later was still valid.
fn as_of(record: &TokenRecord, at: Timestamp) -> Option<TokenRecord> {
    if record.revoked_at().is_none_or(|revoked| revoked <= at) {
        return Some(record.clone());
    }
    let mut fields = serde_json::to_value(record.expose_for_storage()).ok()?;
    fields.as_object_mut()?.remove("revoked_at");
    let stored: StoredRecord = serde_json::from_value(fields).ok()?;
    TokenRecord::try_from(stored).ok()
}

/// The possible cause if the client used this flag; `None` if it did not, or the store has changed.
fn causes(
    rows: &Rows,
    failure: &Failure,
    uid: &str,
    flag: DeviceFlag,
    at: Timestamp,
) -> Option<Vec<Proven>> {
    let record = record_under(rows, flag);
    if !fits(failure, record) {
        return None;
    }
    let actual = shown(failure);
    let token = actual.unwrap_or(ABSENT_TOKEN);
    let credentials = Credentials::new(uid, flag, token);
    // Upstream accepts every flag: a flag is never the cause.
    let registered: DeviceFlags = rows.iter().map(|(flag, _)| *flag).collect();
    let verifier = Verifier::new().with_device_flags(registered.with(flag));
    let error = verifier.verify_record(&credentials, record, at).err()?;
    let cause = proven(&verifier.diagnose_with(error, Ok(rows.clone())));
    // Without the token nobody knows whether it is the other flag's own.
    let others = rows.iter().filter(|(other, _)| *other != flag);
    let has_others = || {
        others
            .clone()
            .any(|(_, record)| record.revoked_at().is_none())
    };
    let may_be_others = match cause.label {
        "not_issued_for_flag" => true,
        "mismatch" => has_others(),
        "revoked" => !is_v2s_cleared(failure) && has_others(),
        _ => false,
    };
    let also = (actual.is_none() && may_be_others).then(|| Proven {
        label: "issued_for_other_flag",
        ..cause.clone()
    });
    Some(also.into_iter().chain([cause]).collect())
}

/// The presented token. A fingerprint is no token to compare.
fn shown(failure: &Failure) -> Option<&str> {
    let actual = failure.actual.as_deref();
    actual.filter(|token| !is_fingerprint(token))
}

/// v2 writes an empty token for a row that was cleared, which proves it whatever was presented.
fn is_v2s_cleared(failure: &Failure) -> bool {
    failure.origin == Origin::V2 && failure.expected.as_deref() == Some("")
}

/// What no record rules out of a token that upstream's line does not show.
fn open(failure: &Failure, causes: &[Proven]) -> &'static [&'static str] {
    let is_seen = shown(failure).is_some() || is_v2s_cleared(failure);
    match failure.told {
        Told::Tokens if is_seen => &[],
        Told::Tokens if causes.iter().any(|cause| cause.label == "mismatch") => {
            &["altered", "manager_token"]
        }
        Told::Tokens => &["manager_token"],
        _ => &[],
    }
}

/// The crate's order of precedence; what the store proves of the token itself comes first.
fn rank(label: &str) -> Option<usize> {
    CANDIDATES.iter().position(|candidate| *candidate == label)
}

/// Whether the record is the one that the line shows.
fn fits(failure: &Failure, record: Option<&TokenRecord>) -> bool {
    let is_cleared = record.and_then(TokenRecord::revoked_at).is_some();
    match (&failure.told, failure.expected.as_deref()) {
        (Told::NothingUnderFlag, _) => record.is_none(),
        (_, Some("")) if failure.origin == Origin::V2 => is_cleared,
        (_, Some("")) => is_cleared || record.is_none(),
        (_, Some(expected)) => record.is_some_and(|record| {
            let expected = PresentedToken::new(expected);
            !is_cleared && compare(expected, Some(record.secret()), SecretForm::Plain)
        }),
        // v2 fails in another line where there is no row.
        (Told::Tokens, None) if failure.origin == Origin::V2 => record.is_some(),
        (_, None) => true,
    }
}
