//! The limits of the HTTP port and of the requests through it, as `docs/guard.md` states them. Its
//! tests take them from here.

/// The longest page of devices that is read from upstream.
pub const MAX_PAGE: usize = 8 << 20;

/// The longest body of a request that the guard learns from.
pub const MAX_BODY: usize = 64 << 10;

/// The longest head of a request.
pub const MAX_HEAD: usize = 32 << 10;
