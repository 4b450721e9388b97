//! The host that a request was sent to (RFC 9110, section 7.2; RFC 9112, section 3.2).

use std::fmt;
use std::net::Ipv6Addr;

use axum::extract::Request;
use axum::http::Version;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::failure::Failure;

/// A host, perhaps with a port, and nothing that a browser could read otherwise: a name of letters, digits, dots,
/// hyphens and underscores, or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Host<'a> {
    name: &'a str,
    port: Option<u16>,
}

/// The header `Host` is missing, is there twice, or is not a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadHost;

impl BadHost {
    /// The sentence for people.
    pub(super) const TEXT: &'static str = "The header Host must name the server, once.";
}

impl<'a> Host<'a> {
    /// Reads `name`, `name:port` or `[address]:port`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
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
            None => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
        };
        good.then_some(Self { name, port })
    }

    /// Returns the host of the request: the authority of its URI, or else its header `Host`. `None` if it has neither,
    /// as HTTP/1.0 allows.
    ///
    /// # Errors
    /// [`BadHost`] if there are two headers `Host`, if the header is not a host, or if HTTP/1.1 comes without one.
    pub(super) fn of(request: &'a Parts) -> Result<Option<Self>, BadHost> {
        let mut headers = request.headers.get_all(HOST).iter();
        let header = match (headers.next(), headers.next()) {
            (_, Some(_)) => return Err(BadHost),
            (None, None) if request.version == Version::HTTP_11 => return Err(BadHost),
            (None, None) => None,
            (Some(header), None) => Some(header.to_str().ok().and_then(Self::parse).ok_or(BadHost)?),
        };
        match request.uri.authority().map(Authority::as_str) {
            Some(authority) => Self::parse(authority).map(Some).ok_or(BadHost),
            None => Ok(header),
        }
    }

    /// The name or the address, an IPv6 address in brackets.
    pub(super) fn name(self) -> &'a str {
        self.name
    }

    /// The port, if one is named.
    pub(super) fn port(self) -> Option<u16> {
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

/// Middleware for a server's own routes, by axum's `from_fn`: a request whose header `Host` is missing (in HTTP/1.1),
/// given twice or malformed is answered 400, as RFC 9112, section 3.2 demands. The routes of this module do so by
/// themselves.
///
/// ```
/// use axum::Router;
/// use axum::middleware::from_fn;
/// use axum::routing::get;
///
/// let own: Router = Router::new()
///     .route("/healthz", get(|| async { "ok" }))
///     .layer(from_fn(counterfoil::axum::require_host));
/// ```
pub async fn require_host(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match Host::of(&head) {
        Ok(_) => next.run(Request::from_parts(head, body)).await,
        Err(bad) => Failure::from(bad).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: Version, uri: &str, hosts: &[&str]) -> Result<Option<String>, BadHost> {
        let mut request = Request::get(uri).version(version).body(()).unwrap();
        for host in hosts {
            request.headers_mut().append(HOST, host.parse().unwrap());
        }
        let (head, ()) = request.into_parts();
        Host::of(&head).map(|host| host.map(|host| host.to_string()))
    }

    const GOOD: [&str; 6] =
        ["localhost", "127.0.0.1:8102", "[::1]", "[::1]:8102", "login.example.com", "Under_Score.example:443"];
    const BAD: [&str; 20] = [
        "", ":80", "a:", "a:99999", "a:+80", "a:8o", "user@a", "a/b", "a?b", "a#b", "a b", "a'b", "a,b", "a:80:80",
        "[::1", "::1", "[::1]x", "[]", "[a]", "a%20b",
    ];

    #[test]
    fn a_request_names_its_host_once_and_plainly() {
        for host in GOOD {
            assert_eq!(of(Version::HTTP_11, "/x", &[host]), Ok(Some(host.to_owned())));
            assert_eq!(of(Version::HTTP_2, &format!("http://{host}/x"), &[]), Ok(Some(host.to_owned())));
        }
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            for host in BAD {
                assert_eq!(of(version, "/x", &[host]), Err(BadHost), "{host:?}");
            }
            for hosts in [["a", "a"], ["a", "b"], ["a", ""]] {
                assert_eq!(of(version, "/x", &hosts), Err(BadHost), "{hosts:?}");
            }
        }
    }

    #[test]
    fn only_http_1_1_must_have_one() {
        assert_eq!(of(Version::HTTP_11, "/x", &[]), Err(BadHost));
        assert_eq!(of(Version::HTTP_11, "http://a/x", &[]), Err(BadHost));
        assert_eq!(of(Version::HTTP_10, "/x", &[]), Ok(None));
        assert_eq!(of(Version::HTTP_2, "/x", &[]), Ok(None));
    }

    #[test]
    fn the_address_of_the_request_comes_first() {
        assert_eq!(of(Version::HTTP_11, "http://a/x", &["b"]), Ok(Some("a".to_owned())));
        assert_eq!(of(Version::HTTP_11, "http://user@a/x", &["b"]), Err(BadHost));
    }
}
