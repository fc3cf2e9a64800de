//! The proxies that are trusted to state a client's address.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// Networks, separated by commas: `10.0.0.0/8,192.0.2.7,fd00::/8`. A single address is a network of
/// one.
///
/// ```
/// use wukongim_serving::trusted_networks::TrustedNetworks;
///
/// let networks: TrustedNetworks = "10.0.0.0/8,::1".parse().unwrap();
/// assert!(networks.contains("10.1.2.3".parse().unwrap()));
/// assert!(networks.contains("::ffff:10.1.2.3".parse().unwrap()));
/// assert!(!networks.contains("192.0.2.1".parse().unwrap()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrustedNetworks(Vec<IpNet>);

impl TrustedNetworks {
    /// Whether the address is in one of them. An IPv4 address that a dual-stack socket shows as IPv6
    /// is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The part of the text that is not a network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither an address nor a network such as 10.0.0.0/8 / 既不是地址，也不是 10.0.0.0/8 这样的网络"
)]
pub struct NotANetwork(String);

impl FromStr for TrustedNetworks {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let networks = text.split(',').map(|network| {
            let network = network.trim();
            let one = || network.parse::<IpAddr>().map(IpNet::from);
            network
                .parse()
                .or_else(|_| one())
                .map_err(|_| NotANetwork(network.to_owned()))
        });
        networks.collect::<Result<_, _>>().map(TrustedNetworks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_network_is_named() {
        for (text, wrong) in [
            ("", ""),
            ("10.0.0.0/33", "10.0.0.0/33"),
            ("::1, host", "host"),
        ] {
            let error = text.parse::<TrustedNetworks>().unwrap_err();
            assert_eq!(error, NotANetwork(wrong.to_owned()));
        }
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let nobody = TrustedNetworks::default();
        assert!(!nobody.contains("127.0.0.1".parse().unwrap()));
    }
}
