//! `PublicUrl`: the address by which clients and browsers reach the server.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::http::uri::Uri;

use super::host::Host;
use super::origin::{Scheme, WebOrigin};

/// The external address of the routes: `https://login.example.com`, or with a path `https://example.com/login` if they
/// are nested, or behind a proxy that adds a path.
///
/// ```
/// use counterfoil::axum::PublicUrl;
///
/// let url: PublicUrl = "https://login.example.com/".parse()?;
/// assert_eq!(url.as_str(), "https://login.example.com");
/// # Ok::<(), counterfoil::axum::ParseUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: Arc<str>,
    origin: WebOrigin,
}

impl PublicUrl {
    /// Returns the address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the address that a request was sent to, over this scheme.
    pub(crate) fn of(scheme: Scheme, host: Host<'_>) -> Self {
        Self { text: format!("{}://{host}", scheme.as_str()).into(), origin: WebOrigin::new(scheme, host) }
    }

    /// Returns the origin of the pages below this address.
    pub(crate) fn origin(&self) -> &WebOrigin {
        &self.origin
    }

    /// Returns the address of a path below this one.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl FromStr for PublicUrl {
    type Err = ParseUrlError;

    fn from_str(text: &str) -> Result<Self, ParseUrlError> {
        let uri: Uri = text.parse().map_err(|_| ParseUrlError)?;
        let scheme = uri.scheme_str().and_then(Scheme::read).ok_or(ParseUrlError)?;
        let host = uri.authority().and_then(|authority| Host::parse(authority.as_str())).ok_or(ParseUrlError)?;
        if text.contains(['?', '#']) {
            return Err(ParseUrlError);
        }
        Ok(Self { text: text.trim_end_matches('/').into(), origin: WebOrigin::new(scheme, host) })
    }
}

/// The error of parsing a text that is not the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseUrlError;

impl fmt::Display for ParseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the address of a server: expected http:// or https://, a host, and perhaps a port and a path")
    }
}

impl std::error::Error for ParseUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_or_refused() {
        for (text, read) in [
            ("https://login.example.com", "https://login.example.com"),
            ("https://login.example.com/", "https://login.example.com"),
            ("http://127.0.0.1:8102", "http://127.0.0.1:8102"),
            ("http://[::1]:8102/a/b/", "http://[::1]:8102/a/b"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().as_str(), read);
        }
        for text in [
            "",
            "/login",
            "login.example.com",
            "ftp://login.example.com",
            "https://",
            "https://user@login.example.com",
            "https://login.example.com:99999",
            "https://login.example.com/?a",
            "https://login.example.com/#a",
            "https://login.example.com/ a",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(ParseUrlError), "{text}");
        }
    }

    #[test]
    fn a_request_came_over_a_scheme_to_a_host() {
        let url = PublicUrl::of(Scheme::Https, Host::parse("[::1]:8102").unwrap());
        assert_eq!(url.join("/device"), "https://[::1]:8102/device");
        assert_eq!(Ok(url), "https://[::1]:8102/".parse());
    }
}
