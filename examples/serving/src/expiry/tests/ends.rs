//! Sessions whose token expires.

use futures_util::FutureExt;
use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};

use super::super::{end_expired, hold};
use super::{FLAG, Gateway, gateway, record, registered, session};
use crate::sessions::Farewell;

#[tokio::test]
async fn a_session_ends_right_after_its_token() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let record = record().with_expiry(end);
    registered(&gateway, record.clone());
    let mut ends = session(&gateway, &record, end);
    end_expired(&gateway, end).await;
    assert_eq!(ends.farewell().now_or_never(), None);
    end_expired(&gateway, Timestamp::from_millis(5_001)).await;
    let farewell = ends.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));

    let mut stays = session(&gateway, &self::record(), end);
    end_expired(&gateway, Timestamp::MAX).await;
    assert_eq!(stays.farewell().now_or_never(), None, "without an end");
}

#[tokio::test]
async fn a_session_outlives_the_end_that_it_came_with_if_its_token_was_renewed() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let mut place = session(&gateway, &record().with_expiry(end), end);
    let later = Timestamp::from_millis(9_000);
    registered(&gateway, record().with_expiry(later));
    end_expired(&gateway, Timestamp::from_millis(5_001)).await;
    assert_eq!(place.farewell().now_or_never(), None);
    end_expired(&gateway, Timestamp::from_millis(9_001)).await;
    let farewell = place.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));
}

/// The end of a superseded token is not the end of the record.
#[tokio::test]
async fn a_session_with_a_superseded_token_ends_with_the_overlap() {
    let (gateway, overlap_ends) = (gateway(), Timestamp::from_millis(5_000));
    let end = Timestamp::from_millis(9_000);
    let rotated = record().with_expiry(end);
    let rotated = rotated.rotate(Token::new("n3xt"), overlap_ends).unwrap();
    registered(&gateway, rotated.clone());
    let mut old = session(&gateway, &rotated, overlap_ends);
    hold(&gateway, &gateway.sessions.pairs()[0], overlap_ends)
        .await
        .unwrap();
    assert_eq!(old.farewell().now_or_never(), None);
    end_expired(&gateway, Timestamp::from_millis(5_001)).await;
    let farewell = old.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));
}

/// Its expiry was extended, and then another token replaced it: no expiry of its own is left to
/// look for.
#[tokio::test]
async fn a_session_whose_renewed_token_was_replaced_is_not_looked_up_again_and_again() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let mut place = session(&gateway, &record(), end);
    let store = registered(&gateway, record().with_expiry(end));
    hold_at(&gateway, end).await;
    let behind = Timestamp::from_millis(5_001);
    assert_eq!(gateway.sessions.expired(behind).len(), 1);

    let another = TokenRecord::issue(Token::new("another"), DeviceLevel::Slave);
    store.insert("alice", FLAG, another);
    end_expired(&gateway, behind).await;
    assert_eq!(gateway.sessions.expired(Timestamp::MAX).len(), 0);
    assert_eq!(place.farewell().now_or_never(), None);
}

/// No record contains the later expiry any more.
#[tokio::test]
async fn a_session_whose_renewed_token_was_replaced_ends_at_the_later_end() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let later = Timestamp::from_millis(9_000);
    let mut place = session(&gateway, &record().with_expiry(end), end);
    let store = registered(&gateway, record().with_expiry(later));
    hold_at(&gateway, end).await;

    let another = TokenRecord::issue(Token::new("another"), DeviceLevel::Slave);
    store.insert("alice", FLAG, another);
    for now in [5_000, 5_001, 9_000] {
        hold_at(&gateway, Timestamp::from_millis(now)).await;
        assert_eq!(place.farewell().now_or_never(), None, "{now}");
    }
    end_expired(&gateway, Timestamp::from_millis(9_001)).await;
    let farewell = place.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));
}

async fn hold_at(gateway: &Gateway, now: Timestamp) {
    let pair = &gateway.sessions.pairs()[0];
    hold(gateway, pair, now).await.unwrap();
}
