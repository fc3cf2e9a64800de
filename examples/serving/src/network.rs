//! Which addresses count as one client.

use std::net::{IpAddr, Ipv6Addr};

/// The address that stands for all addresses of its owner: an IPv6 client usually has a network of
/// 64 bits. An IPv4 address that a dual-stack socket shows as IPv6 is treated as the IPv4 address.
///
/// ```
/// use wukongim_serving::network;
///
/// let of = |text: &str| network::of(text.parse().unwrap()).to_string();
/// assert_eq!(of("2001:db8::1:2:3:4"), "2001:db8::");
/// assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
/// ```
pub fn of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
        address => address,
    }
}
