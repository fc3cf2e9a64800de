//! Traits that these types must not have: secrets must not be compared by `==` or serialised by
//! accident, and proofs must not be copied.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use wukongim_auth::compare::{PresentedToken, Secret, TokenDigest};
use wukongim_auth::diagnosis::Revealed;
use wukongim_auth::frame::{Connect, Frame, Packet};
use wukongim_auth::provision::{IssueTokenRequest, RandomError, Registration, StoredRecord};
use wukongim_auth::session::{AcceptError, Agreed, SessionKeys};
use wukongim_auth::{
    Credentials, HandshakeError, MemoryStore, Token, TokenRecord, Verified, Verifier, VerifyError,
};

/// Evaluates whether a type has a trait: an inherent function that exists only with the trait takes
/// precedence over that of a trait which every type has.
macro_rules! has {
    ($type:ty: $($bound:tt)+) => {{
        struct Probe<T>(PhantomData<T>);
        #[allow(dead_code, reason = "not asked where the trait is there")]
        trait Otherwise {
            fn has() -> bool {
                false
            }
        }
        impl<T> Otherwise for Probe<T> {}
        #[allow(dead_code, reason = "absent is what most types are asked to be")]
        impl<T: $($bound)+> Probe<T> {
            fn has() -> bool {
                true
            }
        }
        <Probe<$type>>::has()
    }};
}

macro_rules! assert_absent {
    ($($type:ty: $($bound:path),+;)+) => {$($(
        assert!(
            !has!($type: $bound),
            "{} has {}", stringify!($type), stringify!($bound),
        );
    )+)+};
}

#[test]
fn the_probe_sees_traits_that_are_there_and_those_that_are_not() {
    assert!(has!(String: PartialEq));
    assert!(has!(String: Clone));
    assert!(has!(Token: Clone));
    assert!(has!(StoredRecord: serde::Serialize));
    assert!(has!(VerifyError: serde::Serialize));
    assert!(has!(VerifyError: Send + Sync + std::error::Error + 'static));
    assert!(!has!(std::rc::Rc<u8>: Send));
    assert!(!has!(f32: Eq));
}

#[test]
fn secrets_cannot_be_compared() {
    assert_absent! {
        Token: PartialEq, Eq, PartialEq<str>, PartialEq<&'static str>, PartialEq<String>, PartialOrd, Ord, std::hash::Hash;
        TokenDigest: PartialEq, Eq, PartialEq<[u8; 32]>, PartialOrd, Ord, std::hash::Hash;
        Secret: PartialEq, Eq, PartialOrd, Ord, std::hash::Hash;
        PresentedToken<'static>: PartialEq, Eq, PartialEq<str>, PartialEq<Token>, PartialOrd, Ord, std::hash::Hash;
        TokenRecord: PartialEq, Eq, std::hash::Hash;
        StoredRecord: PartialEq, Eq, std::hash::Hash;
        Credentials<'static>: PartialEq, Eq, std::hash::Hash;
        Connect<'static>: PartialEq, Eq, std::hash::Hash;
        Frame<'static>: PartialEq, Eq;
        Packet<'static>: PartialEq, Eq;
        IssueTokenRequest: PartialEq, Eq;
        VerifyError: PartialEq, Eq;
        Verifier: PartialEq, Eq;
        Agreed: PartialEq, Eq, Clone, std::hash::Hash;
        SessionKeys: PartialEq, Eq, Clone, std::hash::Hash;
    }
}

/// Only `StoredRecord` and `Revealed` can be serialised.
#[test]
fn secrets_cannot_be_serialised() {
    assert_absent! {
        Token: serde::Serialize, serde::de::DeserializeOwned;
        TokenDigest: serde::Serialize;
        Secret: serde::Serialize;
        PresentedToken<'static>: serde::Serialize;
        TokenRecord: serde::Serialize, serde::de::DeserializeOwned;
        Credentials<'static>: serde::Serialize;
        Connect<'static>: serde::Serialize;
        IssueTokenRequest: serde::Serialize;
        Registration: serde::Serialize;
        Verifier: serde::Serialize;
        Agreed: serde::Serialize, Display;
        SessionKeys: serde::Serialize, Display;
        MemoryStore: serde::Serialize;
    }
}

/// They do not convert to a string, or lend one, either.
#[test]
fn secrets_are_reached_by_expose_secret_alone() {
    assert_absent! {
        Token: AsRef<str>, AsRef<[u8]>, Into<String>, std::ops::Deref, std::borrow::Borrow<str>;
        TokenDigest: AsRef<[u8]>, Into<[u8; 32]>, std::ops::Deref;
        Secret: AsRef<str>, AsRef<[u8]>, std::ops::Deref;
        PresentedToken<'static>: AsRef<str>, AsRef<[u8]>, Into<&'static str>, Into<String>, std::ops::Deref;
        StoredRecord: Display;
    }
}

#[test]
fn a_verified_can_be_neither_copied_nor_made() {
    assert_absent! {
        Verified: Clone, Copy, Default, serde::Serialize, serde::de::DeserializeOwned;
        Verified: From<Credentials<'static>>, From<TokenRecord>, From<String>, From<&'static str>;
    }
    assert!(has!(Verified: Debug + Send + Sync + 'static));
}

/// ring is not in the API, not even through a conversion of its error.
#[test]
fn errors_of_ring_stay_inside() {
    assert_absent! {
        RandomError: From<ring::error::Unspecified>;
        AcceptError: From<ring::error::Unspecified>;
        HandshakeError: From<ring::error::Unspecified>;
    }
}

/// An error of one client must not be copied and passed on as another's.
#[test]
fn errors_cannot_be_cloned() {
    assert_absent! {
        VerifyError: Clone, Default;
        Revealed<'static>: Clone, std::error::Error;
    }
}
