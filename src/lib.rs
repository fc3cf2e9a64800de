//! Guide to come.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a unit test that panics is a unit test that fails"
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod cause;
mod check;
mod compare;
mod credentials;
mod deform;
mod device;
mod device_set;
mod diagnose;
mod digest;
mod disposition;
mod error;
mod facts;
mod fix;
pub mod frame;
mod hex;
#[cfg(feature = "memory")]
mod memory;
mod padded;
mod parameters;
mod provision;
mod reason;
mod record;
mod redact;
mod store;
mod stored;
mod time;
mod token;
mod uid;
mod verified;
mod verify;

pub use cause::{Candidate, Cause, Deformation};
pub use compare::{Secret, SecretForm, compare};
pub use credentials::Credentials;
pub use device::{DeviceFlag, DeviceLevel, UnknownDeviceLevel};
pub use device_set::DeviceFlags;
pub use digest::TokenDigest;
pub use disposition::Disposition;
pub use error::{Revealed, VerifyError};
pub use facts::{PeerFacts, Transport};
pub use fix::{Fix, Language};
#[cfg(feature = "memory")]
pub use memory::MemoryStore;
pub use parameters::{ParameterProblem, parameter_problems};
pub use provision::{DeviceQuitRequest, IssueTokenRequest, Issued, ProvisionError};
pub use reason::ReasonCode;
pub use record::{RotateError, TokenRecord};
pub use store::{AsyncTokenStore, Blocking, BoxError, OtherRecords, TokenStore};
pub use stored::{StoredRecord, StoredRecordError};
pub use time::Timestamp;
pub use token::{PresentedToken, RandomFailed, Token};
pub use verified::{Verified, VerifiedBy};
pub use verify::{Verifier, check, verify, verify_async};
