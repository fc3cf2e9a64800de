//! Errors of a header.

/// Why the bytes that a trusted proxy sent are not a header of the PROXY protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyProtocolError {
    /// The bytes begin differently: the proxy is not configured to send the header, or a client
    /// bypassed it.
    #[error("the connection does not begin with a PROXY protocol header")]
    NotAHeader,
    /// A line of version 1 without a line end.
    #[error("the header of version 1 has no line end within 107 bytes")]
    UnendedLine,
    /// A line of version 1 that is not ASCII, or has too many or too few fields.
    #[error("the header of version 1 is not `PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT`")]
    Fields,
    /// A protocol of version 1 other than TCP4, TCP6 and UNKNOWN.
    #[error("the header of version 1 has a protocol other than TCP4, TCP6 and UNKNOWN")]
    Protocol,
    /// A field that should be an address of the protocol's family, but is not.
    #[error("the header of version 1 has an invalid {0} address")]
    Address(&'static str),
    /// A field that should be a port, but is not.
    #[error("the header of version 1 has an invalid {0} port")]
    Port(&'static str),
    /// A version other than 2 after the signature of version 2.
    #[error("the binary header is of version {0}, not 2")]
    Version(u8),
    /// A command other than LOCAL and PROXY.
    #[error("the header of version 2 has the command {0}, neither LOCAL (0) nor PROXY (1)")]
    Command(u8),
    /// An address family or a transport that does not exist, or is not that of a stream.
    #[error(
        "the header of version 2 is about {0:#04x}, no stream over IPv4, IPv6 or a UNIX socket"
    )]
    Family(u8),
    /// The header is shorter than the addresses of its family.
    #[error("the header of version 2 holds {found} bytes where its addresses need {needed}")]
    TooShort {
        /// The length that it announces.
        found: u16,
        /// The length of the addresses.
        needed: u16,
    },
    /// The header is longer than the maximum.
    #[error("the header of version 2 holds {0} bytes, more than 520")]
    TooLong(u16),
    /// Extensions that do not exactly fill the rest of the header.
    #[error("the extensions of the header of version 2 do not end where the header does")]
    Extensions,
}
