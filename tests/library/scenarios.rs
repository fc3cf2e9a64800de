//! The outcomes of `verify`, case by case, each through every entry point.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{CAUSES, block_on};
use crate::records::{issued, issued_to_master};
use crate::scripted_store::{Records, ScriptedStore};
use wukongim_auth::DeviceFlag::{App, Pc, System, Web};
use wukongim_auth::compare::SecretForm;
use wukongim_auth::diagnosis::Alteration;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{
    AsyncTokenStore, Cause, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Disposition, Ready,
    Timestamp, Token, TokenRecord, TokenStore, Verified, Verifier, VerifyError,
};

const NOW: i64 = 1_000;
const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const OLD: &str = "old-token-of-this-very-user-1234";
const OTHER: &str = "a-token-for-another-flag-9876543";
const MANAGER: &str = "the-manager-token-of-this-server";
const LONG: &str =
    "long.token/of+more=than.64-bytes_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {0} lookup failed")]
struct Down(&'static str);

/// The cause with all its details.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Accepted(VerifiedBy, DeviceLevel, Option<i64>),
    Plain(&'static str),
    Number(&'static str, u8),
    Moment(&'static str, i64),
    Flags(&'static str, Vec<DeviceFlag>),
    Altered(Alteration),
    Ambiguous(Vec<&'static str>),
}
use Outcome::{Accepted, Altered, Ambiguous, Flags, Moment, Number, Plain};

fn outcome(result: &Result<Verified, VerifyError>) -> Outcome {
    let cause = match result {
        Ok(verified) => {
            let ends = verified.expires_at().map(Timestamp::as_millis);
            return Accepted(verified.accepted_by(), verified.device_level(), ends);
        }
        Err(error) => error.cause(),
    };
    let label = cause.label();
    match cause {
        Cause::UnknownDeviceFlag { number, .. } => Number(label, *number),
        Cause::Revoked { at } | Cause::Expired { at } | Cause::Superseded { at } => {
            Moment(label, at.as_millis())
        }
        Cause::IssuedForOtherFlag { issued_for } | Cause::NotIssuedForFlag { issued_for } => {
            Flags(label, issued_for.iter().collect())
        }
        Cause::Altered { how } => Altered(*how),
        Cause::Ambiguous { candidates, error } => {
            assert_eq!(error.downcast_ref(), Some(&Down("second")));
            Ambiguous(candidates.to_vec())
        }
        Cause::Store(error) => {
            assert_eq!(error.downcast_ref(), Some(&Down("first")));
            Plain(label)
        }
        _ => Plain(label),
    }
}

struct Scenario {
    label: String,
    verifier: Verifier,
    records: Records,
    get_fails: bool,
    others_fail: bool,
    uid: &'static str,
    flag: DeviceFlag,
    token: String,
    expected: Outcome,
}

impl Scenario {
    /// alice connects as WEB with `token`; `records` is what is registered for her.
    fn new(label: &str, records: Records, token: &str, expected: Outcome) -> Self {
        Scenario {
            label: label.into(),
            verifier: Verifier::new().with_manager_token(Token::new(MANAGER)),
            records,
            get_fails: false,
            others_fail: false,
            uid: "alice",
            flag: Web,
            token: token.into(),
            expected,
        }
    }

    fn uid(self, uid: &'static str) -> Self {
        Scenario { uid, ..self }
    }

    fn flag(self, flag: DeviceFlag) -> Self {
        Scenario { flag, ..self }
    }

    fn get_fails(mut self) -> Self {
        self.get_fails = true;
        self
    }

    fn others_fail(mut self) -> Self {
        self.others_fail = true;
        self
    }

    fn policy(mut self, change: impl Fn(Verifier) -> Verifier) -> Self {
        self.verifier = change(self.verifier);
        self
    }

    /// The same with digests for tokens; `expected` where that differs.
    fn digest_only(&self, expected: Option<Outcome>) -> Self {
        let records = self.records.iter().cloned();
        let digests = records.map(|(flag, record)| (flag, record.into_digest_only()));
        Scenario {
            label: format!("{} (digests)", self.label),
            verifier: self.verifier.clone().with_stored_form(SecretForm::Digest),
            records: digests.collect(),
            token: self.token.clone(),
            expected: expected.unwrap_or_else(|| self.expected.clone()),
            ..*self
        }
    }

    fn run(&self) {
        let Scenario {
            verifier, token, ..
        } = self;
        let store = &self.store();
        let credentials = Credentials::new(self.uid, self.flag, token.as_str());
        let now = Timestamp::from_millis(NOW);
        let blocking = Ready(self.store());

        let at_once = verifier.verify(store, &credentials, now);
        let in_steps = verifier
            .verdict(store, &credentials, now)
            .map_err(|error| verifier.diagnose(store, error));
        let asynchronous = block_on(verifier.verify_async(&blocking, &credentials, now));
        let async_steps = match block_on(verifier.verdict_async(&blocking, &credentials, now)) {
            Err(error) => Err(block_on(verifier.diagnose_async(&blocking, error))),
            verdict => verdict,
        };
        let ways = [
            at_once,
            in_steps,
            asynchronous,
            async_steps,
            self.pure(&credentials),
        ];
        for (index, result) in ways.iter().enumerate() {
            assert_eq!(
                outcome(result),
                self.expected,
                "{}, way {index}",
                self.label
            );
            match result {
                Ok(verified) => {
                    assert_eq!(
                        (verified.uid(), verified.device_flag()),
                        (self.uid, self.flag)
                    );
                }
                Err(error) => {
                    let claimed = (
                        error.uid(),
                        error.device_flag(),
                        error.actual_token().expose_secret(),
                    );
                    assert_eq!(
                        claimed,
                        (self.uid, self.flag, token.as_str()),
                        "{}",
                        self.label
                    );
                    assert_eq!(error.refused_at(), now);
                }
            }
        }
        self.run_verdict(&credentials, now);
    }

    fn store(&self) -> ScriptedStore {
        let store = ScriptedStore::new(self.records.clone()).known_to(["alice", "艾丽丝 😀"]);
        let store = match self.get_fails {
            true => store.get_fails(|| Down("first")),
            false => store,
        };
        match self.others_fail {
            true => store.get_all_fails(|| Down("second")),
            false => store,
        }
    }

    /// For callers that do the lookup themselves.
    fn pure(&self, credentials: &Credentials<'_>) -> Result<Verified, VerifyError> {
        let (verifier, now) = (&self.verifier, Timestamp::from_millis(NOW));
        let store = self.store();
        let record = match TokenStore::get(&store, self.uid, self.flag) {
            Ok(record) => record,
            Err(down) => return Err(verifier.store_failed(credentials, down, now)),
        };
        // All of them, the client's own too: that is no other flag.
        let others = TokenStore::get_all(&store, self.uid, verifier.device_flags());
        verifier
            .verify_record(credentials, record.as_ref(), now)
            .map_err(|error| verifier.diagnose_with(error, others))
    }

    /// A diagnosis changes neither who is accepted nor what the peer is told.
    fn run_verdict(&self, credentials: &Credentials<'_>, now: Timestamp) {
        let store = self.store();
        let result = self.verifier.verdict(&store, credentials, now);
        match (&self.expected, outcome(&result)) {
            (expected @ Accepted(..), found) => assert_eq!(&found, expected, "{}", self.label),
            (_, found) => assert!(!matches!(found, Accepted(..)), "{}", self.label),
        }
        for verifier in [
            self.verifier.clone(),
            self.verifier.clone().dangerously_reveal_not_issued(),
        ] {
            if let Err(error) = verifier.verdict(&store, credentials, now) {
                let disposition = error.disposition();
                let error = verifier.diagnose(&store, error);
                assert_eq!(error.disposition(), disposition, "{}", self.label);
            }
        }
    }
}

/// A policy that allows the system device.
fn with_system(verifier: Verifier) -> Verifier {
    verifier.with_device_flags(DeviceFlags::CLIENTS.with(System))
}

/// A policy that allows a device flag of the deployment's own.
fn with_four(verifier: Verifier) -> Verifier {
    verifier.with_device_flags(DeviceFlags::CLIENTS.with(four()))
}

fn four() -> DeviceFlag {
    DeviceFlag::from(4)
}

fn ending(token: &str, at: i64) -> TokenRecord {
    issued(token).with_expiry(Timestamp::from_millis(at))
}

fn revoked(token: &str, at: i64) -> TokenRecord {
    issued(token).revoke(Timestamp::from_millis(at))
}

/// `OLD` before, `TOKEN` now.
fn rotated(overlap_ends: i64) -> TokenRecord {
    let ends = Timestamp::from_millis(overlap_ends);
    issued(OLD).rotate(Token::new(TOKEN), ends).unwrap()
}

fn accepted() -> Outcome {
    Accepted(VerifiedBy::Current, DeviceLevel::Slave, None)
}

/// Rejected before a lookup. The second of two faults would show if the first were not found first.
#[rustfmt::skip] // one line, one scenario
fn before_lookup() -> Vec<Scenario> {
    let whole = || vec![(Web, issued(TOKEN))];
    let new = |label, token, expected| Scenario::new(label, whole(), token, expected);
    let empty_token = || Plain("empty_token");
    vec![
        new("empty uid", TOKEN, Plain("empty_uid")).uid(""),
        new("empty uid, and unknown flag", TOKEN, Plain("empty_uid")).uid("").flag(DeviceFlag::from(7)),
        new("empty uid, and no token", "", Plain("empty_uid")).uid(""),
        new("line end in uid", TOKEN, Plain("invalid_uid")).uid("alice\n"),
        new("CR LF in uid", TOKEN, Plain("invalid_uid")).uid("alice\r\n"),
        new("NUL in uid", TOKEN, Plain("invalid_uid")).uid("\0alice"),
        new("DEL in uid", TOKEN, Plain("invalid_uid")).uid("ali\u{7f}ce"),
        new("C1 control in uid", TOKEN, Plain("invalid_uid")).uid("ali\u{85}ce"),
        new("control in uid, and unknown flag", TOKEN, Plain("invalid_uid")).uid("\t").flag(DeviceFlag::from(7)),
        new("flag 3", TOKEN, Number("unknown_device_flag", 3)).flag(DeviceFlag::from(3)),
        new("flag 4, which is not allowed here", TOKEN, Number("unknown_device_flag", 4)).flag(DeviceFlag::from(4)),
        new("flag 255", TOKEN, Number("unknown_device_flag", 255)).flag(DeviceFlag::from(255)),
        new("flag 98", TOKEN, Number("unknown_device_flag", 98)).flag(DeviceFlag::from(98)),
        new("flag 7, and no token", "", Number("unknown_device_flag", 7)).flag(DeviceFlag::from(7)),
        new("system device", TOKEN, Number("unknown_device_flag", 99)).flag(System),
        new("unknown flag where system is allowed", TOKEN, Number("unknown_device_flag", 100)).flag(DeviceFlag::from(100)).policy(with_system),
        new("flag 5 where 4 is allowed", TOKEN, Number("unknown_device_flag", 5)).flag(DeviceFlag::from(5)).policy(with_four),
        new("WEB where only 4 is allowed", TOKEN, Number("unknown_device_flag", 1)).policy(|v| v.with_device_flags(four().into())),
        new("no flag is allowed", TOKEN, Number("unknown_device_flag", 1)).policy(|v| v.with_device_flags(DeviceFlags::NONE)),
        new("WEB by its number", TOKEN, accepted()).flag(DeviceFlag::from(1)),
        new("no token", "", empty_token()),
        new("a space for a token", " ", empty_token()),
        new("blanks for a token", " \t\r\n\u{a0}\u{3000}", empty_token()),
        new("no token, and the store fails", "", empty_token()).get_fails(),
        new("no token where nothing is registered", "", empty_token()).uid("bob"),
        Scenario::new("no token for an empty token", vec![(Web, issued(""))], "", empty_token()),
        Scenario::new("blank token for a blank token", vec![(Web, issued(" "))], " ", empty_token()),
        new("uid with a blank around it is another uid", TOKEN, Plain("not_issued")).uid("alice "),
        new("uid in other case is another uid", TOKEN, Plain("not_issued")).uid("Alice"),
    ]
}

/// What the store says, alone.
#[rustfmt::skip] // one line, one scenario
fn by_record() -> Vec<Scenario> {
    let new = Scenario::new;
    let old = |ends| Accepted(VerifiedBy::Superseded, DeviceLevel::Slave, Some(ends));
    let until = |ends| Accepted(VerifiedBy::Current, DeviceLevel::Slave, Some(ends));
    let leeway = |verifier: Verifier| verifier.with_leeway(Duration::from_millis(50));
    let master = issued_to_master(TOKEN);
    vec![
        new("right token", vec![(Web, issued(TOKEN))], TOKEN, accepted()),
        new("right long token", vec![(Web, issued(LONG))], LONG, accepted()),
        new("right token of a master", vec![(Web, master)], TOKEN, Accepted(VerifiedBy::Current, DeviceLevel::Master, None)),
        new("right token, UTF-8 uid", vec![(Web, issued(TOKEN))], TOKEN, accepted()).uid("艾丽丝 😀"),
        new("right token, siblings down", vec![(Web, issued(TOKEN))], TOKEN, accepted()).others_fail(),
        new("right token on APP", vec![(App, issued(TOKEN))], TOKEN, accepted()).flag(App),
        new("right token on PC", vec![(Pc, issued(TOKEN))], TOKEN, accepted()).flag(Pc),
        new("system device allowed", vec![(System, issued(TOKEN))], TOKEN, accepted()).flag(System).policy(with_system),
        new("system device allowed, not issued", vec![], TOKEN, Plain("not_issued")).flag(System).policy(with_system),
        new("system device allowed, issued for clients", vec![(App, issued(TOKEN)), (Web, issued(TOKEN)), (Pc, issued(TOKEN))], TOKEN, Flags("issued_for_other_flag", vec![App, Web, Pc])).flag(System).policy(with_system),
        new("flag 4 allowed", vec![(four(), issued(TOKEN))], TOKEN, accepted()).flag(four()).policy(with_four),
        new("flag 4 allowed, not issued", vec![], TOKEN, Plain("not_issued")).flag(four()).policy(with_four),
        new("a token of flag 4 on WEB, flag 4 allowed", vec![(four(), issued(TOKEN))], TOKEN, Flags("issued_for_other_flag", vec![four()])).policy(with_four),
        new("a token of WEB on flag 4, allowed", vec![(Web, issued(TOKEN))], TOKEN, Flags("issued_for_other_flag", vec![Web])).flag(four()).policy(with_four),
        new("another token of flag 4 on WEB, flag 4 allowed", vec![(four(), issued(OTHER))], TOKEN, Flags("not_issued_for_flag", vec![four()])).policy(with_four),
        new("a token of a flag that is not allowed is no sibling", vec![(four(), issued(TOKEN))], TOKEN, Plain("not_issued")),
        new("a token of the system device is no sibling", vec![(System, issued(TOKEN))], TOKEN, Plain("not_issued")),
        new("store fails", vec![(Web, issued(TOKEN))], TOKEN, Plain("store")).get_fails(),
        new("store fails, and the token is the manager's", vec![], MANAGER, Plain("store")).get_fails(),
        new("store fails, and so would siblings", vec![], TOKEN, Plain("store")).get_fails().others_fail(),
        new("last moment before the end", vec![(Web, ending(TOKEN, NOW))], TOKEN, until(NOW)),
        new("expired", vec![(Web, ending(TOKEN, NOW - 1))], TOKEN, Moment("expired", NOW - 1)),
        new("expired within the leeway", vec![(Web, ending(TOKEN, NOW - 50))], TOKEN, until(NOW)).policy(leeway),
        new("expired beyond the leeway", vec![(Web, ending(TOKEN, NOW - 51))], TOKEN, Moment("expired", NOW - 51)).policy(leeway),
        new("revoked", vec![(Web, revoked(TOKEN, 500))], TOKEN, Moment("revoked", 500)),
        new("revoked in the future", vec![(Web, revoked(TOKEN, NOW + 9))], TOKEN, Moment("revoked", NOW + 9)),
        new("revoked, and expired", vec![(Web, ending(TOKEN, 100).revoke(Timestamp::from_millis(500)))], TOKEN, Moment("revoked", 500)),
        new("revoked after rotation: the old token", vec![(Web, rotated(2_000).revoke(Timestamp::from_millis(500)))], OLD, Moment("revoked", 500)),
        new("rotated: the new token", vec![(Web, rotated(2_000))], TOKEN, accepted()),
        new("rotated: the old token", vec![(Web, rotated(2_000))], OLD, old(2_000)),
        new("rotated: the old token's last moment", vec![(Web, rotated(NOW))], OLD, old(NOW)),
        new("superseded", vec![(Web, rotated(NOW - 1))], OLD, Moment("superseded", NOW - 1)),
        new("superseded, the leeway does not help", vec![(Web, rotated(NOW - 1))], OLD, Moment("superseded", NOW - 1)).policy(leeway),
        new("superseded by the record's end", vec![(Web, rotated(2_000).with_expiry(Timestamp::from_millis(NOW - 1)))], OLD, Moment("superseded", NOW - 1)),
        new("rotated, ends before the overlap", vec![(Web, rotated(2_000).with_expiry(Timestamp::from_millis(NOW)))], OLD, old(NOW)),
        new("rotated to the same token, overlap over", vec![(Web, issued(TOKEN).rotate(Token::new(TOKEN), Timestamp::from_millis(1)).unwrap())], TOKEN, accepted()),
        new("rotated to the same token, expired", vec![(Web, ending(TOKEN, 900).rotate(Token::new(TOKEN), Timestamp::from_millis(2_000)).unwrap())], TOKEN, Moment("expired", 900)),
        new("not issued", vec![], TOKEN, Plain("not_issued")),
        new("not issued to this uid", vec![(Web, issued(TOKEN))], TOKEN, Plain("not_issued")).uid("bob"),
        new("mismatch", vec![(Web, issued(TOKEN))], OTHER, Plain("mismatch")),
        new("mismatch with a long token", vec![(Web, issued(TOKEN))], LONG, Plain("mismatch")),
        new("mismatch of long tokens", vec![(Web, issued(LONG))], &LONG.replace('A', "B"), Plain("mismatch")),
        new("mismatch with an expired record", vec![(Web, ending(TOKEN, 5))], OTHER, Plain("mismatch")),
        new("not issued, an empty token is none", vec![(Web, issued(""))], TOKEN, Plain("not_issued")),
        new("not issued, an empty token of another flag is none", vec![(App, issued(""))], TOKEN, Plain("not_issued")),
        new("any token of a tombstone", vec![(Web, revoked(TOKEN, 500))], OTHER, Moment("revoked", 500)),
        new("any token of an empty tombstone", vec![(Web, revoked("", 500))], OTHER, Moment("revoked", 500)),
    ]
}

/// Causes that the user's other flags and the manager's token reveal; each step of the precedence
/// is tested against the next.
#[rustfmt::skip] // one line, one scenario
fn by_siblings() -> Vec<Scenario> {
    let new = Scenario::new;
    let for_flags = |flags: &[DeviceFlag]| Flags("issued_for_other_flag", flags.to_vec());
    let only_for = |flags: &[DeviceFlag]| Flags("not_issued_for_flag", flags.to_vec());
    let ambiguous_with =
        |last: &[&'static str]| Ambiguous([&["issued_for_other_flag"], last].concat());
    let ended = || ending(OTHER, 5);
    let quoted = format!("\"{TOKEN}\"");
    let without_manager = |v: Verifier| v.with_manager_token(Token::new(""));
    let digest_manager = |v: Verifier| v.with_manager_token(Token::new(MANAGER).digest());
    vec![
        new("expired, and valid elsewhere", vec![(Web, ending(TOKEN, 5)), (App, issued(TOKEN))], TOKEN, Moment("expired", 5)),
        new("revoked, and valid elsewhere", vec![(Web, revoked(TOKEN, 5)), (App, issued(TOKEN))], TOKEN, Moment("revoked", 5)),
        new("expired, and the manager's", vec![(Web, ending(MANAGER, 5))], MANAGER, Moment("expired", 5)),
        new("revoked, and the manager's", vec![(Web, revoked(MANAGER, 5))], MANAGER, Moment("revoked", 5)),
        new("expired, siblings down", vec![(Web, ending(TOKEN, 5))], TOKEN, Moment("expired", 5)).others_fail(),
        new("revoked, siblings down", vec![(Web, revoked(TOKEN, 5))], TOKEN, Moment("revoked", 5)).others_fail(),
        new("superseded, and valid elsewhere", vec![(Web, rotated(5)), (App, issued(OLD))], OLD, Moment("superseded", 5)),
        new("superseded, siblings down", vec![(Web, rotated(5))], OLD, Moment("superseded", 5)).others_fail(),
        new("superseded, and the manager's", vec![(Web, issued(MANAGER).rotate(Token::new(TOKEN), Timestamp::from_millis(5)).unwrap())], MANAGER, Moment("superseded", 5)),
        new("manager's", vec![(Web, issued(TOKEN))], MANAGER, Plain("manager_token")),
        new("manager's, known by its digest", vec![(Web, issued(TOKEN))], MANAGER, Plain("manager_token")).policy(digest_manager),
        new("manager's, nothing issued", vec![], MANAGER, Plain("manager_token")),
        new("manager's, tombstone", vec![(Web, revoked(TOKEN, 5))], MANAGER, Plain("manager_token")),
        new("manager's, and valid elsewhere", vec![(Web, issued(TOKEN)), (App, issued(MANAGER))], MANAGER, Plain("manager_token")),
        new("manager's, and a beginning of the token", vec![(Web, issued(format!("{MANAGER}-and-more")))], MANAGER, Plain("manager_token")),
        new("manager's, siblings down", vec![], MANAGER, Plain("manager_token")).others_fail(),
        new("manager's as a user's token", vec![(Web, issued(MANAGER))], MANAGER, accepted()),
        new("an empty manager token names nothing", vec![], OTHER, Plain("not_issued")).policy(without_manager),
        new("for APP, own is another", vec![(Web, issued(TOKEN)), (App, issued(OTHER))], OTHER, for_flags(&[App])),
        new("for APP, own is none", vec![(App, issued(OTHER))], OTHER, for_flags(&[App])),
        new("for APP and PC", vec![(App, issued(OTHER)), (Pc, issued(OTHER))], OTHER, for_flags(&[App, Pc])),
        new("for 4, client says WEB", vec![(Web, issued(TOKEN)), (four(), issued(OTHER))], OTHER, for_flags(&[four()])).policy(with_four),
        new("for WEB, client says 4", vec![(Web, issued(OTHER))], OTHER, for_flags(&[Web])).flag(four()).policy(with_four),
        new("for SYSTEM, which is allowed", vec![(System, issued(OTHER))], OTHER, for_flags(&[System])).policy(with_system),
        new("for WEB, which is not allowed", vec![(Web, issued(OTHER))], OTHER, Plain("not_issued")).flag(four()).policy(|v| v.with_device_flags(four().into())),
        new("only for 4", vec![(four(), issued(TOKEN))], "neither", only_for(&[four()])).policy(with_four),
        new("for WEB, client says APP", vec![(Web, issued(OTHER))], OTHER, for_flags(&[Web])).flag(App),
        new("for WEB, client says PC", vec![(App, issued(TOKEN)), (Web, issued(OTHER))], OTHER, for_flags(&[Web])).flag(Pc),
        new("for APP, superseded there but overlapping", vec![(App, rotated(2_000))], OLD, for_flags(&[App])),
        new("for APP, superseded there, its last moment", vec![(App, rotated(NOW))], OLD, for_flags(&[App])),
        new("for APP, rotated there to the same token", vec![(App, issued(OTHER).rotate(Token::new(OTHER), Timestamp::from_millis(2_000)).unwrap())], OTHER, for_flags(&[App])),
        new("for APP, a long one", vec![(App, issued(LONG))], LONG, for_flags(&[App])),
        new("for APP, superseded there and over", vec![(App, rotated(5))], OLD, only_for(&[App])),
        new("for APP, and a tombstone here", vec![(Web, revoked(TOKEN, 5)), (App, issued(OTHER))], OTHER, for_flags(&[App])),
        new("for APP, and an alteration of ours", vec![(Web, issued(TOKEN)), (App, issued(&quoted))], &quoted, for_flags(&[App])),
        new("for APP, revoked there", vec![(Web, issued(TOKEN)), (App, revoked(OTHER, 5))], OTHER, Plain("mismatch")),
        new("for APP, expired there", vec![(Web, issued(TOKEN)), (App, ended())], OTHER, Plain("mismatch")),
        new("for APP, expired there within the leeway", vec![(Web, issued(TOKEN)), (App, ended())], OTHER, for_flags(&[App])).policy(|v| v.with_leeway(Duration::from_secs(1))),
        new("an altered sibling's token is a mismatch", vec![(Web, issued(TOKEN)), (App, issued(OTHER))], &format!("\"{OTHER}\""), Plain("mismatch")),
        new("altered, siblings down", vec![(Web, issued(TOKEN))], &quoted, Altered(Alteration::Quotes)).others_fail(),
        new("altered, tombstone", vec![(Web, revoked(TOKEN, 5))], &quoted, Altered(Alteration::Quotes)),
        new("ambiguous: mismatch", vec![(Web, issued(TOKEN))], OTHER, ambiguous_with(&["mismatch"])).others_fail(),
        new("ambiguous: tombstone", vec![(Web, revoked(TOKEN, 5))], OTHER, ambiguous_with(&["revoked"])).others_fail(),
        new("ambiguous: not issued", vec![(App, issued(TOKEN))], OTHER, ambiguous_with(&["not_issued_for_flag", "not_issued"])).others_fail(),
        new("tombstone, and live for others", vec![(Web, revoked(TOKEN, 5)), (App, issued(OTHER))], "neither", Moment("revoked", 5)),
        new("only for APP", vec![(App, issued(TOKEN))], "neither", only_for(&[App])),
        new("only for APP and PC", vec![(Pc, issued(TOKEN)), (App, issued(TOKEN))], "neither", only_for(&[App, Pc])),
        new("only for PC, APP is a tombstone", vec![(Pc, issued(TOKEN)), (App, revoked(TOKEN, 5))], "neither", only_for(&[Pc])),
        new("only tombstones elsewhere", vec![(Pc, revoked(TOKEN, 5)), (App, revoked(TOKEN, 5))], "neither", Plain("not_issued")),
        new("only expired elsewhere", vec![(App, ending(TOKEN, 5))], TOKEN, Plain("not_issued")),
        new("mismatch, and live for others", vec![(Web, issued(TOKEN)), (App, issued(OTHER))], "neither", Plain("mismatch")),
    ]
}

/// Altered tokens of WEB. The last field says whether a digest shows it too.
fn altered() -> Vec<(Scenario, bool)> {
    use Alteration::{
        Base64, Bearer, Blanks, ByteOrderMark, Dashes, Doubled, HexCase, Invisible, Json, Labelled,
        Optional, PercentEncoded, Quotes, Truncated,
    };
    const MIXED: &str = "ab+c/d=é 漢 & %41 token";
    let upper = TOKEN.to_ascii_uppercase();
    let percent = "ab%2Bc%2fd%3D%C3%A9%20%e6%bc%a2%20%26%20%2541%20token";
    let uuid = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0";
    let long_hex = TOKEN.repeat(4);
    // Its base64 has every character that is neither a letter nor a digit.
    let marks = "fbefbefffffffbefbeffffff00010203";
    let cases: Vec<(&str, &str, String, Alteration)> = vec![
        ("BOM", TOKEN, format!("\u{feff}{TOKEN}"), ByteOrderMark),
        ("blank before", TOKEN, format!(" {TOKEN}"), Blanks),
        ("line end behind", TOKEN, format!("{TOKEN}\n"), Blanks),
        ("CR LF behind", TOKEN, format!("{TOKEN}\r\n"), Blanks),
        (
            "tabs and wide blanks",
            TOKEN,
            format!("\t{TOKEN}\u{3000}"),
            Blanks,
        ),
        (
            "BOM and blanks",
            TOKEN,
            format!("\u{feff} {TOKEN} "),
            Blanks,
        ),
        (
            "blanks around a long token",
            LONG,
            format!(" {LONG} "),
            Blanks,
        ),
        ("double quotes", TOKEN, format!("\"{TOKEN}\""), Quotes),
        ("single quotes", TOKEN, format!("'{TOKEN}'"), Quotes),
        (
            "quotes and blanks around them",
            TOKEN,
            format!(" '{TOKEN}' \n"),
            Quotes,
        ),
        ("Bearer", TOKEN, format!("Bearer {TOKEN}"), Bearer),
        (
            "bearer in lower case",
            TOKEN,
            format!("bearer {TOKEN}"),
            Bearer,
        ),
        (
            "Bearer with two blanks",
            TOKEN,
            format!("Bearer  {TOKEN}"),
            Bearer,
        ),
        (
            "Bearer in quotes",
            TOKEN,
            format!("\"Bearer {TOKEN}\""),
            Bearer,
        ),
        (
            "Bearer before a long token",
            LONG,
            format!("Bearer {LONG}"),
            Bearer,
        ),
        ("percent-encoding", MIXED, percent.into(), PercentEncoded),
        (
            "percent-encoded long token",
            LONG,
            LONG.replace('/', "%2F"),
            PercentEncoded,
        ),
        ("hex in upper case", TOKEN, upper.clone(), HexCase),
        ("hex in lower case", &upper, TOKEN.into(), HexCase),
        (
            "letters only, in upper case",
            "deadbeefcafedead",
            "DEADBEEFCAFEDEAD".into(),
            HexCase,
        ),
        (
            "letters only, in lower case",
            "DEADBEEFCAFEDEAD",
            "deadbeefcafedead".into(),
            HexCase,
        ),
        (
            "UUID in lower case",
            uuid,
            uuid.to_ascii_lowercase(),
            HexCase,
        ),
        (
            "long hex in upper case",
            &long_hex,
            long_hex.to_ascii_uppercase(),
            HexCase,
        ),
        (
            "hex in upper case, quoted",
            TOKEN,
            format!("\"{upper}\""),
            HexCase,
        ),
        ("NUL behind", TOKEN, format!("{TOKEN}\0"), Invisible),
        (
            "zero-width space before",
            TOKEN,
            format!("\u{200b}{TOKEN}"),
            Invisible,
        ),
        ("BOM behind", TOKEN, format!("{TOKEN}\u{feff}"), Invisible),
        (
            "broken over two lines",
            TOKEN,
            format!("{}\r\n{}", &TOKEN[..16], &TOKEN[16..]),
            Invisible,
        ),
        (
            "blanks within NULs",
            TOKEN,
            format!("\0 {TOKEN} \0"),
            Blanks,
        ),
        ("escaped quotes", TOKEN, format!("\\\"{TOKEN}\\\""), Quotes),
        (
            "typographic quotes",
            TOKEN,
            format!("\u{201c}{TOKEN}\u{201d}"),
            Quotes,
        ),
        (
            "quotes inside percent-encoding",
            TOKEN,
            format!("%22{TOKEN}%22"),
            Quotes,
        ),
        (
            "twice encoded",
            LONG,
            LONG.replace('/', "%252F"),
            PercentEncoded,
        ),
        (
            "quotes, twice encoded",
            TOKEN,
            format!("%2522{TOKEN}%2522"),
            Quotes,
        ),
        (
            "Swift's optional",
            TOKEN,
            format!("Optional(\"{TOKEN}\")"),
            Quotes,
        ),
        (
            "Swift's optional without quotes",
            TOKEN,
            format!("Optional({TOKEN})"),
            Optional,
        ),
        (
            "a JSON object",
            TOKEN,
            format!("{{\"token\":\"{TOKEN}\"}}"),
            Json,
        ),
        (
            "a response",
            TOKEN,
            format!("{{ \"uid\": \"alice\", \"imToken\" : \"{TOKEN}\", \"code\": 0 }}"),
            Json,
        ),
        ("a JSON list", TOKEN, format!("[\"{TOKEN}\"]"), Json),
        (
            "Bearer in JSON",
            TOKEN,
            format!("{{\"access_token\":\"Bearer {TOKEN}\"}}"),
            Bearer,
        ),
        (
            "another scheme's name",
            TOKEN,
            format!("Token {TOKEN}"),
            Labelled,
        ),
        (
            "bearer with a colon",
            TOKEN,
            format!("bearer:{TOKEN}"),
            Labelled,
        ),
        ("a query", TOKEN, format!("token={TOKEN}"), Labelled),
        ("a header", TOKEN, format!("x-im-token: {TOKEN}"), Labelled),
        (
            "an encoded query",
            LONG,
            format!("token={}", LONG.replace('/', "%2F")),
            PercentEncoded,
        ),
        ("written twice", TOKEN, TOKEN.repeat(2), Doubled),
        ("a UUID's dashes", TOKEN, uuid.to_ascii_lowercase(), Dashes),
        ("a UUID's dashes and case", TOKEN, uuid.into(), Dashes),
        (
            "base64 of the text",
            TOKEN,
            "MGYxZTJkM2M0YjVhNjk3ODg3OTZhNWI0YzNkMmUxZjA=".into(),
            Base64,
        ),
        (
            "base64 of the digits' bytes",
            TOKEN,
            "Dx4tPEtaaXiHlqW0w9Lh8A==".into(),
            Base64,
        ),
        (
            "base64 with plus and slash",
            marks,
            "++++////++++////AAECAw==".into(),
            Base64,
        ),
        (
            "base64 for addresses",
            marks,
            "----____----____AAECAw==".into(),
            Base64,
        ),
        (
            "base64 in quotes",
            TOKEN,
            "'Dx4tPEtaaXiHlqW0w9Lh8A=='".into(),
            Base64,
        ),
        ("last character gone", TOKEN, TOKEN[..31].into(), Truncated),
        ("cut to 16 of 32", TOKEN, TOKEN[..16].into(), Truncated),
        (
            "cut to half of a long one",
            LONG,
            LONG[..LONG.len().div_ceil(2)].into(),
            Truncated,
        ),
        ("long, cut to 64", LONG, LONG[..64].into(), Truncated),
        ("long, cut to 65", LONG, LONG[..65].into(), Truncated),
        ("16 of 17", &TOKEN[..17], TOKEN[..16].into(), Truncated),
    ];
    let scenario = |(label, stored, token, how): (&str, &str, String, Alteration)| {
        let records = vec![(Web, issued(stored)), (Pc, issued(OTHER))];
        (
            Scenario::new(label, records, &token, Altered(how)),
            how != Truncated,
        )
    };
    cases.into_iter().map(scenario).collect()
}

/// Texts that look like an alteration but are none.
#[rustfmt::skip] // one line, one scenario
fn not_altered() -> Vec<Scenario> {
    let mismatch = |label, stored: &str, token: &str| {
        Scenario::new(label, vec![(Web, issued(stored))], token, Plain("mismatch"))
    };
    let half_of_long = LONG.len().div_ceil(2);
    let superseded_quoted = format!("'{OLD}'");
    vec![
        mismatch("cut to 15 of 16", &TOKEN[..16], &TOKEN[..15]),
        mismatch("cut to 15 of 32", TOKEN, &TOKEN[..15]),
        mismatch("cut to 16 of 33", &format!("{TOKEN}x"), &TOKEN[..16]),
        mismatch("cut below half of a long one", LONG, &LONG[..half_of_long - 1]),
        mismatch("a middle piece", TOKEN, &TOKEN[1..]),
        mismatch("one character more", TOKEN, &format!("{TOKEN}0")),
        mismatch("cut, and another last character", TOKEN, &format!("{}x", &TOKEN[..30])),
        mismatch("unequal quotes", TOKEN, &format!("\"{TOKEN}'")),
        mismatch("one quote", TOKEN, &format!("\"{TOKEN}")),
        mismatch("letter case of a word", "a-Secret-Word", "a-secret-word"),
        mismatch("a word in capitals", "a-secret-word", "A-SECRET-WORD"),
        mismatch("another scheme", TOKEN, &format!("Basic {TOKEN}")),
        mismatch("Bearer alone", TOKEN, "Bearer "),
        mismatch("half of a token twice", TOKEN, &TOKEN[..16].repeat(2)),
        mismatch("base64 without its end", TOKEN, "Dx4tPEtaaXiHlqW0w9Lh8A="),
        mismatch("base64 of another token", TOKEN, "Dx4tPEtaaXiHlqW0w9Lh8Q=="),
        mismatch("another member of JSON", TOKEN, &format!("{{\"secret\":\"{TOKEN}\"}}")),
        mismatch("a longer chain than anybody's accident", TOKEN, &format!("{}{TOKEN}{}", "'\"".repeat(5), "\"'".repeat(5))),
        mismatch("quotes alone", TOKEN, "\"\""),
        mismatch("a printed object without its end", TOKEN, "[object Token"),
        mismatch("a variable that has no name of one", TOKEN, "$9!token"),
        mismatch("BOM alone", TOKEN, "\u{feff}"),
        mismatch("half an escape", TOKEN, &format!("{TOKEN}%")),
        mismatch("an escape that is no UTF-8", TOKEN, &format!("{TOKEN}%FF")),
        Scenario::new("altered empty token", vec![(Web, issued(""))], "''", Plain("not_issued")),
        Scenario::new("altered blank token", vec![(Web, issued(" "))], "%20", Altered(Alteration::PercentEncoded)),
        Scenario::new("altered, overlapping old token", vec![(Web, rotated(2_000))], &superseded_quoted, Altered(Alteration::Quotes)),
        Scenario::new("altered, rotated to the same token", vec![(Web, issued(TOKEN).rotate(Token::new(TOKEN), Timestamp::from_millis(2_000)).unwrap())], &format!("'{TOKEN}'"), Altered(Alteration::Quotes)),
        Scenario::new("altered, old token after its overlap", vec![(Web, rotated(5))], &superseded_quoted, Plain("mismatch")),
        Scenario::new("altered, nothing registered", vec![], &superseded_quoted, Plain("not_issued")),
        Scenario::new("a token that holds quotes is itself", vec![(Web, issued(&superseded_quoted))], &superseded_quoted, accepted()),
        Scenario::new("a token that lost its own quotes", vec![(Web, issued(&superseded_quoted))], OLD, Plain("mismatch")),
    ]
}

/// Placeholders that no registered token explains better.
#[rustfmt::skip] // one line, one scenario
fn placeholders() -> Vec<Scenario> {
    let placeholder = |text: &str, records| Scenario::new(&format!("{text:?}"), records, text, Plain("placeholder"));
    let mut scenarios: Vec<_> = [
        "undefined", "null", "NULL", "nil", "None", "NaN", "(null)", "<null>", "[object Object]", "[object Promise]",
        "Instance of 'Token'", "Optional(nil)", "Optional(\"another\")", "{}", "%s", "%@", "${token}", "{{ token }}",
        "<token>", "<your token>", "$IM_TOKEN", ":token", "%TOKEN%", "__TOKEN__", "{token}", "your-token",
        "YOUR_TOKEN_HERE", "yourToken", "insert your token here", "changeme", "\"undefined\"", " null\n",
        "Bearer undefined", "token=null", "undefined\0", "${TOKEN_2}", "%22undefined%22", "%5Bobject%20Object%5D", "{\"token\":\"null\"}",
    ]
    .into_iter()
    .map(|text| placeholder(text, vec![(Web, issued(TOKEN)), (Pc, issued(OTHER))]))
    .collect();
    let undefined = "undefined";
    scenarios.extend([
        Scenario::new("a placeholder, nothing registered", vec![], undefined, Plain("placeholder")),
        Scenario::new("a placeholder, registered for APP", vec![(App, issued(OTHER))], undefined, Plain("placeholder")),
        Scenario::new("a placeholder, tombstone", vec![(Web, revoked(TOKEN, 5))], undefined, Plain("placeholder")),
        Scenario::new("a placeholder, siblings down", vec![(Web, issued(TOKEN))], undefined, Plain("placeholder")).others_fail(),
        Scenario::new("a placeholder that is registered", vec![(Web, issued(undefined))], undefined, accepted()),
        Scenario::new("a placeholder that is registered for APP", vec![(App, issued(undefined))], undefined, Flags("issued_for_other_flag", vec![App])),
        Scenario::new("a placeholder that was revoked", vec![(Web, revoked(undefined, 5))], undefined, Moment("revoked", 5)),
        Scenario::new("the word", vec![(Web, issued(TOKEN))], "token", Plain("mismatch")),
        Scenario::new("what a log masks", vec![(Web, issued(TOKEN))], "******", Plain("mismatch")),
        Scenario::new("a word", vec![(Web, issued(TOKEN))], "tokens-for-everybody", Plain("mismatch")),
        Scenario::new("a name", vec![(Web, issued(TOKEN))], "my-real-token", Plain("mismatch")),
        Scenario::new("brackets", vec![(Web, issued(TOKEN))], "<0f3c9d2e77aa41b>", Plain("mismatch")),
        Scenario::new("underscores", vec![(Web, issued(TOKEN))], "__abc__", Plain("mismatch")),
        Scenario::new("braces", vec![(Web, issued(TOKEN))], "{abc}", Plain("mismatch")),
        Scenario::new("a percent sign", vec![(Web, issued(TOKEN))], "%", Plain("mismatch")),
        Scenario::new("what people mask", vec![(Web, issued(TOKEN))], "xxxxxx", Plain("mismatch")),
    ]);
    scenarios
}

fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for scenario in [
        before_lookup(),
        by_record(),
        by_siblings(),
        not_altered(),
        placeholders(),
    ]
    .into_iter()
    .flatten()
    {
        let digests = scenario.digest_only(None);
        all.extend([scenario, digests]);
    }
    for (scenario, shows_in_digest) in altered() {
        let digests = scenario.digest_only((!shows_in_digest).then_some(Plain("mismatch")));
        all.extend([scenario, digests]);
    }
    all
}

#[test]
fn every_scenario_has_its_outcome() {
    let scenarios = all();
    for scenario in &scenarios {
        scenario.run();
    }
    let labels: BTreeSet<&str> = scenarios.iter().map(|s| s.label.as_str()).collect();
    assert_eq!(labels.len(), scenarios.len(), "labels are unique");
    assert!(scenarios.len() >= 80, "only {} scenarios", scenarios.len());
}

/// Input that real clients have sent: recognised, but not accepted.
#[test]
fn collected_tokens_are_recognised() {
    const REGISTERED: &str = "c0e215c0dd194cc589659150dc4e7a6a";
    let rows = crate::common::vectors::<String>("presented_tokens.txt");
    assert!(rows.len() >= 20);
    let records = || vec![(Web, issued(REGISTERED)), (App, issued(OTHER))];
    for row in rows {
        let presented = row.replace("TOKEN", REGISTERED);
        let credentials = Credentials::new("alice", Web, presented.as_str());
        let now = Timestamp::from_millis(NOW);
        let store = ScriptedStore::new(records());
        let error = Verifier::new()
            .verify(&store, &credentials, now)
            .unwrap_err();
        let label = error.cause().label();
        assert!(
            ["altered", "placeholder"].contains(&label),
            "{row:?}: {label}"
        );
    }
}

#[test]
fn every_cause_has_scenarios() {
    let label = |outcome: &Outcome| match outcome {
        Accepted(..) => "accepted",
        Plain(label) | Number(label, _) | Moment(label, _) | Flags(label, _) => label,
        Altered(_) => "altered",
        Ambiguous(_) => "ambiguous",
    };
    let found: BTreeSet<&str> = all().iter().map(|s| label(&s.expected)).collect();
    let expected: BTreeSet<_> = CAUSES.into_iter().chain(["accepted"]).collect();
    assert_eq!(found, expected);
}

/// Only exactly the stored digits are accepted, whatever the other settings.
#[test]
fn what_a_diagnosis_recognises_is_never_accepted() {
    for (scenario, _) in altered() {
        let token = scenario.token.as_str();
        let credentials = Credentials::new("alice", Web, token);
        let policies = [
            Verifier::new(),
            Verifier::new().with_manager_token(Token::new(token)),
            with_system(Verifier::new().with_leeway(Duration::MAX)),
            Verifier::new()
                .dangerously_reveal_not_issued()
                .with_stored_form(SecretForm::Digest),
        ];
        for verifier in policies {
            for now in [i64::MIN, 0, NOW, i64::MAX] {
                let app = (App, issued(token));
                let records = scenario.records.iter().cloned().chain([app]);
                let store = ScriptedStore::new(records);
                let now = Timestamp::from_millis(now);
                assert!(
                    verifier.verify(&store, &credentials, now).is_err(),
                    "{}",
                    scenario.label
                );
            }
        }
    }
}

/// The default policy: no leeway, no system device, nothing revealed.
#[test]
fn the_default_policy_is_that_of_new() {
    let policy = |verifier: Verifier| format!("{verifier:?}");
    assert_eq!(policy(Verifier::default()), policy(Verifier::new()));
}

/// Errors come through `Ready` as they are.
#[test]
fn the_async_store_gives_what_the_sync_one_does() {
    let store = Ready(ScriptedStore::new([]).get_all_fails(|| Down("second")));
    let error = block_on(store.get_all("alice", DeviceFlags::CLIENTS)).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Down("second")));
    assert!(block_on(store.get("alice", Web)).unwrap().is_none());
}

/// A store that returns the pair's own record among the others, or records of flags that were not
/// requested, violates the contract: those are not other flags.
#[test]
fn only_the_other_allowed_flags_are_other_flags() {
    let verifier = Verifier::new();
    let now = Timestamp::from_millis(NOW);
    let credentials = Credentials::new("alice", Web, OTHER);
    let rejected = |record: Option<&TokenRecord>, others: Records| {
        let verdict = verifier.verify_record(&credentials, record, now);
        outcome(&verdict.map_err(|error| verifier.diagnose_with(error, Ok(others))))
    };
    let own = || {
        [Web, System, four()]
            .map(|flag| (flag, issued(OTHER)))
            .to_vec()
    };
    assert_eq!(rejected(Some(&issued(TOKEN)), own()), Plain("mismatch"));
    assert_eq!(rejected(None, own()), Plain("not_issued"));
}

/// Credentials that would have been rejected before the lookup are still rejected: a client without
/// a token does not retry because the store is down.
#[test]
fn a_failed_lookup_comes_after_what_needs_none() {
    let now = Timestamp::from_millis(NOW);
    let failed = |credentials: &Credentials<'_>| {
        Verifier::new().store_failed(credentials, Down("first"), now)
    };
    let error = failed(&Credentials::new("alice", Web, TOKEN));
    assert_eq!((error.label(), error.refused_at()), ("store", now));
    assert_eq!(error.disposition(), Disposition::CloseForRetry);
    assert!(std::error::Error::source(&error).unwrap().is::<Down>());
    // Nothing is left to be diagnosed.
    let error = Verifier::new().diagnose_with(error, Ok(vec![(App, issued(TOKEN))]));
    assert_eq!(error.label(), "store");

    let error = failed(&Credentials::new("alice", Web, ""));
    assert_eq!(error.label(), "empty_token");
    assert_eq!(
        error.disposition(),
        Disposition::Reject(ReasonCode::AuthFail)
    );
}
