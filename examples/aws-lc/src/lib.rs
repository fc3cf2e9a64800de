//! Session keys by aws-lc-rs, which takes about half of ring's processor time for them. It builds
//! AWS-LC from its C and assembly sources, with nothing but a C compiler on common platforms.

// recipe: aws-lc
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use wukongim_auth::session::{Agreed, AgreementError, KeyAgreement};

/// `AcceptOptions::new(KeyPolicy::Required).with_key_agreement(&AwsLc)`
#[derive(Debug)]
pub struct AwsLc;

impl KeyAgreement for AwsLc {
    fn agree(&self, client_key: &[u8; 32], agreed: &mut Agreed) -> Result<(), AgreementError> {
        // A new key pair for every session. AWS-LC wipes it when it is freed.
        let private = PrivateKey::generate(&X25519).map_err(|_| AgreementError::Failed)?;
        let public = private.compute_public_key();
        let public = public.map_err(|_| AgreementError::Failed)?;
        agreed.server_key = array(public.as_ref())?;

        let client_key = UnparsedPublicKey::new(&X25519, client_key);
        // Into its place, which the library wipes.
        agree(
            &private,
            client_key,
            AgreementError::ClientKeyInvalid,
            |secret| {
                agreed.secret = array(secret)?;
                Ok(())
            },
        )
    }
}

fn array(bytes: &[u8]) -> Result<[u8; 32], AgreementError> {
    bytes.try_into().map_err(|_| AgreementError::Failed)
}
// recipe ends
