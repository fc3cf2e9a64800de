//! Which sessions displace which, and the cost.

use futures_util::FutureExt;
use wukongim_auth::frame::{Connect, Limits};
use wukongim_auth::{
    AcceptOptions, DeviceLevel, Handshake, KeyPolicy, Session, Token, TokenRecord, verify_record,
};

use super::*;

const FLAG: DeviceFlag = DeviceFlag::App;

fn accepted(uid: &str, level: DeviceLevel) -> Arc<Session> {
    let mut connect = Vec::new();
    let frame = Connect::new(4, uid, FLAG, "s3cret");
    frame.encode(Default::default(), &mut connect).unwrap();
    let (handshake, _) = Handshake::read(&connect, Limits::default()).unwrap();
    let record = TokenRecord::issue(Token::new("s3cret"), level);
    let verdict = verify_record(&handshake.credentials(), Some(&record), Timestamp::now());
    let answer = handshake.answer(verdict, &AcceptOptions::new(KeyPolicy::Never));
    Arc::new(answer.outcome.unwrap())
}

fn registered(sessions: &Arc<Sessions>, uid: &str, device_id: &str) -> Place {
    let claim = Credentials::new(uid, FLAG, "s3cret").with_device_id(device_id);
    sessions.register(&claim)
}

fn connects(sessions: &Arc<Sessions>, session: &Arc<Session>, device_id: &str) -> Place {
    let place = registered(sessions, session.verified().uid(), device_id);
    assert!(place.settle(session).is_none());
    place.displace(session);
    place
}

#[test]
fn one_session_too_many_ends_the_oldest() {
    let sessions = Arc::new(Sessions::new(2));
    let alice = accepted("alice", DeviceLevel::Slave);
    let mut places = ["1", "2", "3"].map(|id| connects(&sessions, &alice, id));
    let bob = accepted("bob", DeviceLevel::Slave);
    let mut other = connects(&sessions, &bob, "1");
    let ends = places.each_mut().map(|p| p.farewell().now_or_never());
    let kicked = Some(Farewell::Kick("too many sessions"));
    assert_eq!(ends, [kicked, None, None]);
    assert_eq!(other.farewell().now_or_never(), None);
}

/// Its client had connected before, but identifies itself only now.
#[tokio::test(start_paused = true)]
async fn a_session_that_is_accepted_while_all_are_closed_is_closed_too() {
    let sessions = Arc::new(Sessions::new(2));
    let mut first = registered(&sessions, "bob", "1");
    let late = async {
        assert_eq!(first.farewell().await, Farewell::Close);
        let mut late = connects(&sessions, &accepted("alice", DeviceLevel::Slave), "1");
        drop(first);
        late.farewell().await
    };
    let closing = sessions.close_all(Duration::from_secs(60));
    let late = tokio::time::timeout(Duration::from_secs(30), late);
    let (_, farewell) = tokio::join!(closing, late);
    assert_eq!(farewell, Ok(Farewell::Close));
}

#[test]
fn an_older_session_displaces_no_newer_one() {
    for level in [DeviceLevel::Slave, DeviceLevel::Master] {
        let sessions = Arc::new(Sessions::new(100));
        let alice = accepted("alice", level);
        // Its verdict took longer.
        let mut older = registered(&sessions, "alice", "phone");
        let mut newer = connects(&sessions, &alice, "phone");
        assert!(older.settle(&alice).is_none());
        older.displace(&alice);
        assert_eq!(newer.farewell().now_or_never(), None, "{level:?}");
        assert_eq!(older.farewell().now_or_never(), Some(Farewell::Close));
    }
}

#[tokio::test(start_paused = true)]
async fn clients_with_one_device_id_displace_each_other_slowly() {
    let sessions = Arc::new(Sessions::new(100));
    let alice = accepted("alice", DeviceLevel::Slave);
    let started = tokio::time::Instant::now();
    let mut last = connects(&sessions, &alice, "phone");
    for _ in 0..11 {
        let next = connects(&sessions, &alice, "phone");
        assert_eq!(last.farewell().await, Farewell::Close);
        last = next;
    }
    // Two in four seconds, and the first immediately: a client whose connection broke comes back.
    assert_eq!(started.elapsed(), Duration::from_secs(4) * 5);

    // While it waits, it can be revoked like any other.
    let _next = connects(&sessions, &alice, "phone");
    sessions.kick("alice", FLAG, "revoked");
    assert_eq!(
        last.farewell().now_or_never(),
        Some(Farewell::Kick("revoked"))
    );
}

/// Counted, not timed: the entries that are visited.
#[test]
fn what_a_handshake_costs_does_not_grow_with_the_sessions_of_a_user() {
    let sessions = Arc::new(Sessions::new(10_000));
    let mallory = accepted("mallory", DeviceLevel::Slave);
    let connect = |n: usize| connects(&sessions, &mallory, &n.to_string());
    let mut places: Vec<_> = (0..9_000).map(connect).collect();
    let visits = || sessions.lock("mallory").visits.all;
    let before = visits();
    drop(connect(9_000));
    assert!(visits() - before <= 8, "{}", visits() - before);

    // The lock is not held for all of them together.
    sessions.lock("mallory").visits.most = 0;
    sessions.kick("mallory", FLAG, "revoked");
    assert_eq!(sessions.lock("mallory").visits.most, SLICE);
    let kicked = Some(Farewell::Kick("revoked"));
    assert!(
        places
            .iter_mut()
            .all(|p| p.farewell().now_or_never() == kicked)
    );
    drop(places);
    assert_eq!(sessions.len(), 0);
}
