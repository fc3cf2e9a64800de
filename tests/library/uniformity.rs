//! All rejections make the same store calls, so these reveal nothing about stored data. (A test
//! inside the crate checks that they make the same comparisons.)

use crate::common::block_on;
use crate::records::issued;
use crate::scripted_store::{Call, Records, ScriptedStore};
use wukongim_auth::DeviceFlag::{App, Pc, Web};
use wukongim_auth::{
    Cause, Credentials, DeviceFlag, DeviceFlags, Timestamp, Token, TokenRecord, Verified, Verifier,
    VerifyError,
};

const NOW: Timestamp = Timestamp::from_millis(1_000);
const TOKEN: &str = "the-token-0123456789";

struct Case {
    cause: &'static str,
    records: Records,
    token: &'static str,
}

/// One rejection for each cause that needs the store, and some variations.
fn refusals() -> Vec<Case> {
    let (early, late) = (Timestamp::from_millis(5), Timestamp::from_millis(2_000));
    let rotated = |ends| {
        issued("the-old-token")
            .rotate(Token::new(TOKEN), ends)
            .unwrap()
    };
    let case = |cause, records, token| Case {
        cause,
        records,
        token,
    };
    vec![
        case("revoked", vec![(Web, issued(TOKEN).revoke(early))], TOKEN),
        case(
            "revoked",
            vec![(Web, issued(TOKEN).revoke(early))],
            "another",
        ),
        case(
            "expired",
            vec![(Web, issued(TOKEN).with_expiry(early))],
            TOKEN,
        ),
        case("superseded", vec![(Web, rotated(early))], "the-old-token"),
        case("manager_token", vec![(Web, issued(TOKEN))], "manager"),
        case("manager_token", vec![], "manager"),
        case("issued_for_other_flag", vec![(App, issued(TOKEN))], TOKEN),
        case(
            "issued_for_other_flag",
            vec![(App, issued(TOKEN)), (Pc, issued(TOKEN))],
            TOKEN,
        ),
        case(
            "altered",
            vec![(Web, issued(TOKEN))],
            "'the-token-0123456789'",
        ),
        case("altered", vec![(Web, issued(TOKEN))], "the-token-012345"),
        case(
            "altered",
            vec![(Web, issued(TOKEN))],
            "\u{200b}Optional(\"the-token-0123456789\")",
        ),
        case("placeholder", vec![(Web, issued(TOKEN))], "undefined"),
        case("placeholder", vec![], "${token}"),
        case("not_issued_for_flag", vec![(App, issued("another"))], TOKEN),
        case("not_issued", vec![], TOKEN),
        case("mismatch", vec![(Web, issued("another"))], TOKEN),
        case("mismatch", vec![(Web, rotated(late))], "a-third-token"),
        case(
            "mismatch",
            vec![(Web, issued("another").with_expiry(early))],
            TOKEN,
        ),
    ]
}

fn verifier() -> Verifier {
    Verifier::new().with_manager_token(Token::new("manager"))
}

/// Verifies in both ways, which must make the same calls, and returns the outcome and the calls.
fn asked(
    verifier: &Verifier,
    records: &[(DeviceFlag, TokenRecord)],
    credentials: &Credentials<'_>,
) -> (Result<Verified, VerifyError>, Vec<Call>) {
    let store = || ScriptedStore::new(records.to_vec());
    let (sync, asynchronous) = (store(), store());
    let outcome = verifier.verify(&sync, credentials, NOW);
    let twin = block_on(verifier.verify_async(&asynchronous, credentials, NOW));
    assert_eq!(outcome.is_ok(), twin.is_ok());
    let calls = sync.take_calls();
    assert_eq!(asynchronous.take_calls(), calls);
    (outcome, calls)
}

#[test]
fn every_refusal_asks_the_store_the_same() {
    for Case {
        cause,
        records,
        token,
    } in refusals()
    {
        let credentials = Credentials::new("alice", Web, token);
        let (outcome, calls) = asked(&verifier(), &records, &credentials);
        assert_eq!(outcome.unwrap_err().label(), cause);
        let expected = [
            Call::Get("alice".into(), Web),
            Call::GetAll("alice".into(), DeviceFlags::CLIENTS.without(Web)),
        ];
        assert_eq!(calls, expected, "{cause} for {token}");
    }
}

