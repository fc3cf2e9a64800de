//! aws-lc-rs agrees with an X25519 that shares no code with it, and takes and refuses the same
//! clients as ring, over upstream's vectors.

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use wukongim_auth::frame::{Connect, Flags, Limits};
use wukongim_auth::session::{AcceptError, Agreed, AgreementError, KeyAgreement};
use wukongim_auth::{
    AcceptOptions, DeviceFlag, DeviceLevel, Handshake, HandshakeError, KeyPolicy, Timestamp,
    Verified,
};
use wukongim_aws_lc::AwsLc;
use wukongim_test_support::common;
use x25519_dalek::{PublicKey, StaticSecret};

const RING: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);
const AWS_LC: AcceptOptions = RING.with_key_agreement(&AwsLc);

/// Points of small order (RFC 7748, 6.1), two of them not canonical.
const LOW_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    point(1, 0, 0),
    point(0xec, 0xff, 0x7f), // p - 1
    point(0xed, 0xff, 0x7f), // p
    point(0xee, 0xff, 0x7f), // p + 1
];

const fn point(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut point = [middle; 32];
    point[0] = first;
    point[31] = last;
    point
}

#[test]
fn both_sides_have_the_same_secret_and_every_key_is_new() {
    let mut server_keys = std::collections::HashSet::new();
    for seed in 1..=100 {
        let client = StaticSecret::from([seed; 32]);
        let mut agreed = Agreed::default();
        let client_key = PublicKey::from(&client);
        AwsLc.agree(client_key.as_bytes(), &mut agreed).unwrap();
        let secret = client.diffie_hellman(&PublicKey::from(agreed.server_key));
        assert_eq!(secret.as_bytes(), &agreed.secret, "seed {seed}");
        assert!(server_keys.insert(agreed.server_key), "seed {seed}");
    }
}

#[test]
fn a_point_of_low_order_is_the_clients_fault() {
    for point in LOW_ORDER {
        let mut agreed = Agreed::default();
        let error = AwsLc.agree(&point, &mut agreed).unwrap_err();
        assert_eq!(error, AgreementError::ClientKeyInvalid, "{point:?}");
        let key = Base64::encode_string(&point);
        let refused = Some(AcceptError::ClientKeyInvalid);
        assert_eq!(
            [error_of(&key, &AWS_LC), error_of(&key, &RING)],
            [refused; 2]
        );
    }
}

#[derive(Deserialize)]
struct Row {
    id: String,
    client_key: String,
}

#[test]
fn the_same_clients_are_taken_as_with_ring() {
    let rows: Vec<Row> = common::vectors("session_keys.jsonl");
    let mut taken = 0;
    for Row { id, client_key } in &rows {
        let by_ring = error_of(client_key, &RING);
        assert_eq!(error_of(client_key, &AWS_LC), by_ring, "{id}");
        taken += usize::from(by_ring.is_none());
    }
    assert_eq!((rows.len(), taken), (471, 390));
}

/// Why a verified client with this key is not accepted.
fn error_of(client_key: &str, options: &AcceptOptions) -> Option<AcceptError> {
    let mut connect = Connect::new(4, "alice", DeviceFlag::App, "s3cret");
    connect.client_key = client_key;
    let mut bytes = Vec::new();
    connect.encode(Flags::default(), &mut bytes).unwrap();
    let (handshake, _) = Handshake::read(&bytes, Limits::default()).unwrap();
    let (level, now) = (DeviceLevel::Slave, Timestamp::from_millis(1));
    let verified = Verified::dangerously_unverified("alice", DeviceFlag::App, level, now);
    match handshake.answer(Ok(verified), options).outcome {
        Ok(session) => {
            assert!(session.keys().is_some());
            None
        }
        Err(HandshakeError::NotAccepted { error, .. }) => Some(error),
        Err(error) => panic!("{error}"),
    }
}
