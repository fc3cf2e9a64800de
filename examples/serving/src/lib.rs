//! What servers around `wukongim-auth` have in common, whatever they do with a client once it is
//! verified. Copy what you need.
//!
//! | Module | Holds |
//! |---|---|
//! | [`listener`] | sockets that accept many at once, and go on after a fault |
//! | [`arrival`] | a new connection: its place, its deadline, and where it comes from |
//! | [`admission`] | how many may wait without having said who they are, shared among addresses |
//! | [`preauth_limit`] | how much such a connection may send over WebSocket |
//! | [`linger`] | closing so that what was written arrives |
//! | [`subprotocol`] | which WebSocket subprotocol a client is told |
//! | [`plain_http`] | answers to what is no WebSocket |
//! | [`cross_site`] | requests that a web page makes through a visitor's browser |
//! | [`shutdown`] | when to stop |
//! | [`proxy_protocol`] | the header in which a load balancer says where a client comes from |
//! | [`log`] | the log's options, and how its lines are written |
//! | [`refusal_log`] | refusals in the log: some in full, all of them counted |
//! | [`refusal_kind`] | words for what is refused before there is anything to verify |
//! | [`metrics`] | what can be counted, as Prometheus reads it |
//! | [`health_probe`] | asks a server whether it is well, for a container's health check |
//! | [`network`] | which addresses are one client's |
//! | [`trusted_networks`] | the addresses whose header is believed |
//! | [`sessions`] | who is connected, and who has to go when another comes |
//! | [`expiry`], [`cluster`] | ending sessions whose token ended, here or through another server |
//! | [`store`], [`deadline`] | where tokens are kept, and how long that may take |
//!
//! The last three are there with the feature `sessions`.

#![forbid(unsafe_code)]

pub mod admission;
#[cfg(feature = "metrics")]
pub mod arrival;
#[cfg(feature = "sessions")]
pub mod cluster;
pub mod cross_site;
#[cfg(feature = "sessions")]
pub mod deadline;
#[cfg(test)]
mod docs;
#[cfg(feature = "sessions")]
pub mod expiry;
pub mod health_probe;
pub mod linger;
pub mod listener;
#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "log")]
mod log_fields;
#[cfg(feature = "metrics")]
pub mod metrics;
pub mod network;
pub mod plain_http;
pub mod preauth_limit;
pub mod proxy_protocol;
pub mod refusal_kind;
#[cfg(feature = "log")]
pub mod refusal_log;
#[cfg(feature = "sessions")]
pub mod sessions;
pub mod shutdown;
#[cfg(feature = "sessions")]
pub mod store;
pub mod subprotocol;
pub mod trusted_networks;
