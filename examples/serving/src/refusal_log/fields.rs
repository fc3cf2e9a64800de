//! The address and the cause of a refusal, read from its event.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use tracing::Event;
use tracing::field::{Field, Visit};

use crate::network;

/// Holds the address.
pub const PEER: &str = "peer";

/// Holds a word of a bounded set.
pub const LABEL: &str = "label";

#[derive(Default)]
pub struct Fields {
    pub network: Option<IpAddr>,
    pub label: String,
}

impl Fields {
    pub fn of(event: &Event<'_>) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        fields
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            PEER => self.network = network_of(value),
            LABEL => self.label = value.to_owned(),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // The others are not worth being formatted twice.
        if matches!(field.name(), PEER | LABEL) {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

/// With or without a port.
fn network_of(peer: &str) -> Option<IpAddr> {
    let with_port = peer.parse::<SocketAddr>().map(|peer| peer.ip());
    let address = with_port.or_else(|_| peer.parse());
    address.ok().map(network::of)
}
