//! All refusals cost the store the same: what is asked tells nothing about what is stored. (That
//! they make the same comparisons is tested inside the crate.)

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Mutex;

use crate::common::block_on;
use wukongim_auth::DeviceFlag::{App, Pc, Unknown, Web};
use wukongim_auth::{
    AsyncTokenStore, Cause, Credentials, DeviceFlag, DeviceLevel, OtherRecords, Timestamp, Token,
    TokenRecord, TokenStore, Verified, Verifier, VerifyError,
};

const NOW: Timestamp = Timestamp::from_millis(1_000);
const TOKEN: &str = "the-token-0123456789";

#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Get(String, DeviceFlag),
    Others(String, DeviceFlag),
}

/// Keeps one user's records, and writes down what it is asked.
#[derive(Default)]
struct Counting {
    records: Vec<(DeviceFlag, TokenRecord)>,
    calls: RefCell<Vec<Call>>,
}

impl TokenStore for Counting {
    type Error = Infallible;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        self.calls.borrow_mut().push(Call::Get(uid.into(), flag));
        let mut records = self.records.iter();
        Ok(records
            .find(|(of, _)| *of == flag)
            .map(|(_, record)| record.clone()))
    }

    fn others(&self, uid: &str, flag: DeviceFlag) -> Result<OtherRecords, Infallible> {
        self.calls.borrow_mut().push(Call::Others(uid.into(), flag));
        Ok(self
            .records
            .iter()
            .filter(|(of, _)| *of != flag)
            .cloned()
            .collect())
    }
}

/// The same for async code.
struct Async(Mutex<Counting>);

impl AsyncTokenStore for Async {
    type Error = Infallible;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        self.0.lock().unwrap().get(uid, flag)
    }

    async fn others(&self, uid: &str, flag: DeviceFlag) -> Result<OtherRecords, Infallible> {
        self.0.lock().unwrap().others(uid, flag)
    }
}

fn issued(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Slave)
}

struct Case {
    cause: &'static str,
    records: Vec<(DeviceFlag, TokenRecord)>,
    token: &'static str,
}

/// One of each cause that needs the store, and some with more to it.
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

/// Verifies both ways, which must ask the same, and gives the outcome and what was asked.
fn asked(
    verifier: &Verifier,
    records: &[(DeviceFlag, TokenRecord)],
    credentials: &Credentials<'_>,
) -> (Result<Verified, VerifyError>, Vec<Call>) {
    let store = || Counting {
        records: records.to_vec(),
        ..Counting::default()
    };
    let (sync, asynchronous) = (store(), Async(Mutex::new(store())));
    let outcome = verifier.verify(&sync, credentials, NOW);
    let twin = block_on(verifier.verify_async(&asynchronous, credentials, NOW));
    assert_eq!(outcome.is_ok(), twin.is_ok());
    let calls = sync.calls.into_inner();
    assert_eq!(
        asynchronous.0.into_inner().unwrap().calls.into_inner(),
        calls
    );
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
        assert_eq!(outcome.unwrap_err().cause().label(), cause);
        let expected = [
            Call::Get("alice".into(), Web),
            Call::Others("alice".into(), Web),
        ];
        assert_eq!(calls, expected, "{cause} for {token}");
    }
}

#[test]
fn without_diagnosis_every_refusal_is_one_look_up() {
    for Case {
        cause,
        records,
        token,
    } in refusals()
    {
        let credentials = Credentials::new("alice", Web, token);
        let (outcome, calls) = asked(&verifier().without_diagnosis(), &records, &credentials);
        assert!(outcome.is_err());
        assert_eq!(
            calls,
            [Call::Get("alice".into(), Web)],
            "{cause} for {token}"
        );
    }
}

#[test]
fn an_accepted_client_is_one_look_up() {
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
fn what_is_refused_at_sight_asks_nothing() {
    let cases = [
        ("", Web, TOKEN, "empty_uid"),
        ("a\nb", Web, TOKEN, "invalid_uid"),
        ("alice", Unknown(9), TOKEN, "unknown_device_flag"),
        ("alice", DeviceFlag::System, TOKEN, "unknown_device_flag"),
        ("alice", Web, "", "empty_token"),
        ("alice", Web, " \n", "empty_token"),
    ];
    for (uid, flag, token, cause) in cases {
        let credentials = Credentials::new(uid, flag, token);
        let (outcome, calls) = asked(&verifier(), &[(Web, issued(TOKEN))], &credentials);
        assert_eq!(outcome.unwrap_err().cause().label(), cause);
        assert_eq!(calls, [], "{cause}");
    }
}

#[test]
fn a_diagnosis_is_made_once() {
    let store = Counting::default();
    let credentials = Credentials::new("alice", Web, TOKEN);
    let error = verifier().verify(&store, &credentials, NOW).unwrap_err();
    assert!(matches!(error.cause(), Cause::NotIssued));
    store.calls.borrow_mut().clear();
    let again = verifier().diagnose(&store, error);
    assert!(matches!(again.cause(), Cause::NotIssued));
    assert_eq!(store.calls.into_inner(), []);
}
