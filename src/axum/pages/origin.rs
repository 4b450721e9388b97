//! Where a page is (RFC 6454, section 4): scheme, host and port.

use std::net::Ipv6Addr;

use crate::axum::host::Host;

/// The scheme, the host in small letters, and the port, named or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(super) fn read(text: &str) -> Option<Self> {
        let is = |scheme| text.eq_ignore_ascii_case(scheme);
        if is("https") {
            Some(Self::Https)
        } else if is("http") {
            Some(Self::Http)
        } else {
            None
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    pub(super) fn new(scheme: Scheme, host: Host<'_>) -> Self {
        let name = host.name();
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let host_name = match address.and_then(|address| address.parse::<Ipv6Addr>().ok()) {
            Some(address) => format!("[{address}]"),
            None => name.to_ascii_lowercase(),
        };
        Self { scheme, host: host_name, port: host.port().unwrap_or(scheme.port()) }
    }

    /// Reads `scheme://host` or `scheme://host:port`, of the web's two schemes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        Some(Self::new(Scheme::read(scheme)?, Host::parse(host)?))
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_its_scheme_host_and_port() {
        for (a, b) in [
            ("https://example.org", "https://example.org:443"),
            ("http://example.org", "http://example.org:80"),
            ("https://Example.ORG:8443", "HTTPS://example.org:8443"),
            ("http://[::1]:8102", "http://[0:0:0::1]:8102"),
        ] {
            assert!(Origin::parse(a).is_some() && Origin::parse(a) == Origin::parse(b), "{a} {b}");
        }
        for (a, b) in [
            ("https://example.org", "http://example.org"),
            ("https://example.org", "http://example.org:443"),
            ("http://example.org", "http://example.org:8080"),
            ("http://example.org", "http://www.example.org"),
            ("http://127.0.0.1", "http://localhost"),
        ] {
            assert!(Origin::parse(a).is_some() && Origin::parse(a) != Origin::parse(b), "{a} {b}");
        }
        for text in [
            "",
            "null",
            "example.org",
            "//example.org",
            "ftp://example.org",
            "file://",
            "https://",
            "https://example.org/",
            "https://example.org/device",
            "https://user@example.org",
            "https://example.org https://example.org",
            "chrome-extension://abcdef",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }
}
