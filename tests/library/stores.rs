//! Stores of the host: what becomes of their errors, and that a pointer to one is one.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use crate::common::block_on;
use wukongim_auth::DeviceFlag::{App, Pc, Web};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{
    AsyncTokenStore, BoxError, Cause, Credentials, DeviceFlag, DeviceFlags, DeviceLevel,
    Disposition, Ready, Timestamp, Token, TokenRecord, TokenStore, Verified, Verifier, VerifyError,
    verify, verify_async,
};

const NOW: Timestamp = Timestamp::from_millis(1_000);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the look-up of flag {0} timed out")]
struct TimedOut(u8);

/// Knows one user's WEB token, fails for some flags, and writes down what it is asked.
#[derive(Default)]
struct Store {
    web: Option<TokenRecord>,
    fails_for: Vec<DeviceFlag>,
    asked: Mutex<Vec<u8>>,
}

impl Store {
    fn failing(fails_for: &[DeviceFlag]) -> Self {
        let web = Some(TokenRecord::issue(Token::new("token"), DeviceLevel::Slave));
        Store {
            web,
            fails_for: fails_for.into(),
            ..Store::default()
        }
    }

    fn take_asked(&self) -> Vec<u8> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl TokenStore for Store {
    type Error = TimedOut;

    fn get(&self, _: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, TimedOut> {
        self.asked.lock().unwrap().push(flag.into());
        if self.fails_for.contains(&flag) {
            return Err(TimedOut(flag.into()));
        }
        Ok(self.web.clone().filter(|_| flag == Web))
    }
}

/// The same store, asynchronous: each look-up has to be polled twice.
struct Slow(Store);

impl AsyncTokenStore for Slow {
    type Error = TimedOut;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, TimedOut> {
        yield_once().await;
        self.0.get(uid, flag)
    }
}

fn yield_once() -> impl Future<Output = ()> {
    let mut was_polled = false;
    poll_fn(move |_| match std::mem::replace(&mut was_polled, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
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
        let (store, slow) = (
            Store::failing(case.fails_for),
            Slow(Store::failing(case.fails_for)),
        );
        let blocking = Ready(Store::failing(case.fails_for));
        check(&case, verify(&store, &credentials, NOW).unwrap_err());
        check(
            &case,
            block_on(verify_async(&slow, &credentials, NOW)).unwrap_err(),
        );
        check(
            &case,
            block_on(verify_async(&blocking, &credentials, NOW)).unwrap_err(),
        );
        for asked in [
            store.take_asked(),
            slow.0.take_asked(),
            blocking.0.take_asked(),
        ] {
            assert_eq!(asked, case.asked, "{}", case.cause);
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

/// Errors need not be errors: texts and boxed ones go too.
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
    let store = Store::failing(&[]);
    let custom = DeviceFlags::from(DeviceFlag::from(200)).with(Web);
    let cases: [(DeviceFlags, &[u8]); 5] = [
        (DeviceFlags::NONE, &[]),
        (DeviceFlags::CLIENTS, &[0, 1, 2]),
        (DeviceFlags::CLIENTS.without(Web), &[0, 2]),
        (Web.into(), &[1]),
        (custom, &[1, 200]),
    ];
    for (flags, asked) in cases {
        let found = store.get_all("alice", flags).unwrap();
        assert_eq!(store.take_asked(), asked, "{flags}");
        let found: Vec<_> = found.iter().map(|(flag, _)| *flag).collect();
        let expected: &[DeviceFlag] = if flags.contains(Web) { &[Web] } else { &[] };
        assert_eq!(found, expected, "{flags}");
        let slow = Slow(Store::failing(&[]));
        let later = block_on(slow.get_all("alice", flags)).unwrap();
        assert_eq!(later.len(), found.len(), "{flags}");
        assert_eq!(slow.0.take_asked(), asked, "{flags}");
    }
}

/// A verifier asks for the flags that it allows, but for the client's own.
#[test]
fn a_diagnosis_asks_for_the_allowed_flags() {
    let store = Store::failing(&[]);
    let allowed = DeviceFlags::from(Web)
        .with(DeviceFlag::from(4))
        .with(DeviceFlag::from(255));
    let verifier = Verifier::new().with_device_flags(allowed);
    let credentials = Credentials::new("alice", DeviceFlag::from(4), "token");
    let error = verifier.verify(&store, &credentials, NOW).unwrap_err();
    assert_eq!(error.cause().label(), "issued_for_other_flag");
    assert_eq!(store.take_asked(), [4, 1, 255]);
}

/// Overrides `get_all`, as a store with one round trip does: a pointer must not undo that.
#[derive(Default)]
struct OneTrip {
    gets: AtomicUsize,
    get_alls: AtomicUsize,
}

impl OneTrip {
    fn counts(&self) -> (usize, usize) {
        (
            self.gets.load(Ordering::Relaxed),
            self.get_alls.load(Ordering::Relaxed),
        )
    }
}

impl TokenStore for OneTrip {
    type Error = BoxError;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        let record = TokenRecord::issue(Token::new("token"), DeviceLevel::Master);
        Ok(Some(record).filter(|_| (uid, flag) == ("alice", Web)))
    }

    fn get_all(&self, _: &str, _: DeviceFlags) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        self.get_alls.fetch_add(1, Ordering::Relaxed);
        Ok(vec![(
            App,
            TokenRecord::issue(Token::new("app token"), DeviceLevel::Slave),
        )])
    }
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
    let store = Arc::new(OneTrip::default());
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
    let (slow, verifier) = (Arc::new(Slow(Store::failing(&[]))), Verifier::new());
    let credentials = Credentials::new("alice", Web, "token");
    assert!(block_on(send(verify_async(&slow, &credentials, NOW))).is_ok());
    assert!(block_on(send(verifier.verdict_async(&slow, &credentials, NOW))).is_ok());
    let wrong = Credentials::new("alice", Web, "wrong");
    let error = block_on(verifier.verdict_async(&slow, &wrong, NOW)).unwrap_err();
    let error = block_on(send(verifier.diagnose_async(&slow, error)));
    assert_eq!(error.cause().label(), "mismatch");
}

/// Drops the future after every number of polls: whatever was asked, nothing is kept.
#[test]
fn a_future_dropped_midway_leaves_nothing() {
    let slow = Slow(Store::failing(&[]));
    let wrong = Credentials::new("alice", Web, "wrong");
    let mut context = Context::from_waker(Waker::noop());
    let mut seen = Vec::new();
    for polls in 0..=3 {
        let mut future = pin!(verify_async(&slow, &wrong, NOW));
        for _ in 0..polls {
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
        seen.push(slow.0.take_asked());
    }
    assert_eq!(seen, [&[][..], &[], &[1], &[1, 0]]);
    let error = block_on(verify_async(&slow, &wrong, NOW)).unwrap_err();
    assert_eq!(
        (error.cause().label(), slow.0.take_asked()),
        ("mismatch", vec![1, 0, 2])
    );
    assert_accepted_plainly(&slow);
}

fn assert_accepted_plainly(slow: &Slow) {
    let right = Credentials::new("alice", Web, "token");
    assert_eq!(
        block_on(verify_async(slow, &right, NOW))
            .unwrap()
            .accepted_by(),
        VerifiedBy::Current
    );
}

/// The sync trait asks for no thread safety: a store may be a thread's own.
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
