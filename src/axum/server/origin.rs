//! `WebOrigin`: the origin of a web page (RFC 6454).

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use super::host::Host;

/// An origin, as browsers send it: `https://app.example.com`, or with a port `http://localhost:3000`.
///
/// Two origins are equal if their schemes, hosts and ports are: upper and lower case, a default port that is given or
/// left out, and the ways to write an IPv6 address make no difference.
///
/// ```
/// use counterfoil::axum::WebOrigin;
///
/// let origin: WebOrigin = "https://App.example.com:443/".parse()?;
/// assert_eq!(origin.to_string(), "https://app.example.com");
/// # Ok::<(), counterfoil::axum::ParseOriginError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WebOrigin {
    scheme: Scheme,
    /// In lower case.
    host: String,
    port: u16,
}

/// `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl WebOrigin {
    pub(crate) fn new(scheme: Scheme, host: Host<'_>) -> Self {
        let name = host.name();
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let host_name = match address.and_then(|address| address.parse::<Ipv6Addr>().ok()) {
            Some(address) => format!("[{address}]"),
            None => name.to_ascii_lowercase(),
        };
        Self { scheme, host: host_name, port: host.port().unwrap_or(scheme.port()) }
    }

    /// Reads `scheme://host` or `scheme://host:port`, the value of a header `Origin`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        Some(Self::new(Scheme::read(scheme)?, Host::parse(host)?))
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }
}

/// A slash at the end is allowed.
impl FromStr for WebOrigin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        Self::read(text.strip_suffix('/').unwrap_or(text)).ok_or(ParseOriginError)
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        write!(f, "{}://{host}", scheme.as_str())?;
        if *port == scheme.port() { Ok(()) } else { write!(f, ":{port}") }
    }
}

/// The error of parsing a text that is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseOriginError;

impl fmt::Display for ParseOriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin: expected http:// or https://, a host, and perhaps a port, without a path")
    }
}

impl std::error::Error for ParseOriginError {}

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
            assert!(WebOrigin::read(a).is_some() && WebOrigin::read(a) == WebOrigin::read(b), "{a} {b}");
        }
        for (a, b) in [
            ("https://example.org", "http://example.org"),
            ("https://example.org", "http://example.org:443"),
            ("http://example.org", "http://example.org:8080"),
            ("http://example.org", "http://www.example.org"),
            ("http://127.0.0.1", "http://localhost"),
        ] {
            assert!(WebOrigin::read(a).is_some() && WebOrigin::read(a) != WebOrigin::read(b), "{a} {b}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for (text, origin) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://app.example.com/", "https://app.example.com"),
            ("HTTPS://APP.Example.com:443", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("https://example.com:80", "https://example.com:80"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[0:0::1]:80/", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<WebOrigin>().map(|origin| origin.to_string()).as_deref(), Ok(origin), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "/",
            "*",
            "null",
            "example.com",
            "//example.com",
            "ftp://example.com",
            "file://",
            "https://",
            "https:///",
            "https://example.com//",
            "https://user@example.com",
            "https://example.com/path",
            "https://example.com/?",
            "https://example.com#a",
            "https://*.example.com",
            "https://example.com:99999",
            "https://b\u{fc}cher.example",
            "https://example.com https://other.example",
            "chrome-extension://abcdef",
        ] {
            assert_eq!(text.parse::<WebOrigin>(), Err(ParseOriginError), "{text}");
            assert_eq!(WebOrigin::read(text), None, "{text}");
        }
        assert_eq!(WebOrigin::read("https://example.com/"), None);
    }
}
