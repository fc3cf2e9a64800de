//! Session keys against `vectors/session_keys.jsonl`, which upstream's own code made.
//!
//! ring cannot import X25519 private keys: known answers go through the pure derivation, with
//! `x25519-dalek` for the agreement; whether a client's key is taken at all goes through the real
//! path, with a fresh server key.

use aes::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use base64ct::{Base64, Encoding};
use serde::Deserialize;
use wukongim_auth::frame::Connect;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::{AcceptError, SessionKeys};
use wukongim_auth::{
    AcceptOptions, Acceptor, DeviceFlag, DeviceLevel, Disposition, HandshakeError, KeyPolicy,
    Session, Timestamp, Verified,
};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::wire::{connack, encoded};

#[derive(Deserialize)]
struct Row {
    id: String,
    client_key: String,
    server_priv_hex: String,
    probe: Option<String>,
    result: Expected,
}

#[derive(Deserialize)]
struct Expected {
    kind: String,
    server_key: Option<String>,
    salt: Option<String>,
    aes_key: Option<String>,
    aes_iv: Option<String>,
    probe_ciphertext: Option<String>,
    auth_reason: u8,
}

fn rows() -> Vec<Row> {
    let rows: Vec<Row> = crate::common::vectors("session_keys.jsonl");
    assert_eq!(rows.len(), 471);
    rows
}

/// Where we differ from upstream's decoder: it skips CR and LF, and takes trailing bits that are
/// not zero (PROTOCOL §5). One key has then many spellings.
fn differs(row: &Row) -> bool {
    row.result.kind == "ok"
        && (row.client_key.contains(['\r', '\n'])
            || row.id.starts_with("key-b64_noncanonical_bits"))
}

#[test]
fn keys_are_derived_as_upstream_does() {
    let mut checked = 0;
    for row in rows()
        .iter()
        .filter(|row| row.result.kind == "ok" && !differs(row))
    {
        let private: [u8; 32] = hex::decode(&row.server_priv_hex)
            .unwrap()
            .try_into()
            .unwrap();
        let private = StaticSecret::from(private);
        let client_key: [u8; 32] = Base64::decode_vec(&row.client_key)
            .unwrap()
            .try_into()
            .unwrap();
        let shared = private.diffie_hellman(&PublicKey::from(client_key));
        let salt: [u8; 16] = row
            .result
            .salt
            .as_ref()
            .unwrap()
            .as_bytes()
            .try_into()
            .unwrap();

        let keys = SessionKeys::derive(shared.as_bytes(), salt);

        let text = |bytes: &[u8]| Some(String::from_utf8(bytes.to_vec()).unwrap());
        assert_eq!(
            text(keys.expose_aes_key()),
            row.result.aes_key,
            "{}",
            row.id
        );
        assert_eq!(text(keys.expose_aes_iv()), row.result.aes_iv, "{}", row.id);
        let server_key = Base64::encode_string(PublicKey::from(&private).as_bytes());
        assert_eq!(Some(server_key), row.result.server_key, "{}", row.id);
        if let Some(probe) = &row.probe {
            assert_eq!(
                Some(seal(&keys, probe)),
                row.result.probe_ciphertext,
                "{}",
                row.id
            );
        }
        checked += 1;
    }
    assert_eq!(checked, 390);
}

fn seal(keys: &SessionKeys, plain: &str) -> String {
    let cipher = cbc::Encryptor::<aes::Aes128>::new(
        keys.expose_aes_key().into(),
        keys.expose_aes_iv().into(),
    );
    Base64::encode_string(&cipher.encrypt_padded_vec::<Pkcs7>(plain.as_bytes()))
}

#[test]
fn client_keys_are_taken_as_upstream_does_but_for_named_deviations() {
    let (mut taken, mut refused, mut deviations) = (0, 0, 0);
    for row in rows() {
        let (reply, accepted) = accept(&row.client_key, KeyPolicy::Required);
        let reason = reason_of(&reply);
        if differs(&row) {
            assert_eq!(reason, 2, "{}: {:?}", row.id, row.client_key);
            deviations += 1;
        } else {
            assert_eq!(
                reason, row.result.auth_reason,
                "{}: {:?}",
                row.id, row.client_key
            );
        }
        match accepted {
            Ok(session) => {
                assert!(session.keys().is_some());
                taken += 1;
            }
            Err(error) => {
                let expected = match row.client_key.as_str() {
                    "" => AcceptError::ClientKeyMissing,
                    _ => AcceptError::ClientKeyInvalid,
                };
                assert_eq!(error, expected, "{}", row.id);
                assert_eq!(
                    error.disposition(),
                    Disposition::Reject(ReasonCode::from(reason))
                );
                refused += 1;
            }
        }
    }
    assert_eq!((taken, refused, deviations), (390, 81, 20));
}

