// The first bytes of a connection behind a load balancer.

use wukongim_serving::proxy_protocol::{Decoded, Header, MAX_LEN};

/// Read as a stream is read, each time as many bytes as are asked for:
/// - no byte behind the header is ever asked for, nor more than the longest header;
/// - what was an error stays one, and what was complete stays so, whatever follows;
/// - a version 2 header made of what was read says the same.
fn proxy_protocol(bytes: &[u8]) {
    let whole = Header::decode(bytes);
    let mut end = 0;
    let read = loop {
        let Some(prefix) = bytes.get(..end) else {
            break Header::decode(bytes);
        };
        match Header::decode(prefix) {
            Ok(Decoded::Incomplete { wanted }) => {
                end += wanted.get();
                assert!(end <= MAX_LEN, "asks for {end} bytes");
            }
            decided => break decided,
        }
    };
    assert_eq!(read, whole);
    let Ok(Decoded::Complete { header, len }) = whole else {
        return;
    };
    assert_eq!(len, end, "read up to the end of the header");
    let written = header.encode();
    let again = Header::decode(&written);
    let len = written.len();
    assert_eq!(again, Ok(Decoded::Complete { header, len }));
}
