//! Limits on input from a peer.

/// The longest body that upstream accepts.
const MAX_BODY: usize = 1 << 20;

/// The default for the longest body of a peer that has not authenticated yet.
const DEFAULT_MAX_BODY: usize = 8 * 1024;

/// How much is accepted from a peer before it has authenticated.
///
/// ```
/// use wukongim_auth::frame::Limits;
///
/// assert_eq!(Limits::default().max_body(), 8 * 1024);
/// assert_eq!(Limits::default().with_max_body(64 * 1024).max_body(), 64 * 1024);
/// assert_eq!(Limits::default().with_max_body(usize::MAX), Limits::UPSTREAM);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    max_body: usize,
}

impl Limits {
    /// The limits that upstream uses: bodies of up to 1 MiB.
    pub const UPSTREAM: Limits = Limits { max_body: MAX_BODY };

    /// Accepts bodies of up to `bytes`. Values above 1 MiB count as 1 MiB, because upstream accepts
    /// no more either.
    #[must_use]
    pub const fn with_max_body(mut self, bytes: usize) -> Self {
        self.max_body = if bytes < MAX_BODY { bytes } else { MAX_BODY };
        self
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
