//! The address that clients and browsers know the server by.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::{Authority, Uri};

/// Where the routes are to be found from outside: `https://login.example.com`, or with a path
/// `https://example.com/login`, where they are nested or behind a proxy that adds one.
///
/// ```
/// use counterfoil::axum::PublicUrl;
///
/// let url: PublicUrl = "https://login.example.com/".parse()?;
/// assert_eq!(url.as_str(), "https://login.example.com");
/// # Ok::<(), counterfoil::axum::MalformedUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Arc<str>);

impl PublicUrl {
    /// The address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address that a request was sent to, by the authority of its URI or its one `Host` header, over this scheme.
    /// `None` where that is missing, given twice, or not a host with perhaps a port.
    pub(super) fn of(request: &Parts, scheme: &str) -> Option<Self> {
        let mut hosts = request.headers.get_all(HOST).iter();
        let authority = match (request.uri.authority(), hosts.next(), hosts.next()) {
            (_, _, Some(_)) | (None, None, _) => return None,
            (Some(authority), ..) => authority.clone(),
            (None, Some(host), None) => Authority::try_from(host.as_bytes()).ok()?,
        };
        plain(&authority).then(|| Self(format!("{scheme}://{authority}").into()))
    }

    /// An address below this one.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = MalformedUrl;

    fn from_str(text: &str) -> Result<Self, MalformedUrl> {
        let uri: Uri = text.parse().map_err(|_| MalformedUrl)?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        if !web || !uri.authority().is_some_and(plain) || text.contains(['?', '#']) {
            return Err(MalformedUrl);
        }
        Ok(Self(text.trim_end_matches('/').into()))
    }
}

/// A host, perhaps with a port, and nothing that a browser could read otherwise.
fn plain(authority: &Authority) -> bool {
    let text = authority.as_str();
    let port = text.strip_prefix(authority.host()).unwrap_or("@");
    let port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    port && !authority.host().is_empty() && text.bytes().all(letters)
}

/// A text that is not the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedUrl;

impl fmt::Display for MalformedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the address of a server: expected http:// or https://, a host, and perhaps a port and a path")
    }
}

impl std::error::Error for MalformedUrl {}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn of(uri: &str, hosts: &[&str]) -> Option<String> {
        let mut request = Request::get(uri).body(()).unwrap();
        for host in hosts {
            request.headers_mut().append(HOST, host.parse().unwrap());
        }
        PublicUrl::of(&request.into_parts().0, "http").map(|url| url.join("/device"))
    }

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
            assert_eq!(text.parse::<PublicUrl>(), Err(MalformedUrl), "{text}");
        }
    }

    #[test]
    fn a_request_names_its_host_once_and_plainly() {
        for host in ["localhost", "127.0.0.1:8102", "[::1]:8102", "login.example.com"] {
            assert_eq!(of("/x", &[host]), Some(format!("http://{host}/device")));
            assert_eq!(of(&format!("http://{host}/x"), &[]), Some(format!("http://{host}/device")));
        }
        for hosts in [
            &[][..],
            &["a", "a"],
            &[""],
            &[":80"],
            &["a:"],
            &["a:99999"],
            &["user@a"],
            &["a/b"],
            &["a?b"],
            &["a b"],
            &["a'b"],
            &["a,b"],
        ] {
            assert_eq!(of("/x", hosts), None, "{hosts:?}");
        }
        assert_eq!(of("http://a/x", &["b"]).unwrap(), "http://a/device");
    }
}
