//! How much is accepted from a peer.

/// The longest body that upstream itself accepts.
const MAX_BODY: usize = 1 << 20;

/// The longest body accepted by default from a peer that has not authenticated yet.
const DEFAULT_MAX_BODY: usize = 8 * 1024;

/// What is accepted from a peer before it has authenticated.
///
/// ```
/// use wukongim_auth::frame::Limits;
///
/// assert_eq!(Limits::default().max_body(), 8 * 1024);
/// assert!(Limits::default().with_max_body(1 << 20).is_ok());
/// assert!(Limits::default().with_max_body((1 << 20) + 1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    max_body: usize,
}

impl Limits {
    /// As much as upstream accepts: bodies of 1 MiB.
    pub const UPSTREAM: Limits = Limits { max_body: MAX_BODY };

    /// Accepts bodies of up to `bytes`.
    ///
    /// # Errors
    /// [`LimitsError`] above 1 MiB, which upstream does not accept either.
    pub const fn with_max_body(self, bytes: usize) -> Result<Self, LimitsError> {
        if bytes > MAX_BODY {
            Err(LimitsError(bytes))
        } else {
            Ok(Limits { max_body: bytes })
        }
    }

    /// The longest body accepted, in bytes.
    #[must_use]
    pub const fn max_body(self) -> usize {
        self.max_body
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_body: DEFAULT_MAX_BODY,
        }
    }
}

/// A limit above what the protocol allows: a mistake in the host's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a maximum body of {0} bytes is above the protocol's 1048576")]
pub struct LimitsError(pub usize);
