//! `Arrival`: whether a visitor has come straight from the terminal.

use axum::http::HeaderName;
use axum::http::request::Parts;

/// Of the metadata that browsers add to requests (Fetch Metadata Request Headers): who has caused this one.
pub(super) const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How a visitor has reached a page.
///
/// A page that another site has opened may be clicked by someone who looks at that other site: a double click on it
/// lands on the page's button, and the form then comes from this site. So a page remembers how it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrival {
    /// By the user alone: a program other than the browser has opened the link, or the user has scanned or typed it.
    /// The browser says so (`Sec-Fetch-Site: none`). A user code typed into a form that was reached so counts, too.
    Direct,
    /// From a page, of whichever site, or the browser does not say. It says so only to HTTPS addresses and to loopback,
    /// and Safari does since 16.4.
    Indirect,
}

impl Arrival {
    /// Returns how a request says that its visitor has come.
    pub(super) fn of(request: &Parts) -> Self {
        let mut sites = request.headers.get_all(SITE).iter();
        match (sites.next(), sites.next()) {
            (Some(site), None) if *site == "none" => Self::Direct,
            _ => Self::Indirect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn only_a_browser_that_says_so_has_come_directly() {
        let cases: [(&[&str], Arrival); 8] = [
            (&["none"], Arrival::Direct),
            (&[], Arrival::Indirect),
            (&["same-origin"], Arrival::Indirect),
            (&["same-site"], Arrival::Indirect),
            (&["cross-site"], Arrival::Indirect),
            (&["None"], Arrival::Indirect),
            (&["none", "none"], Arrival::Indirect),
            (&["none", "cross-site"], Arrival::Indirect),
        ];
        for (sites, expected) in cases {
            let mut request = Request::get("/device");
            for site in sites {
                request = request.header("sec-fetch-site", *site);
            }
            assert_eq!(Arrival::of(&request.body(()).unwrap().into_parts().0), expected, "{sites:?}");
        }
    }
}
