//! `Host`: a host with an optional port (RFC 3986, section 3.2).

use std::fmt;
use std::net::Ipv6Addr;

/// A host with an optional port, without characters that a browser could read differently: a name of letters, digits,
/// dots, hyphens and underscores, or an IP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Host<'a> {
    name: &'a str,
    port: Option<u16>,
}

impl<'a> Host<'a> {
    /// Reads `name`, `name:port` or `[address]:port`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let end = match text.strip_prefix('[') {
            Some(address) => address.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at(end);
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            None if port.is_empty() => None,
            _ => return None,
        };
        let good = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => {
                !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
            }
        };
        good.then_some(Self { name, port })
    }

    /// Returns the name or the address, an IPv6 address in brackets.
    pub(crate) fn name(self) -> &'a str {
        self.name
    }

    /// Returns the port, if there is one.
    pub(crate) fn port(self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port() {
            Some(port) => write!(f, "{}:{port}", self.name()),
            None => f.write_str(self.name()),
        }
    }
}
