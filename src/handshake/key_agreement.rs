//! The X25519 key agreement for session keys. A server may bring its own.

use core::fmt;
use core::panic::RefUnwindSafe;

use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use crate::handshake::accept_error::AcceptError;

/// Bytes of an X25519 key, and of the shared secret.
pub(crate) const KEY_LEN: usize = 32;

/// An implementation of X25519 for session keys. The default is ring's.
/// [`AcceptOptions::with_key_agreement`](crate::AcceptOptions::with_key_agreement) sets another
/// one, for example a faster one.
///
/// An implementation must
/// - create a new key pair from secure random numbers for each call: anyone who learns the private
///   key of a reused pair can read every session that used it;
/// - compute X25519 (RFC 7748) in constant time;
/// - wipe its private key and every copy of the shared secret, as far as it can.
///
/// An all-zero shared secret is rejected, whatever the implementation returns. The implementation
/// is called after the token was verified, blocks the thread that answers, and should not panic.
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
    /// Creates a key pair and agrees on a secret with the client. `agreed` is all zero initially.
    ///
    /// # Errors
    /// [`AgreementError`], which says whose fault it is. The content of `agreed` is then ignored.
    fn agree(&self, client_key: &[u8; KEY_LEN], agreed: &mut Agreed) -> Result<(), AgreementError>;
}

/// The result that a [`KeyAgreement`] fills in. It is wiped when dropped, and its `Debug` shows
/// nothing.
///
/// It is filled in place instead of returned, because moving a value would leave a copy behind that
/// nobody wipes.
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
    /// The server's public key, which is sent to the client.
    pub server_key: [u8; KEY_LEN],
    /// The shared secret, exactly as computed by X25519.
    pub secret: [u8; KEY_LEN],
}

impl fmt::Debug for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agreed(redacted)")
    }
}

/// The reason why a [`KeyAgreement`] failed.
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
    /// The client's key is unusable, for example a low-order point. The client is rejected.
    #[error("the client's key is not a usable X25519 key")]
    ClientKeyInvalid,
    /// The implementation failed, for example because no random numbers were available. The
    /// connection is closed without a reply, and SDKs retry.
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

/// Agrees on a secret with the owner of `client_key`, and rejects an all-zero one, which everybody
/// knows.
pub(crate) fn agree(
    agreement: &dyn KeyAgreement,
    client_key: &[u8; KEY_LEN],
    agreed: &mut Agreed,
) -> Result<(), AgreementError> {
    agreement.agree(client_key, agreed)?;
    // A low-order point leads to an all-zero secret (RFC 7748, 6.1). Not every implementation
    // checks for it, and one that forgot to fill in the secret is caught as well.
    match agreed.secret.ct_eq(&[0; KEY_LEN]).into() {
        true => Err(AgreementError::ClientKeyInvalid),
        false => Ok(()),
    }
}

/// The default implementation, by ring.
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
