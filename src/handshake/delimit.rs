//! Finding the end of a connect request. The same functions serve callers that collect chunks and
//! callers that have the whole request.

use crate::handshake::other_protocol::{Opening, opening};
use crate::handshake::protocol::Protocol;
use crate::handshake::request_error::RequestError;
use crate::wire::frame::{FrameType, Limits, Parsed, frame_type, split_body};
#[cfg(feature = "jsonrpc")]
use crate::wire::{JsonRpcError, Scanner};

/// The upper half of a CONNECT's first byte.
const CONNECT: u8 = FrameType::Connect.wire();

/// A complete request that has not been decoded yet.
#[derive(Clone, Copy)]
pub(crate) struct Delimited<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) body: &'a [u8],
}

/// Delimits a request of the binary protocol. A CONNECT is recognised by its first byte alone.
///
/// Inlined, like its callers: every connection passes through, and a call would return the result
/// through memory.
#[inline(always)]
pub(crate) fn connect(
    bytes: &[u8],
    limits: Limits,
) -> Result<Parsed<'_, Delimited<'_>>, RequestError> {
    let Some((&first, after_first)) = bytes.split_first() else {
        return Ok(Parsed::Incomplete { missing: None });
    };
    if first >> 4 != CONNECT {
        return match not_connect(first, bytes, limits) {
            Some(error) => Err(error),
            None => Ok(Parsed::Incomplete { missing: None }),
        };
    }
    Ok(match split_body(after_first, limits)? {
        Parsed::Complete { value: body, rest } => Parsed::Complete {
            value: Delimited {
                protocol: Protocol::Wkproto,
                body,
            },
            rest,
        },
        Parsed::Incomplete { missing } => Parsed::Incomplete { missing },
    })
}

/// Recognises the protocol at the beginning of the connection, or waits for the few bytes that
/// decide, but never for more than the limits allow.
///
/// Bytes beyond the limits are ignored, so that the outcome does not depend on how the bytes were
/// split. Only the error is returned: a larger result would be moved around on the path of every
/// CONNECT.
#[cold]
fn not_connect(first: u8, bytes: &[u8], limits: Limits) -> Option<RequestError> {
    let (within, beyond) = bytes
        .split_at_checked(limits.max_body())
        .unwrap_or((bytes, &[]));
    match opening(within) {
        Opening::Known(protocol) => Some(RequestError::OtherProtocol(protocol)),
        Opening::Undecided if beyond.is_empty() => None,
        Opening::Undecided | Opening::Unknown => Some(match frame_type(first) {
            Ok(found) => RequestError::NotConnect { found },
            Err(error) => error.into(),
        }),
    }
}

/// How far the received bytes have been examined.
#[cfg(feature = "jsonrpc")]
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The number of whitespace bytes before the request.
    whitespace: usize,
    scanner: Scanner,
}

/// Delimits a request of either protocol. JSON-RPC begins with `{` (or `[`, which is rejected)
/// after any whitespace; everything else is binary. Continues at `progress` in the same bytes, to
/// which more may have been added.
#[cfg(feature = "jsonrpc")]
#[inline]
pub(crate) fn either<'a>(
    bytes: &'a [u8],
    limits: Limits,
    progress: &mut Progress,
) -> Result<Parsed<'a, Delimited<'a>>, RequestError> {
    let Some(&first) = bytes.first() else {
        return Ok(Parsed::Incomplete { missing: None });
    };
    // The fast path for most clients: neither whitespace nor JSON begins with this byte.
    if first >> 4 == CONNECT {
        return connect(bytes, limits);
    }
    let max = limits.max_body();
    let unseen = bytes.get(progress.whitespace..).unwrap_or_default();
    let whitespace = unseen
        .iter()
        .take_while(|byte| b" \t\r\n".contains(byte))
        .count();
    progress.whitespace = progress.whitespace.saturating_add(whitespace);
    match unseen.get(whitespace) {
        // Checked first, so that the outcome does not depend on how the bytes were split.
        _ if progress.whitespace > max => Err(JsonRpcError::TooLarge { max }.into()),
        Some(b'{') => {
            let end = progress.scanner.scan(bytes, max)?;
            let split = end.and_then(|end| bytes.split_at_checked(end));
            Ok(match split {
                Some((body, rest)) => Parsed::Complete {
                    value: Delimited {
                        protocol: Protocol::JsonRpc,
                        body,
                    },
                    rest,
                },
                None => Parsed::Incomplete { missing: None },
            })
        }
        Some(b'[') => Err(JsonRpcError::Batch.into()),
        None => Ok(Parsed::Incomplete { missing: None }),
        Some(_) => connect(bytes, limits),
    }
}
