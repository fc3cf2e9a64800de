//! The parts that servers around `wukongim-auth` share, regardless of what they do with a verified
//! client. Copy what you need.
//!
//! | Module | Holds |
//! |---|---|
//! | [`listener`] | accepts many connections at once, and continues after errors |
//! | [`arrival`] | a new connection: its slot, its deadline, and its address |
//! | [`admission`] | limits unauthenticated connections, with slots shared among addresses |
//! | [`preauth_limit`] | limits what an unauthenticated connection may send over WebSocket |
//! | [`linger`] | closes a connection so that what was written arrives |
//! | [`subprotocol`] | selects the WebSocket subprotocol for a client |
//! | [`plain_http`] | answers HTTP requests that are no WebSocket upgrade |
//! | [`cross_site`] | rejects requests that a web page makes through a visitor's browser |
//! | [`shutdown`] | waits for the signal to stop, and tells connections of it |
//! | [`manager_port`] | names and counts what is refused on the port of the business server |
//! | [`proxy_protocol`] | reads the header in which a load balancer sends the client's address |
//! | [`log`] | the log's options, and how its lines are written |
//! | [`peer_text`] | escapes and cuts what a client says of itself, for the log |
//! | [`refusal_log`] | logs some refusals in full, and counts all of them |
//! | [`refusal_kind`] | labels for connections that are refused before a client can be verified |
//! | [`metrics`] | metrics for Prometheus |
//! | [`health_probe`] | checks whether a server is healthy, for a container's health check |
//! | [`network`] | which addresses count as one client |
//! | [`trusted_networks`] | the addresses whose PROXY protocol header is trusted |
//! | [`command_line`] | reads the options, and their environment variables |
//! | [`sessions`] | who is connected, and which sessions a new one displaces |
//! | [`drain`] | ends everything in a bounded time when the server stops |
//! | [`expiry`], [`cluster`] | ends sessions whose token ended, here or through another server |
//! | [`option_values`] | values of options that several programs have |
//! | [`store`], [`deadline`] | where tokens are kept, and the deadline for lookups |
//! | [`rejection`] | a client that is rejected: one line with the cause and the fix, and a count |
//! | [`no_websocket`] | names the protocol of a connection to a WebSocket port that asks for none |
//!
//! The last seven rows need the feature `sessions`, [`rejection`] the feature `metrics` as well, and
//! `manager_port` the feature `manager-port`.

#![forbid(unsafe_code)]

pub mod admission;
#[cfg(feature = "metrics")]
pub mod arrival;
#[cfg(feature = "sessions")]
pub mod cluster;
#[cfg(feature = "log")]
pub mod command_line;
pub mod cross_site;
#[cfg(feature = "sessions")]
pub mod deadline;
#[cfg(test)]
mod docs;
#[cfg(feature = "sessions")]
pub mod drain;
#[cfg(feature = "sessions")]
pub mod expiry;
pub mod health_probe;
pub mod linger;
pub mod listener;
#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "log")]
mod log_fields;
#[cfg(feature = "manager-port")]
pub mod manager_port;
#[cfg(feature = "metrics")]
pub mod metrics;
pub mod network;
#[cfg(feature = "sessions")]
pub mod no_websocket;
#[cfg(feature = "sessions")]
pub mod option_values;
pub mod peer_text;
pub mod plain_http;
pub mod preauth_limit;
pub mod proxy_protocol;
pub mod refusal_kind;
#[cfg(feature = "log")]
pub mod refusal_log;
#[cfg(all(feature = "metrics", feature = "sessions"))]
pub mod rejection;
#[cfg(feature = "sessions")]
pub mod sessions;
pub mod shutdown;
#[cfg(feature = "sessions")]
pub mod store;
pub mod subprotocol;
pub mod trusted_networks;
