//! Recognises the requests that the guard learns from, in the way in which upstream finds its
//! endpoints.

use http::Request;

use crate::change::Endpoint;

/// The endpoint, if the guard learns from this request.
pub fn of<B>(request: &Request<B>) -> Option<Endpoint> {
    if request.method() != http::Method::POST {
        return None;
    }
    let path = decoded(request.uri().path());
    let mut known = [Endpoint::Token, Endpoint::DeviceQuit].into_iter();
    known.find(|endpoint| endpoint.path().as_bytes() == path)
}

/// The path as upstream reads it: it percent-decodes the path before it looks for an endpoint.
fn decoded(path: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_as_upstream_does() {
        for (path, expected) in [
            ("/user/token", "/user/token"),
            ("/user/%74oken", "/user/token"),
            ("/user%2Ftoken", "/user/token"),
            ("/user/%7", "/user/%7"),
            ("/user/%zz", "/user/%zz"),
            ("/user/%", "/user/%"),
        ] {
            assert_eq!(decoded(path), expected.as_bytes(), "{path}");
        }
    }
}
