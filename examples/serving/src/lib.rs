//! What servers around `wukongim-auth` have in common, whatever they do with a client once it is
//! verified. Copy what you need.
//!
//! | Module | Holds |
//! |---|---|
//! | [`proxy_protocol`] | the header in which a load balancer says where a client comes from |
//! | [`trusted_networks`] | the addresses whose header is believed |

#![forbid(unsafe_code)]

pub mod proxy_protocol;
pub mod trusted_networks;
