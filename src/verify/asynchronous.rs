//! The whole check for stores with asynchronous lookups.

use crate::credentials::Credentials;
use crate::refusal::{Cause, VerifyError};
use crate::store::AsyncTokenStore;
use crate::time::Timestamp;
use crate::verify::trace;
use crate::verify::verified::Verified;
use crate::verify::verifier::Verifier;

/// [`Verifier::verify_async`] with the default policy.
///
/// ```
/// use wukongim_auth::{Ready, Credentials, DeviceFlag, MemoryStore, Timestamp, verify_async};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = Ready(MemoryStore::new());
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let error = verify_async(&store, &credentials, Timestamp::now()).await.unwrap_err();
/// assert_eq!(error.label(), "not_issued");
/// # });
/// ```
///
/// # Errors
/// See [`Verifier::verify`].
pub async fn verify_async<S: AsyncTokenStore>(
    store: &S,
    credentials: &Credentials<'_>,
    now: Timestamp,
) -> Result<Verified, VerifyError> {
    Verifier::new().verify_async(store, credentials, now).await
}

impl Verifier {
    /// [`verify`](Self::verify) with an [`AsyncTokenStore`]. Dropping the future leaves nothing
    /// behind.
    ///
    /// ```
    /// # use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Ready, Timestamp, Token};
    /// # use wukongim_auth::{TokenRecord, Verifier};
    /// # let store = MemoryStore::new();
    /// # let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// # store.insert("alice", DeviceFlag::Web, record);
    /// # let store = Ready(store);
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let verifier = Verifier::new();
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// match verifier.verify_async(&store, &credentials, Timestamp::now()).await {
    ///     Ok(verified) => println!("{} is in", verified.uid()),
    ///     Err(error) => eprintln!("{error:#}"), // cause and fix
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    /// Same as [`verify`](Self::verify).
    pub async fn verify_async<S: AsyncTokenStore>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let mut verdict = self.look_up_async(store, credentials, now).await;
        if let Err(error) = &mut verdict {
            self.fetch_others_async(store, error).await;
            trace::failure(error);
        }
        verdict
    }

    /// [`verdict`](Self::verdict) with an [`AsyncTokenStore`].
    ///
    /// ```
    /// # use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Ready, Timestamp, Token};
    /// # use wukongim_auth::{TokenRecord, Verifier};
    /// # let store = MemoryStore::new();
    /// # let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// # store.insert("alice", DeviceFlag::Web, record);
    /// # let store = Ready(store);
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let verifier = Verifier::new();
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cres");
    /// let verdict = verifier.verdict_async(&store, &credentials, Timestamp::now()).await;
    /// if let Err(error) = verdict {
    ///     // … answer the peer and close, then take the time to look for the cause:
    ///     let error = verifier.diagnose_async(&store, error).await;
    ///     assert_eq!(error.label(), "mismatch");
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    /// Same as [`verify`](Self::verify).
    pub async fn verdict_async<S: AsyncTokenStore>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let verdict = self.look_up_async(store, credentials, now).await;
        verdict.inspect_err(trace::failure)
    }

    /// [`diagnose`](Self::diagnose) with an [`AsyncTokenStore`].
    pub async fn diagnose_async<S: AsyncTokenStore>(
        &self,
        store: &S,
        mut error: VerifyError,
    ) -> VerifyError {
        if !error.stage().is_diagnosable() {
            return error;
        }
        self.fetch_others_async(store, &mut error).await;
        trace::diagnosis(&error);
        error
    }

    async fn look_up_async<S: AsyncTokenStore>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        self.precheck(credentials, now)?;
        match store.get(credentials.uid, credentials.device_flag).await {
            Ok(record) => self
                .judge(credentials, record.as_ref(), now)
                .and_then(|acceptance| self.accept(credentials, &acceptance, now)),
            Err(error) => Err(self.decided(credentials, Cause::Store(error.into()), now)),
        }
    }

    async fn fetch_others_async<S: AsyncTokenStore>(&self, store: &S, error: &mut VerifyError) {
        if error.stage().is_diagnosable() {
            let others = store.get_all(error.uid(), self.other_flags(error)).await;
            self.apply_diagnosis(error, others.map_err(Into::into));
        }
    }
}
