//! Custom stores: the handling of their errors, and pointers to them.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use crate::common::block_on;
use crate::records::{issued, issued_to_master};
use crate::scripted_store::{Call, OneByOne, ScriptedStore};
use wukongim_auth::DeviceFlag::{App, Pc, Web};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{
    AsyncTokenStore, BoxError, Cause, Credentials, DeviceFlag, DeviceFlags, DeviceLevel,
    Disposition, Ready, Timestamp, TokenRecord, TokenStore, Verified, Verifier, VerifyError,
    verify, verify_async,
};

const NOW: Timestamp = Timestamp::from_millis(1_000);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lookup of flag {0} timed out")]
struct TimedOut(u8);

/// Knows a WEB token, fails for some flags, and leaves `get_all` to the trait. Async lookups have to be
/// polled twice.
fn failing(fails_for: &[DeviceFlag]) -> OneByOne<ScriptedStore> {
    let store = ScriptedStore::new([(Web, issued("token"))]).waiting(1);
    let fails_for = fails_for.iter().copied();
    OneByOne(fails_for.fold(store, |store, flag| {
        store.get_fails_for(flag, move || TimedOut(flag.into()))
    }))
}

/// The flags that were looked up, one by one.
fn take_asked(store: &OneByOne<ScriptedStore>) -> Vec<u8> {
    let calls = store.0.take_calls().into_iter();
    let flags = calls.map(|call| match call {
        Call::Get(_, flag) => flag.into(),
        call => panic!("{call:?}"),
    });
    flags.collect()
}

struct Case {
    fails_for: &'static [DeviceFlag],
    flag: DeviceFlag,
    token: &'static str,
    cause: &'static str,
    candidates: &'static [&'static str],
    source: Option<TimedOut>,
    disposition: Disposition,
    asked: &'static [u8],
}

#[test]
fn the_errors_of_a_store_come_out_as_they_are() {
    const REJECT: Disposition = Disposition::Reject(ReasonCode::AuthFail);
    const MISMATCH: &[&str] = &["issued_for_other_flag", "mismatch"];
    const NOT_ISSUED: &[&str] = &["issued_for_other_flag", "not_issued_for_flag", "not_issued"];
    let first = Case {
        fails_for: &[Web],
        flag: Web,
        token: "token",
        cause: "store",
        candidates: &[],
        source: Some(TimedOut(1)),
        disposition: Disposition::CloseForRetry,
        asked: &[1],
    };
    let cases = [
        Case {
            token: "wrong",
            ..first
        },
        Case {
            fails_for: &[App, Web, Pc],
            ..first
        },
        Case {
            fails_for: &[App],
            flag: App,
            source: Some(TimedOut(0)),
            asked: &[0],
            ..first
        },
        Case {
            fails_for: &[App],
            token: "wrong",
            cause: "ambiguous",
            candidates: MISMATCH,
            source: Some(TimedOut(0)),
            disposition: REJECT,
            asked: &[1, 0],
            ..first
        },
        Case {
            fails_for: &[Pc],
            token: "wrong",
            cause: "ambiguous",
            candidates: MISMATCH,
            source: Some(TimedOut(2)),
            disposition: REJECT,
            asked: &[1, 0, 2],
            ..first
        },
        Case {
            fails_for: &[Pc],
            flag: App,
            cause: "ambiguous",
            candidates: NOT_ISSUED,
            source: Some(TimedOut(2)),
            disposition: REJECT,
            asked: &[0, 1, 2],
            ..first
        },
        Case {
            fails_for: &[],
            flag: App,
            cause: "issued_for_other_flag",
            source: None,
            disposition: REJECT,
            asked: &[0, 1, 2],
            ..first
        },
        Case {
            fails_for: &[Web],
            token: "",
            cause: "empty_token",
            source: None,
            disposition: REJECT,
            asked: &[],
            ..first
        },
        first,
    ];
    for case in cases {
        let credentials = Credentials::new("alice", case.flag, case.token);
        let (store, slow) = (failing(case.fails_for), failing(case.fails_for));
        let blocking = Ready(failing(case.fails_for));
        check(&case, verify(&store, &credentials, NOW).unwrap_err());
        check(
            &case,
            block_on(verify_async(&slow, &credentials, NOW)).unwrap_err(),
        );
        check(
            &case,
            block_on(verify_async(&blocking, &credentials, NOW)).unwrap_err(),
        );
        for asked in [&store, &slow, &blocking.0] {
            assert_eq!(take_asked(asked), case.asked, "{}", case.cause);
        }
    }
}

