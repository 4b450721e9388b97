//! Whether a request was made by this site's own page.

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;

/// Where a browser says a request was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// On a page of this origin, or by the person alone: in the address bar, say.
    Here,
    /// On another site's page, or a sibling's.
    Elsewhere,
    /// It says nothing: it is old, or no browser at all.
    Untold,
}

impl Origin {
    /// `Sec-Fetch-Site` decides, where there is one. A page with `Referrer-Policy: no-referrer` sends its forms with
    /// `Origin: null`, as a hostile one can, so that says nothing.
    pub(super) fn of(request: &Parts) -> Self {
        if let Some(site) = request.headers.get("sec-fetch-site") {
            return if matches!(site.as_bytes(), b"same-origin" | b"none") { Self::Here } else { Self::Elsewhere };
        }
        let Some(origin) = request.headers.get(ORIGIN).filter(|origin| *origin != "null") else { return Self::Untold };
        let host = request.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = request.uri.authority().map(Authority::as_str).or(host);
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
        match (origin, host) {
            (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host) => Self::Here,
            _ => Self::Elsewhere,
        }
    }
}

/// Whether another site's page makes the request in any other way than by sending the person here.
pub(super) fn embedded(request: &Parts) -> bool {
    let says = |name: &str, value: &str| request.headers.get(name).is_none_or(|header| header == value);
    Origin::of(request) == Origin::Elsewhere
        && !(says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document"))
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

    #[test]
    fn browsers_are_taken_at_their_word() {
        let host = ("host", "example.org:8443");
        let cases: [(&[(&str, &str)], Origin); 11] = [
            (&[], Origin::Untold),
            (&[("origin", "null"), host], Origin::Untold),
            (&[("origin", "https://example.org:8443"), host], Origin::Here),
            (&[("origin", "https://Example.org:8443"), host], Origin::Here),
            (&[("origin", "https://example.org"), host], Origin::Elsewhere),
            (&[("origin", "https://evil.example"), host], Origin::Elsewhere),
            (&[("origin", "https://example.org:8443")], Origin::Elsewhere),
            (&[("origin", "null"), ("sec-fetch-site", "same-origin"), host], Origin::Here),
            (&[("sec-fetch-site", "none")], Origin::Here),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://example.org:8443"), host], Origin::Elsewhere),
            (&[("sec-fetch-site", "cross-site")], Origin::Elsewhere),
        ];
        for (headers, expected) in cases {
            assert_eq!(Origin::of(&request(headers)), expected, "{headers:?}");
        }
        let (head, ()) = Request::post("https://h2.example/device").body(()).unwrap().into_parts();
        assert_eq!(Origin::of(&head), Origin::Untold);
    }

    #[test]
    fn other_sites_may_send_people_and_nothing_else() {
        let site = ("sec-fetch-site", "cross-site");
        let cases: [(&[(&str, &str)], bool); 5] = [
            (&[], false),
            (&[site, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")], false),
            (&[site, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")], true),
            (&[site, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")], true),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors")], false),
        ];
        for (headers, expected) in cases {
            assert_eq!(embedded(&request(headers)), expected, "{headers:?}");
        }
    }
}
