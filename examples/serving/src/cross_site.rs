//! Requests that a web page makes through a visitor's browser, to a port that asks for no credentials.
//!
//! A page of another site can post to any address without a preflight, even if it cannot read the answer;
//! and its own name can be made to resolve to this machine (DNS rebinding). Browsers reveal both in headers
//! that pages cannot set. Other programs send none of these headers, and are accepted as before.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{HOST, HeaderMap, ORIGIN};
use thiserror::Error;

/// The names that a server may be called by, besides loopback and addresses. Under these names, a
/// proxy that terminates TLS may serve it, too.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts(Vec<String>);

/// Why a request is considered a web page's.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossSiteError {
    /// `Host` is a name that was not configured, or there are several, or it cannot be read.
    #[error("this Host is not allowed")]
    Host,
    /// `Origin` is not this server, or opaque (`null`).
    #[error("requests of other sites are not allowed")]
    Origin,
    /// `Sec-Fetch-Site` says that another site made the request.
    #[error("cross-site requests are not allowed")]
    FetchSite,
}

impl AllowedHosts {
    /// Without ports; case does not matter.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        AllowedHosts(names.into_iter().collect())
    }

    /// Whether no web page of another site made this request.
    ///
    /// # Errors
    /// [`CrossSiteError`]: answer 403.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), CrossSiteError> {
        let host = self.host(headers)?;
        for origin in headers.get_all(ORIGIN) {
            let is_own = |host: Host<'_>| origin.to_str().is_ok_and(|origin| host.is_of(origin));
            if !host.is_some_and(is_own) {
                return Err(CrossSiteError::Origin);
            }
        }
        for site in headers.get_all("sec-fetch-site") {
            // `none`: the user typed the address.
            if site != "same-origin" && site != "none" {
                return Err(CrossSiteError::FetchSite);
            }
        }
        Ok(())
    }

    /// Browsers always send one; HTTP/1.0 does not require it.
    fn host<'a>(&self, headers: &'a HeaderMap) -> Result<Option<Host<'a>>, CrossSiteError> {
        let mut hosts = headers.get_all(HOST).iter();
        let (first, second) = (hosts.next(), hosts.next());
        let Some(text) = first else { return Ok(None) };
        let text = text.to_str().map_err(|_| CrossSiteError::Host)?;
        let name = without_port(text);
        let is_configured = self.0.iter().any(|own| own.eq_ignore_ascii_case(name));
        match second.is_none() && (is_configured || is_on_this_machine(name)) {
            true => Ok(Some(Host {
                text,
                is_configured,
            })),
            false => Err(CrossSiteError::Host),
        }
    }
}

/// The name by which a request calls the server.
#[derive(Clone, Copy)]
struct Host<'a> {
    /// With the port, unless it is the scheme's default.
    text: &'a str,
    is_configured: bool,
}

impl Host<'_> {
    /// Whether a page of this origin came from this server: by its scheme, name and port. This
    /// server speaks plain HTTP, so another scheme means another server, unless the operator who
    /// configured the name put a proxy there.
    fn is_of(self, origin: &str) -> bool {
        match origin.split_once("://") {
            Some(("http", own)) => own == self.text,
            Some(("https", own)) => own == self.text && self.is_configured,
            _ => false,
        }
    }
}

/// Loopback, or an address: never a name that a foreign name server could resolve to this machine.
fn is_on_this_machine(name: &str) -> bool {
    let in_brackets = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let is_address = match in_brackets {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    };
    is_address || name.eq_ignore_ascii_case("localhost")
}

/// `[::1]:5001`, `localhost:5001`, `localhost`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(headers: &[(&'static str, &str)]) -> Result<(), CrossSiteError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        AllowedHosts::new(["im.example".to_owned()]).check(&map)
    }

    #[test]
    fn hosts_are_loopback_addresses_or_configured() {
        for (host, is_allowed) in [
            ("localhost", true),
            ("LocalHost:5001", true),
            ("127.0.0.1:5001", true),
            ("192.0.2.1", true),
            ("[::1]:5001", true),
            ("[2001:db8::1]", true),
            ("im.example:5001", true),
            ("IM.example", true),
            ("evil.example:5001", false),
            ("im.example.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("localhost.evil.example", false),
            ("[::1].evil.example", false),
            ("2130706433", false),
            ("", false),
            ("\u{e9}", false),
        ] {
            let expected = is_allowed.then_some(()).ok_or(CrossSiteError::Host);
            assert_eq!(check(&[("host", host)]), expected, "{host:?}");
        }
        let twice = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(check(&twice), Err(CrossSiteError::Host));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn origins_are_our_own() {
        let host = ("host", "127.0.0.1:5001");
        for (origin, is_own) in [
            ("http://127.0.0.1:5001", true),
            ("http://127.0.0.1:8000", false),
            ("http://127.0.0.1", false),
            ("https://127.0.0.1:5001", false),
            ("ws://127.0.0.1:5001", false),
            ("127.0.0.1:5001", false),
            ("https://evil.example", false),
            ("null", false),
            ("", false),
        ] {
            let expected = is_own.then_some(()).ok_or(CrossSiteError::Origin);
            assert_eq!(check(&[host, ("origin", origin)]), expected, "{origin:?}");
        }
        let both = [("origin", "http://127.0.0.1:5001"), ("origin", "null")];
        assert_eq!(
            check(&[host, both[0], both[1]]),
            Err(CrossSiteError::Origin)
        );
        let without_host = [("origin", "http://127.0.0.1:5001")];
        assert_eq!(check(&without_host), Err(CrossSiteError::Origin));
    }

    /// A proxy in front terminates TLS, and passes on the name that the browser uses.
    #[test]
    fn a_configured_host_may_be_behind_tls() {
        for (host, origin, is_own) in [
            ("im.example", "https://im.example", true),
            ("im.example", "http://im.example", true),
            ("im.example:8443", "https://im.example:8443", true),
            ("im.example", "https://im.example:8443", false),
            ("im.example", "https://evil.example", false),
            ("im.example", "ftp://im.example", false),
            ("localhost:5001", "https://localhost:5001", false),
            ("192.0.2.1", "https://192.0.2.1", false),
            ("localhost:5001", "https://im.example", false),
        ] {
            let expected = is_own.then_some(()).ok_or(CrossSiteError::Origin);
            let headers = [("host", host), ("origin", origin)];
            assert_eq!(check(&headers), expected, "{host} {origin}");
        }
    }

    #[test]
    fn other_sites_are_told_by_fetch_metadata() {
        let host = ("host", "localhost");
        for (site, is_own) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
            ("", false),
        ] {
            let expected = is_own.then_some(()).ok_or(CrossSiteError::FetchSite);
            assert_eq!(check(&[host, ("sec-fetch-site", site)]), expected, "{site}");
        }
    }
}
