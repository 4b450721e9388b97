//! The host of a request (RFC 9110, section 7.2; RFC 9112, section 3.2).

use axum::http::Version;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;

use crate::axum::server::Host;

/// The error of a request whose header `Host` is missing, given twice, or not a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadHost;

impl BadHost {
    /// The sentence for people.
    pub(crate) const TEXT: &'static str = "The header Host must name the server, once.";
}

impl<'a> Host<'a> {
    /// Returns the host of the request: the authority of its URI, or else its header `Host`. `None` if it has neither,
    /// as HTTP/1.0 allows.
    ///
    /// # Errors
    /// [`BadHost`] if there are two headers `Host`, if the header is not a host, or if HTTP/1.1 comes without one.
    pub(crate) fn of(request: &'a Parts) -> Result<Option<Self>, BadHost> {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Request;

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