/// Exactly the flags that the verifier allows, without the client's own, whichever those are.
#[test]
fn every_refusal_asks_for_the_flags_that_are_allowed() {
    let numbers: [&[u8]; 4] = [&[1], &[1, 4, 99], &[0, 1, 2, 3, 255], &[1, 200]];
    for numbers in numbers {
        let flags: DeviceFlags = numbers.iter().copied().map(DeviceFlag::from).collect();
        let verifier = verifier().with_device_flags(flags);
        assert_eq!(verifier.device_flags(), flags);
        for Case { records, token, .. } in refusals() {
            let credentials = Credentials::new("alice", Web, token);
            let (outcome, calls) = asked(&verifier, &records, &credentials);
            assert!(outcome.is_err());
            let expected = [
                Call::Get("alice".into(), Web),
                Call::GetAll("alice".into(), flags.without(Web)),
            ];
            assert_eq!(calls, expected, "{flags} for {token}");
        }
    }
}

#[test]
fn every_verdict_is_one_lookup_and_its_diagnosis_the_other() {
    for Case {
        cause,
        records,
        token,
    } in refusals()
    {
        let store = ScriptedStore::new(records);
        let (verifier, credentials) = (verifier(), Credentials::new("alice", Web, token));
        let get = [Call::Get("alice".into(), Web)];
        let get_all = [Call::GetAll(
            "alice".into(),
            DeviceFlags::CLIENTS.without(Web),
        )];

        let error = verifier.verdict(&store, &credentials, NOW).unwrap_err();
        assert_eq!(store.take_calls(), get, "{cause} for {token}");
        assert_eq!(verifier.diagnose(&store, error).label(), cause);
        assert_eq!(store.take_calls(), get_all, "{cause} for {token}");

        let error = block_on(verifier.verdict_async(&store, &credentials, NOW)).unwrap_err();
        assert_eq!(store.take_calls(), get, "{cause} for {token}, async");
        assert_eq!(
            block_on(verifier.diagnose_async(&store, error)).label(),
            cause
        );
        assert_eq!(store.take_calls(), get_all, "{cause} for {token}, async");
    }
}

#[test]
fn an_accepted_client_is_one_lookup() {
    let late = Timestamp::from_millis(2_000);
    let rotated = issued("the-old-token")
        .rotate(Token::new(TOKEN), late)
        .unwrap();
    for token in [TOKEN, "the-old-token"] {
        let credentials = Credentials::new("alice", Web, token);
        let (outcome, calls) = asked(&verifier(), &[(Web, rotated.clone())], &credentials);
        assert_eq!(outcome.unwrap().uid(), "alice");
        assert_eq!(calls, [Call::Get("alice".into(), Web)]);
    }
}

#[test]
fn what_is_rejected_before_a_lookup_asks_nothing() {
    let cases = [
        ("", Web, TOKEN, "empty_uid"),
        ("a\nb", Web, TOKEN, "invalid_uid"),
        ("alice", DeviceFlag::from(9), TOKEN, "unknown_device_flag"),
        ("alice", DeviceFlag::System, TOKEN, "unknown_device_flag"),
        ("alice", Web, "", "empty_token"),
        ("alice", Web, " \n", "empty_token"),
    ];
    for (uid, flag, token, cause) in cases {
        let credentials = Credentials::new(uid, flag, token);
        let (outcome, calls) = asked(&verifier(), &[(Web, issued(TOKEN))], &credentials);
        assert_eq!(outcome.unwrap_err().label(), cause);
        assert_eq!(calls, [], "{cause}");
    }
}

#[test]
fn a_diagnosis_is_made_once() {
    let store = ScriptedStore::new([]);
    let credentials = Credentials::new("alice", Web, TOKEN);
    let error = verifier().verify(&store, &credentials, NOW).unwrap_err();
    assert!(matches!(error.cause(), Cause::NotIssued));
    store.take_calls();
    let again = verifier().diagnose(&store, error);
    assert!(matches!(again.cause(), Cause::NotIssued));
    assert_eq!(store.take_calls(), []);
}
