//! Version 1: `PROXY TCP4 192.0.2.1 198.51.100.2 4711 5100\r\n`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::{Addresses, Decoded, Header, ProxyProtocolError, incomplete};

pub const SIGNATURE: &[u8] = b"PROXY ";

/// Including the line end.
const MAX_LINE: usize = 107;

/// `PROXY UNKNOWN\r\n`: up to this length, no byte after the header is read.
const SHORTEST: usize = 15;

pub fn decode(bytes: &[u8]) -> Result<Decoded, ProxyProtocolError> {
    let line = &bytes[..bytes.len().min(MAX_LINE)];
    let Some(end) = line.windows(2).position(|two| two == b"\r\n") else {
        return match MAX_LINE - line.len() {
            0 => Err(ProxyProtocolError::UnendedLine),
            // The length is known only at the end of the line, so the rest is read byte by byte.
            _ => Ok(incomplete(SHORTEST.saturating_sub(line.len()).max(1))),
        };
    };
    let fields = line.get(SIGNATURE.len()..end);
    let fields = fields.and_then(|fields| std::str::from_utf8(fields).ok());
    let addresses = addresses(fields.ok_or(ProxyProtocolError::Fields)?)?;
    Ok(Decoded::Complete {
        header: Header { addresses },
        len: end + 2,
    })
}

/// One space between two fields, as specified.
fn addresses(fields: &str) -> Result<Option<Addresses>, ProxyProtocolError> {
    let (protocol, fields) = fields.split_once(' ').unwrap_or((fields, ""));
    match protocol {
        // The specification requires what follows to be ignored.
        "UNKNOWN" => Ok(None),
        "TCP4" => pair::<Ipv4Addr>(fields).map(Some),
        "TCP6" => pair::<Ipv6Addr>(fields).map(Some),
        _ => Err(ProxyProtocolError::Protocol),
    }
}

fn pair<A: FromStr + Into<IpAddr>>(fields: &str) -> Result<Addresses, ProxyProtocolError> {
    let fields: Vec<&str> = fields.split(' ').collect();
    let [source, destination, source_port, destination_port] = fields[..] else {
        return Err(ProxyProtocolError::Fields);
    };
    let address = |text: &str, whose| match text.parse::<A>() {
        Ok(address) => Ok(address.into()),
        Err(_) => Err(ProxyProtocolError::Address(whose)),
    };
    let (source_ip, destination_ip) = (
        address(source, "source")?,
        address(destination, "destination")?,
    );
    Ok(Addresses {
        source: SocketAddr::new(source_ip, port(source_port, "source")?),
        destination: SocketAddr::new(destination_ip, port(destination_port, "destination")?),
    })
}

/// Decimal digits, without a sign or leading zeros.
fn port(text: &str, whose: &'static str) -> Result<u16, ProxyProtocolError> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    match text.parse() {
        Ok(port) if is_plain => Ok(port),
        _ => Err(ProxyProtocolError::Port(whose)),
    }
}
