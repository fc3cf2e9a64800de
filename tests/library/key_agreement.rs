//! How far a server's own X25519 implementation is trusted.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Encoding};
use wukongim_auth::frame::Connect;
use wukongim_auth::session::{AcceptError, Agreed, AgreementError, KeyAgreement, SessionKeys};
use wukongim_auth::{
    AcceptOptions, Acceptor, Answer, Credentials, DeviceFlag, DeviceLevel, Disposition,
    HandshakeError, KeyPolicy, MemoryStore, Timestamp, Verified, verify,
};

use crate::wire::{connack, encoded};

const CLIENT_KEY: &str = "lXLvIsJRq6O3XsPMFhud4E3ar0OvdfMoLT5bF8OW+Ts=";
const NOW: Timestamp = Timestamp::from_millis(1);

/// Returns these values, whatever the client's key.
#[derive(Debug)]
struct Fixed(Result<[u8; 32], AgreementError>);

impl KeyAgreement for Fixed {
    fn agree(&self, client_key: &[u8; 32], agreed: &mut Agreed) -> Result<(), AgreementError> {
        assert_eq!(Base64::encode_string(client_key), CLIENT_KEY);
        assert_eq!((agreed.server_key, agreed.secret), ([0; 32], [0; 32]));
        agreed.server_key = [5; 32];
        agreed.secret = self.0?;
        Ok(())
    }
}

/// A verified client, answered with the keys of this implementation.
fn answer(policy: KeyPolicy, key_agreement: &'static dyn KeyAgreement) -> Answer {
    let mut connect = Connect::new(4, "alice", DeviceFlag::App, "s3cret");
    connect.client_key = CLIENT_KEY;
    let request = Acceptor::new().push(&encoded(&connect)).unwrap().unwrap();
    let verified =
        Verified::dangerously_unverified("alice", DeviceFlag::App, DeviceLevel::Slave, NOW);
    let options = AcceptOptions::new(policy).with_key_agreement(key_agreement);
    request.handshake().unwrap().answer(Ok(verified), &options)
}

fn not_accepted(answer: &Answer) -> AcceptError {
    match &answer.outcome {
        Err(HandshakeError::NotAccepted { error, .. }) => *error,
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn the_client_is_sent_the_public_key_and_the_session_has_the_secrets_keys() {
    let answer = answer(KeyPolicy::Required, &Fixed(Ok([7; 32])));
    let connack = connack(&answer.reply, 4);
    assert_eq!(connack.server_key, Base64::encode_string(&[5; 32]));
    let session = answer.outcome.unwrap();
    let expected = SessionKeys::derive(&[7; 32], connack.salt.as_bytes().try_into().unwrap());
    let keys = session.keys().unwrap();
    assert_eq!(keys.expose_aes_key(), expected.expose_aes_key());
    assert_eq!(keys.expose_aes_iv(), expected.expose_aes_iv());
}

/// Everybody knows the all-zero secret. An implementation may not check for it, or may have filled
/// nothing in.
#[test]
fn a_secret_that_is_all_zero_is_refused_whatever_the_implementation_says() {
    for policy in [KeyPolicy::Required, KeyPolicy::IfOffered] {
        let answer = answer(policy, &Fixed(Ok([0; 32])));
        assert_eq!(not_accepted(&answer), AcceptError::ClientKeyInvalid);
        assert_eq!(answer.reply, crate::common::refusal(4));
    }
    for at in 0..32 {
        let mut secret = [0; 32];
        secret[at] = 0x80;
        let agreement = Box::leak(Box::new(Fixed(Ok(secret))));
        let answer = answer(KeyPolicy::Required, agreement);
        assert!(answer.outcome.is_ok(), "byte {at}");
    }
}

#[test]
fn an_implementations_error_says_whose_fault_it_is() {
    let refused = answer(
        KeyPolicy::Required,
        &Fixed(Err(AgreementError::ClientKeyInvalid)),
    );
    assert_eq!(not_accepted(&refused), AcceptError::ClientKeyInvalid);
    assert_eq!(refused.reply, crate::common::refusal(4));

    let failed = answer(KeyPolicy::Required, &Fixed(Err(AgreementError::Failed)));
    let error = not_accepted(&failed);
    assert_eq!(error, AcceptError::KeyAgreementFailed);
    assert_eq!(error.disposition(), Disposition::CloseForRetry);
    assert_eq!(failed.reply, b"", "closed without a word: SDKs retry");
}

#[derive(Debug)]
struct Counted(AtomicUsize);

impl KeyAgreement for Counted {
    fn agree(&self, _: &[u8; 32], agreed: &mut Agreed) -> Result<(), AgreementError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        agreed.secret = [7; 32];
        Ok(())
    }
}

#[test]
fn a_client_whose_token_is_wrong_costs_no_agreement() {
    static COUNTED: Counted = Counted(AtomicUsize::new(0));
    let mut connect = Connect::new(4, "alice", DeviceFlag::App, "wrong");
    connect.client_key = CLIENT_KEY;
    let request = Acceptor::new().push(&encoded(&connect)).unwrap().unwrap();
    let handshake = request.handshake().unwrap();
    let credentials = Credentials::new("alice", DeviceFlag::App, "wrong");
    let verdict = verify(&MemoryStore::new(), &credentials, NOW);
    let options = AcceptOptions::new(KeyPolicy::Required).with_key_agreement(&COUNTED);
    assert!(handshake.answer(verdict, &options).outcome.is_err());
    assert_eq!(COUNTED.0.load(Ordering::SeqCst), 0);
    assert!(answer(KeyPolicy::Never, &COUNTED).outcome.is_ok());
    assert_eq!(COUNTED.0.load(Ordering::SeqCst), 0);
    assert!(answer(KeyPolicy::Required, &COUNTED).outcome.is_ok());
    assert_eq!(COUNTED.0.load(Ordering::SeqCst), 1);
}

#[test]
fn options_name_their_implementation() {
    let ring = AcceptOptions::new(KeyPolicy::Required);
    assert!(format!("{ring:?}").contains("key_agreement: Ring"));
    let fixed = ring.with_key_agreement(&Fixed(Err(AgreementError::Failed)));
    assert!(format!("{fixed:?}").contains("key_agreement: Fixed"));
}
