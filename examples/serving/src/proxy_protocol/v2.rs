//! Version 2, binary: signature, version and command, family and transport, a length, addresses,
//! extensions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Addresses, Decoded, Header, MAX_LEN, ProxyProtocolError, incomplete};

pub const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The signature, two bytes, and the length of the rest.
const FIXED: usize = 16;

/// The most that may follow.
const MAX_BODY: usize = MAX_LEN - FIXED;

const VERSION: u8 = 2;
const LOCAL: u8 = 0;
const PROXY: u8 = 1;

/// Family in the upper half, transport in the lower one.
const UNSPECIFIED: u8 = 0x00;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;
const UNIX_STREAM: u8 = 0x31;

pub fn decode(bytes: &[u8]) -> Result<Decoded, ProxyProtocolError> {
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
        // The shortest header of version 1 is one byte shorter, but it begins differently.
        return match bytes.is_empty() {
            // The bytes that both versions have at least.
            true => Ok(incomplete(SIGNATURE.len())),
            false => Ok(incomplete(FIXED - bytes.len())),
        };
    };
    let [.., version_and_command, family, high, low] = *fixed;
    let command = command(version_and_command)?;
    let len = u16::from_be_bytes([high, low]);
    let needed = addresses_len(command, family)?;
    if len < needed {
        return Err(ProxyProtocolError::TooShort { found: len, needed });
    }
    if usize::from(len) > MAX_BODY {
        return Err(ProxyProtocolError::TooLong(len));
    }
    let Some(body) = rest.get(..usize::from(len)) else {
        return Ok(incomplete(usize::from(len) - rest.len()));
    };
    let (addresses, extensions) = body.split_at(usize::from(needed));
    // A health check states no addresses; anything else in its header is skipped.
    if command == PROXY {
        check_extensions(extensions)?;
    }
    Ok(Decoded::Complete {
        header: Header {
            addresses: read_addresses(command, family, addresses),
        },
        len: FIXED + body.len(),
    })
}

fn command(version_and_command: u8) -> Result<u8, ProxyProtocolError> {
    match (version_and_command >> 4, version_and_command & 0xf) {
        (VERSION, command @ (LOCAL | PROXY)) => Ok(command),
        (VERSION, command) => Err(ProxyProtocolError::Command(command)),
        (version, _) => Err(ProxyProtocolError::Version(version)),
    }
}

fn addresses_len(command: u8, family: u8) -> Result<u16, ProxyProtocolError> {
    match (command, family) {
        (LOCAL, _) | (_, UNSPECIFIED) => Ok(0),
        (_, TCP_OVER_IPV4) => Ok(12),
        (_, TCP_OVER_IPV6) => Ok(36),
        (_, UNIX_STREAM) => Ok(216),
        (_, family) => Err(ProxyProtocolError::Family(family)),
    }
}

/// Source, destination, and their ports. The address of a UNIX socket has no meaning here.
fn read_addresses(command: u8, family: u8, bytes: &[u8]) -> Option<Addresses> {
    match (command, family) {
        (PROXY, TCP_OVER_IPV4) => {
            let (source, rest) = bytes.split_first_chunk::<4>()?;
            let (destination, ports) = rest.split_first_chunk::<4>()?;
            addresses(Ipv4Addr::from(*source), Ipv4Addr::from(*destination), ports)
        }
        (PROXY, TCP_OVER_IPV6) => {
            let (source, rest) = bytes.split_first_chunk::<16>()?;
            let (destination, ports) = rest.split_first_chunk::<16>()?;
            addresses(Ipv6Addr::from(*source), Ipv6Addr::from(*destination), ports)
        }
        _ => None,
    }
}

fn addresses<A: Into<IpAddr>>(source: A, destination: A, ports: &[u8]) -> Option<Addresses> {
    let [a, b, c, d] = *ports else { return None };
    Some(Addresses {
        source: SocketAddr::new(source.into(), u16::from_be_bytes([a, b])),
        destination: SocketAddr::new(destination.into(), u16::from_be_bytes([c, d])),
    })
}

/// Type, length, value; their meaning is not needed here.
fn check_extensions(mut rest: &[u8]) -> Result<(), ProxyProtocolError> {
    while let Some(([_, high, low], after)) = rest.split_first_chunk() {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        rest = after.get(len..).ok_or(ProxyProtocolError::Extensions)?;
    }
    match rest.is_empty() {
        true => Ok(()),
        false => Err(ProxyProtocolError::Extensions),
    }
}

pub fn encode(addresses: Option<Addresses>) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    let Some(Addresses {
        source,
        destination,
    }) = addresses
    else {
        bytes.extend([VERSION << 4 | LOCAL, UNSPECIFIED, 0, 0]);
        return bytes;
    };
    bytes.push(VERSION << 4 | PROXY);
    match (source.ip(), destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            bytes.extend([TCP_OVER_IPV4, 0, 12]);
            bytes.extend(source.octets());
            bytes.extend(destination.octets());
        }
        // A header cannot hold one of each; IPv6 can express both.
        (source, destination) => {
            bytes.extend([TCP_OVER_IPV6, 0, 36]);
            bytes.extend(as_ipv6(source).octets());
            bytes.extend(as_ipv6(destination).octets());
        }
    }
    bytes.extend(source.port().to_be_bytes());
    bytes.extend(destination.port().to_be_bytes());
    bytes
}

fn as_ipv6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}
