//! Where a host keeps tokens: adapters to copy, each held to `wukongim_auth::testkit` by the tests
//! beside it. A module is one adapter, and a feature.

#[cfg(feature = "redb")]
pub mod redb;
#[cfg(feature = "redis")]
pub mod redis;