fn check(case: &Case, error: VerifyError) {
    assert_eq!(error.cause().label(), case.cause);
    let candidates = match error.cause() {
        Cause::Ambiguous { candidates, .. } => candidates,
        _ => &[][..],
    };
    assert_eq!(candidates, case.candidates, "{error}");
    let source = error
        .source()
        .map(|source| *source.downcast_ref::<TimedOut>().unwrap());
    assert_eq!(source, case.source, "{error}");
    assert_eq!(error.disposition(), case.disposition, "{error}");
}

/// Errors may also be strings and boxed errors. (A separate double, because of its `Error`.)
#[test]
fn any_error_that_can_be_boxed_will_do() {
    struct Worded(&'static str);

    impl TokenStore for Worded {
        type Error = &'static str;

        fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, &'static str> {
            Err(self.0)
        }
    }

    let credentials = Credentials::new("alice", Web, "token");
    let error = verify(&Worded("no connection"), &credentials, NOW).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "no connection");
    assert!(matches!(error.cause(), Cause::Store(_)));
}

#[test]
fn get_all_asks_for_exactly_the_flags() {
    let store = failing(&[]);
    let custom = DeviceFlags::from(DeviceFlag::from(200)).with(Web);
    let cases: [(DeviceFlags, &[u8]); 5] = [
        (DeviceFlags::NONE, &[]),
        (DeviceFlags::CLIENTS, &[0, 1, 2]),
        (DeviceFlags::CLIENTS.without(Web), &[0, 2]),
        (Web.into(), &[1]),
        (custom, &[1, 200]),
    ];
    for (flags, asked) in cases {
        let found = TokenStore::get_all(&store, "alice", flags).unwrap();
        assert_eq!(take_asked(&store), asked, "{flags}");
        let found: Vec<_> = found.iter().map(|(flag, _)| *flag).collect();
        let expected: &[DeviceFlag] = if flags.contains(Web) { &[Web] } else { &[] };
        assert_eq!(found, expected, "{flags}");
        let slow = failing(&[]);
        let later = block_on(AsyncTokenStore::get_all(&slow, "alice", flags)).unwrap();
        assert_eq!(later.len(), found.len(), "{flags}");
        assert_eq!(take_asked(&slow), asked, "{flags}");
    }
}

/// A verifier looks up the flags that it allows, except the client's own.
#[test]
fn a_diagnosis_asks_for_the_allowed_flags() {
    let store = failing(&[]);
    let allowed = DeviceFlags::from(Web)
        .with(DeviceFlag::from(4))
        .with(DeviceFlag::from(255));
    let verifier = Verifier::new().with_device_flags(allowed);
    let credentials = Credentials::new("alice", DeviceFlag::from(4), "token");
    let error = verifier.verify(&store, &credentials, NOW).unwrap_err();
    assert_eq!(error.cause().label(), "issued_for_other_flag");
    assert_eq!(take_asked(&store), [4, 1, 255]);
}

fn accepts_and_explains(store: impl TokenStore) {
    let accepted = verify(&store, &Credentials::new("alice", Web, "token"), NOW).unwrap();
    assert_accepted(&accepted);
    let error = verify(&store, &Credentials::new("alice", Web, "app token"), NOW).unwrap_err();
    assert_eq!(error.cause().label(), "issued_for_other_flag");
}

fn accepts_and_explains_async(store: impl AsyncTokenStore) {
    let right = Credentials::new("alice", Web, "token");
    assert_accepted(&block_on(verify_async(&store, &right, NOW)).unwrap());
    let wrong = Credentials::new("alice", Web, "app token");
    let error = block_on(verify_async(&store, &wrong, NOW)).unwrap_err();
    assert_eq!(error.cause().label(), "issued_for_other_flag");
}

fn assert_accepted(verified: &Verified) {
    assert_eq!((verified.uid(), verified.device_flag()), ("alice", Web));
    assert_eq!(
        (verified.device_level(), verified.accepted_by()),
        (DeviceLevel::Master, VerifiedBy::Current)
    );
}