#[test]
fn a_low_order_point_gives_no_key_and_the_same_bytes_as_any_refusal() {
    let low_order = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let (reply, accepted) = accept(low_order, KeyPolicy::Required);
    assert_eq!(accepted.unwrap_err(), AcceptError::ClientKeyInvalid);
    assert_eq!(reply, crate::common::refusal(4));
    let (reply, accepted) = accept(low_order, KeyPolicy::IfOffered);
    assert_eq!(accepted.unwrap_err(), AcceptError::ClientKeyInvalid);
    assert_eq!(reply, crate::common::refusal(4));
}

#[test]
fn both_sides_derive_the_same_key() {
    let private = StaticSecret::from([7; 32]);
    let client_key = Base64::encode_string(PublicKey::from(&private).as_bytes());
    let (reply, session) = accept(&client_key, KeyPolicy::Required);
    let connack = connack(&reply, 4);
    let server_key: [u8; 32] = Base64::decode_vec(connack.server_key)
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!((connack.salt.len(), connack.salt.is_ascii()), (16, true));

    let shared = private.diffie_hellman(&PublicKey::from(server_key));
    let ours = SessionKeys::derive(
        shared.as_bytes(),
        connack.salt.as_bytes().try_into().unwrap(),
    );

    let session = session.unwrap();
    let theirs = session.keys().unwrap();
    assert_eq!(ours.expose_aes_key(), theirs.expose_aes_key());
    assert_eq!(ours.expose_aes_iv(), theirs.expose_aes_iv());
}

#[test]
fn keys_and_salts_are_new_for_every_session() {
    let private = StaticSecret::from([7; 32]);
    let client_key = Base64::encode_string(PublicKey::from(&private).as_bytes());
    let replies: std::collections::HashSet<Vec<u8>> = (0..50)
        .map(|_| accept(&client_key, KeyPolicy::Required).0)
        .collect();
    let salts: std::collections::HashSet<String> = replies
        .iter()
        .map(|reply| connack(reply, 4).salt.to_owned())
        .collect();
    assert_eq!((replies.len(), salts.len()), (50, 50));
    for at in 0..16 {
        let digits = salts.iter().map(|salt| salt.as_bytes()[at]);
        let different = digits.collect::<std::collections::HashSet<_>>().len();
        assert!(different > 1, "digit {at} of the salt is always the same");
    }
}

#[test]
fn every_key_policy_decides_as_it_says() {
    struct Case {
        policy: KeyPolicy,
        client_key: &'static str,
        outcome: Result<bool, AcceptError>,
    }
    let key = "lXLvIsJRq6O3XsPMFhud4E3ar0OvdfMoLT5bF8OW+Ts=";
    let cases = [
        Case {
            policy: KeyPolicy::Required,
            client_key: key,
            outcome: Ok(true),
        },
        Case {
            policy: KeyPolicy::Required,
            client_key: "",
            outcome: Err(AcceptError::ClientKeyMissing),
        },
        Case {
            policy: KeyPolicy::IfOffered,
            client_key: key,
            outcome: Ok(true),
        },
        Case {
            policy: KeyPolicy::IfOffered,
            client_key: "",
            outcome: Ok(false),
        },
        Case {
            policy: KeyPolicy::IfOffered,
            client_key: "x",
            outcome: Err(AcceptError::ClientKeyInvalid),
        },
        Case {
            policy: KeyPolicy::Never,
            client_key: key,
            outcome: Ok(false),
        },
        Case {
            policy: KeyPolicy::Never,
            client_key: "x",
            outcome: Ok(false),
        },
    ];
    for Case {
        policy,
        client_key,
        outcome,
    } in cases
    {
        let (reply, accepted) = accept(client_key, policy);
        let has_keys = accepted.map(|session| session.keys().is_some());
        assert_eq!(has_keys, outcome, "{policy:?} {client_key:?}");
        let connack = connack(&reply, 4);
        let expected = if outcome == Ok(true) {
            (44, 16)
        } else {
            (0, 0)
        };
        assert_eq!(
            (connack.server_key.len(), connack.salt.len()),
            expected,
            "{policy:?}"
        );
    }
}

/// A verified client of version 4 with this key, as the host would accept it.
fn accept(client_key: &str, policy: KeyPolicy) -> (Vec<u8>, Result<Session, AcceptError>) {
    let mut connect = Connect::new(4, "alice", DeviceFlag::App, "s3cret");
    connect.client_key = client_key;
    let pending = Acceptor::new().push(&encoded(&connect)).unwrap().unwrap();
    let now = Timestamp::from_millis(1);
    let (flag, level) = (DeviceFlag::App, DeviceLevel::Slave);
    let verified = Verified::dangerously_unverified("alice", flag, level, now);
    let options = AcceptOptions::new(policy).with_node_id(9);
    let answer = pending.handshake().unwrap().answer(Ok(verified), &options);
    let accepted = answer.outcome.map_err(|error| match error {
        HandshakeError::NotAccepted { error, .. } => error,
        error => panic!("{error}"),
    });
    (answer.reply, accepted)
}

fn reason_of(reply: &[u8]) -> u8 {
    u8::from(connack(reply, 4).reason)
}
