//! Token stores for a server: adapters to copy, each tested with `wukongim_auth::testkit`. Each module is
//! one adapter, with a feature of the same name.

#[cfg(feature = "redb")]
pub mod redb;
#[cfg(feature = "redis")]
pub mod redis;
