//! The X25519 that makes session keys: a server may bring its own.

use core::fmt;
use core::panic::RefUnwindSafe;

use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use crate::handshake::accept_error::AcceptError;

/// Bytes of an X25519 key, and of the shared secret.
pub(crate) const KEY_LEN: usize = 32;

/// An implementation of X25519 for session keys. The default is ring's;
/// [`AcceptOptions::with_key_agreement`](crate::AcceptOptions::with_key_agreement) sets another one,
/// for example a faster one.
///
/// An implementation must
/// - make a new key pair from secure random numbers for each call: whoever learns the private key of
///   a kept pair can read every session that used it;
/// - compute X25519 (RFC 7748) in constant time;
/// - wipe its private key and every copy of the shared secret, as far as it can.
///
/// A shared secret that is all zero is refused, whatever the implementation returns. It is called
/// after the token was verified, and blocks the thread that answers. It should not panic.
///
/// ```
/// use wukongim_auth::session::{Agreed, AgreementError, KeyAgreement};
/// use wukongim_auth::{AcceptOptions, KeyPolicy};
/// # mod fast {
/// #     pub struct Private;
/// #     pub fn key_pair() -> Option<(Private, [u8; 32])> { None }
/// #     impl Private { pub fn agree(self, _: &[u8; 32]) -> Option<[u8; 32]> { None } }
/// # }
///
/// #[derive(Debug)]
/// struct Fast;
///
/// impl KeyAgreement for Fast {
///     fn agree(&self, client_key: &[u8; 32], agreed: &mut Agreed) -> Result<(), AgreementError> {
///         let (private, public) = fast::key_pair().ok_or(AgreementError::Failed)?;
///         let secret = private.agree(client_key).ok_or(AgreementError::ClientKeyInvalid)?;
///         agreed.server_key = public;
///         agreed.secret = secret;
///         Ok(())
///     }
/// }
///
/// const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required).with_key_agreement(&Fast);
/// ```
pub trait KeyAgreement: fmt::Debug + Send + Sync + RefUnwindSafe {
    /// Makes a key pair and agrees with the client on a secret. `agreed` is all zero before.
    ///
    /// # Errors
    /// [`AgreementError`] saying whose fault it is. What is in `agreed` is then ignored.
    fn agree(&self, client_key: &[u8; KEY_LEN], agreed: &mut Agreed) -> Result<(), AgreementError>;
}

/// What a [`KeyAgreement`] fills in. Wiped when dropped; its `Debug` shows nothing.
///
/// It is filled in place, not returned: a value that is moved would leave a copy behind that nobody
/// wipes.
///
/// ```
/// use wukongim_auth::session::Agreed;
///
/// let mut agreed = Agreed::default();
/// agreed.secret[0] = 7;
/// assert_eq!(format!("{agreed:?}"), "Agreed(redacted)");
/// ```
#[derive(Default, ZeroizeOnDrop)]
#[non_exhaustive]
pub struct Agreed {
    /// The server's public key, which the client is sent.
    pub server_key: [u8; KEY_LEN],
    /// The shared secret, as X25519 gives it.
    pub secret: [u8; KEY_LEN],
}

impl fmt::Debug for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agreed(redacted)")
    }
}

/// Why a [`KeyAgreement`] gave no secret.
///
/// ```
/// use wukongim_auth::session::{AcceptError, AgreementError};
///
/// let error = AcceptError::from(AgreementError::Failed);
/// assert_eq!(error.label(), "key_agreement_failed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgreementError {
    /// The client's key is unusable, for example a low-order point: the client is rejected.
    #[error("the client's key is not a usable X25519 key")]
    ClientKeyInvalid,
    /// The implementation failed, for example for want of random numbers: the connection is closed
    /// without a reply, after which SDKs retry.
    #[error("the key agreement failed")]
    Failed,
}

impl From<AgreementError> for AcceptError {
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::ClientKeyInvalid => AcceptError::ClientKeyInvalid,
            AgreementError::Failed => AcceptError::KeyAgreementFailed,
        }
    }
}

/// Agrees on a secret with the owner of `client_key`, and refuses one that everybody knows.
pub(crate) fn agree(
    agreement: &dyn KeyAgreement,
    client_key: &[u8; KEY_LEN],
    agreed: &mut Agreed,
) -> Result<(), AgreementError> {
    agreement.agree(client_key, agreed)?;
    // A low-order point makes it so (RFC 7748, 6.1). Not every implementation looks, and one that
    // filled nothing in is caught as well.
    match agreed.secret.ct_eq(&[0; KEY_LEN]).into() {
        true => Err(AgreementError::ClientKeyInvalid),
        false => Ok(()),
    }
}

/// The default.
#[derive(Debug)]
pub(crate) struct Ring;

impl KeyAgreement for Ring {
    fn agree(&self, client_key: &[u8; KEY_LEN], agreed: &mut Agreed) -> Result<(), AgreementError> {
        let private = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())
            .map_err(|_| AgreementError::Failed)?;
        let public = private
            .compute_public_key()
            .map_err(|_| AgreementError::Failed)?;
        copy(public.as_ref(), &mut agreed.server_key).ok_or(AgreementError::Failed)?;
        let client_key = UnparsedPublicKey::new(&X25519, client_key);
        agree_ephemeral(private, &client_key, |secret| {
            copy(secret, &mut agreed.secret)
        })
        .ok()
        .flatten()
        .ok_or(AgreementError::ClientKeyInvalid)
    }
}

fn copy(from: &[u8], to: &mut [u8; KEY_LEN]) -> Option<()> {
    let from = <&[u8; KEY_LEN]>::try_from(from).ok()?;
    to.copy_from_slice(from);
    Some(())
}