#[test]
#[allow(
    clippy::needless_borrows_for_generic_args,
    reason = "the borrow is what is tested"
)]
fn a_pointer_to_a_store_is_that_store() {
    // One that has a `get_all` of its own, as with one round trip: a pointer must not undo that.
    let store = ScriptedStore::new([(Web, issued_to_master("token")), (App, issued("app token"))]);
    let store = Arc::new(store.known_to(["alice"]));
    accepts_and_explains(&*store);
    accepts_and_explains(&&*store);
    accepts_and_explains(Arc::clone(&store));
    accepts_and_explains(Box::new(Arc::clone(&store)));
    let dynamic: Arc<dyn TokenStore<Error = BoxError>> = store.clone();
    accepts_and_explains(dynamic);
    let dynamic: Box<dyn TokenStore<Error = BoxError>> = Box::new(store.clone());
    accepts_and_explains(dynamic);
    let dynamic: &dyn TokenStore<Error = BoxError> = &store;
    accepts_and_explains(dynamic);
    assert_eq!(store.counts(), (14, 7));

    accepts_and_explains_async(Ready(store.clone()));
    accepts_and_explains_async(&Ready(store.clone()));
    accepts_and_explains_async(Box::new(Ready(store.clone())));
    accepts_and_explains_async(Arc::new(Ready(store.clone())));
    let shared: Arc<dyn TokenStore<Error = BoxError> + Send + Sync> = store.clone();
    accepts_and_explains_async(Ready(shared));
    assert_eq!(store.counts(), (24, 12));
}

/// Hosts spawn these on other threads.
#[test]
fn the_futures_can_be_sent() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let (slow, verifier) = (Arc::new(failing(&[])), Verifier::new());
    let credentials = Credentials::new("alice", Web, "token");
    assert!(block_on(send(verify_async(&slow, &credentials, NOW))).is_ok());
    assert!(block_on(send(verifier.verdict_async(&slow, &credentials, NOW))).is_ok());
    let wrong = Credentials::new("alice", Web, "wrong");
    let error = block_on(verifier.verdict_async(&slow, &wrong, NOW)).unwrap_err();
    let error = block_on(send(verifier.diagnose_async(&slow, error)));
    assert_eq!(error.cause().label(), "mismatch");
}

/// Drops the future after every number of polls: nothing is kept, whatever was requested.
#[test]
fn a_future_dropped_midway_leaves_nothing() {
    let slow = failing(&[]);
    let wrong = Credentials::new("alice", Web, "wrong");
    let mut context = Context::from_waker(Waker::noop());
    let mut seen = Vec::new();
    for polls in 0..=3 {
        let mut future = pin!(verify_async(&slow, &wrong, NOW));
        for _ in 0..polls {
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
        seen.push(take_asked(&slow));
    }
    assert_eq!(seen, [&[][..], &[], &[1], &[1, 0]]);
    let error = block_on(verify_async(&slow, &wrong, NOW)).unwrap_err();
    assert_eq!(
        (error.cause().label(), take_asked(&slow)),
        ("mismatch", vec![1, 0, 2])
    );
    assert_accepted_plainly(&slow);
}

fn assert_accepted_plainly(slow: &impl AsyncTokenStore) {
    let right = Credentials::new("alice", Web, "token");
    assert_eq!(
        block_on(verify_async(slow, &right, NOW))
            .unwrap()
            .accepted_by(),
        VerifiedBy::Current
    );
}

/// The sync trait asks for no thread safety: a store may be a thread's own. (A double of its own, since
/// the scripted one can be shared.)
#[test]
fn a_store_may_belong_to_one_thread() {
    struct Local(Rc<RefCell<Vec<String>>>, Cell<usize>);

    impl TokenStore for Local {
        type Error = std::convert::Infallible;

        fn get(&self, uid: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, Self::Error> {
            self.0.borrow_mut().push(uid.into());
            self.1.set(self.1.get() + 1);
            Ok(None)
        }
    }

    let uids = Rc::new(RefCell::default());
    let store = Local(Rc::clone(&uids), Cell::new(0));
    let error = verify(&store, &Credentials::new("alice", Web, "token"), NOW).unwrap_err();
    assert!(matches!(error.cause(), Cause::NotIssued));
    assert_eq!((*uids.borrow()).as_slice(), ["alice", "alice", "alice"]);
    assert_eq!(store.1.get(), 3);
}
