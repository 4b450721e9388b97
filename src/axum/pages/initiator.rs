//! `Initiator`: whether a request was made by a page of this site.

use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};

use super::address::Address;
use super::arrival::SITE;
use crate::axum::server::WebOrigin;

/// The page that made a request, as the browser reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initiator {
    /// A page of this origin, or no page: the user used the address bar, for example.
    Here,
    /// A page of another site, or of another origin of this site.
    Elsewhere,
    /// A page without an origin: in a sandboxed frame, or after a redirect from another site.
    Opaque,
    /// Unknown: the client is not a browser, or a browser without `Sec-Fetch-Site` that follows a link.
    Untold,
}

/// A header that is absent, given once, or given several times.
enum Given<'a> {
    Not,
    Once(&'a HeaderValue),
    Twice,
}

impl Initiator {
    /// `Sec-Fetch-Site` decides if it is present. Browsers send it only to trustworthy addresses (HTTPS and loopback),
    /// and Safari only since 16.4; otherwise an `Origin` of exactly the page's scheme, host and port means this site.
    /// The pages' own forms carry it, since their `Referrer-Policy` is not `no-referrer`.
    pub(super) fn of(request: &Parts, address: &Address) -> Self {
        let ours = |origin: &WebOrigin| address.origin(request).is_some_and(|ours| ours == *origin);
        let origin = given(request, ORIGIN);
        match given(request, SITE) {
            Given::Once(site) if *site == "same-origin" || *site == "none" => match origin {
                Given::Once(origin) if origin != "null" && !may_be(origin, address) => Self::Elsewhere,
                Given::Twice => Self::Elsewhere,
                _ => Self::Here,
            },
            Given::Once(_) | Given::Twice => Self::Elsewhere,
            Given::Not => match origin {
                Given::Not => Self::Untold,
                Given::Once(origin) if origin == "null" => Self::Opaque,
                Given::Once(origin) if read(origin).as_ref().is_some_and(ours) => Self::Here,
                Given::Once(_) | Given::Twice => Self::Elsewhere,
            },
        }
    }
}

/// Returns whether an origin may be the pages' own: it equals the one that was set, or none was set.
fn may_be(origin: &HeaderValue, address: &Address) -> bool {
    read(origin).is_some_and(|origin| address.public().is_none_or(|ours| *ours == origin))
}

fn read(origin: &HeaderValue) -> Option<WebOrigin> {
    origin.to_str().ok().and_then(WebOrigin::read)
}

fn given(request: &Parts, name: HeaderName) -> Given<'_> {
    let mut values = request.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Given::Not,
        (Some(value), None) => Given::Once(value),
        (Some(_), Some(_)) => Given::Twice,
    }
}

/// Returns whether a page of another site makes the request in any way but by navigation. A navigation by `GET` carries
/// no `Origin`.
pub(super) fn embedded(request: &Parts, address: &Address) -> bool {
    let may_be = |name: &str, value: &str| request.headers.get(name).is_none_or(|header| header == value);
    match Initiator::of(request, address) {
        Initiator::Here | Initiator::Untold => false,
        Initiator::Opaque => true,
        Initiator::Elsewhere => {
            let sent = request.headers.contains_key(SITE);
            !(sent && may_be("sec-fetch-mode", "navigate") && may_be("sec-fetch-dest", "document"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn request(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post("/device");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn public(url: &str) -> Address {
        let mut address = Address::default();
        address.set_public_url(&url.parse().unwrap());
        address
    }

    #[test]
    fn browsers_are_taken_at_their_word() {
        let host = ("host", "example.org:8443");
        let here = ("sec-fetch-site", "same-origin");
        let cases: [(&[(&str, &str)], Initiator); 20] = [
            (&[host], Initiator::Untold),
            (&[("origin", "null"), host], Initiator::Opaque),
            (&[("origin", "http://example.org:8443"), host], Initiator::Here),
            (&[("origin", "http://Example.org:8443"), host], Initiator::Here),
            (&[("origin", "http://example.org"), ("host", "example.org:80")], Initiator::Here),
            (&[("origin", "https://example.org:8443"), host], Initiator::Elsewhere),
            (&[("origin", "ftp://example.org:8443"), host], Initiator::Elsewhere),
            (&[("origin", "http://example.org"), host], Initiator::Elsewhere),
            (&[("origin", "http://evil.example"), host], Initiator::Elsewhere),
            (&[("origin", "http://example.org:8443")], Initiator::Elsewhere),
            (&[("origin", "http://example.org:8443"), ("origin", "http://evil.example"), host], Initiator::Elsewhere),
            (&[("origin", "null"), here, host], Initiator::Here),
            (&[("origin", "https://example.org:8443"), here, host], Initiator::Here),
            (&[("origin", "ftp://example.org:8443"), here, host], Initiator::Elsewhere),
            (&[("sec-fetch-site", "none"), host], Initiator::Here),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://example.org:8443"), host], Initiator::Elsewhere),
            (&[("sec-fetch-site", "cross-site"), host], Initiator::Elsewhere),
            (&[("sec-fetch-site", "cross-site"), ("origin", "null"), host], Initiator::Elsewhere),
            (&[here, ("sec-fetch-site", "cross-site"), host], Initiator::Elsewhere),
            (&[("sec-fetch-site", "Same-Origin"), host], Initiator::Elsewhere),
        ];
        for (headers, expected) in cases {
            assert_eq!(Initiator::of(&request(headers), &Address::default()), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_public_url_is_the_one_origin() {
        let here = ("sec-fetch-site", "same-origin");
        for (url, origin, expected) in [
            ("https://example.org", "https://example.org", Initiator::Here),
            ("https://example.org/login/", "https://example.org:443", Initiator::Here),
            ("https://example.org", "http://example.org", Initiator::Elsewhere),
            ("https://example.org", "https://example.org:8443", Initiator::Elsewhere),
            ("https://example.org", "https://evil.example", Initiator::Elsewhere),
            ("http://[::1]:8102/a", "http://[::1]:8102", Initiator::Here),
        ] {
            for also in [&[][..], &[here]] {
                for host in ["evil.example", "example.org", "127.0.0.1:8102"] {
                    let headers = [&[("origin", origin), ("host", host)], also].concat();
                    assert_eq!(Initiator::of(&request(&headers), &public(url)), expected, "{url} {headers:?}");
                }
            }
        }
    }

    #[test]
    fn other_sites_may_send_people_and_nothing_else() {
        let site = ("sec-fetch-site", "cross-site");
        let cases: [(&[(&str, &str)], bool); 8] = [
            (&[], false),
            (&[site, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")], false),
            (&[site, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")], true),
            (&[site, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")], true),
            (&[site], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors")], false),
            (&[("origin", "http://evil.example"), ("host", "example.org")], true),
            (&[("origin", "null"), ("host", "example.org")], true),
        ];
        for (headers, expected) in cases {
            assert_eq!(embedded(&request(headers), &Address::default()), expected, "{headers:?}");
        }
    }
}
