//! Recognises damaged links to a page by the letters of their paths.

use axum::http::{Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::link::{LONGEST, decode};
use crate::code::copied::is_ignored;

/// The paths of the pages.
pub(super) const CONFIRM: &str = "/handler/cli-auth-confirm";
pub(super) const DEVICE: &str = "/device";

/// Returns the address of the page that a request was meant for, if its path has the letters of a page's path. It may
/// be in another case, with other slashes, encoded, with other characters at its end, or cut off within
/// `/handler/cli-auth-confirm`; an encoded question mark begins a query. The root is meant for the form for a code.
pub(super) fn meant(method: &Method, uri: &Uri) -> Option<Uri> {
    let look = *method == Method::GET || *method == Method::HEAD;
    if !look && *method != Method::POST || uri.path().len() > LONGEST {
        return None;
    }
    let path = decode(uri.path());
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    let page = match &*letters(path) {
        "" if look => DEVICE,
        letters if *letters == self::letters(DEVICE) => DEVICE,
        letters if letters.starts_with("handler") && self::letters(CONFIRM).starts_with(letters) => CONFIRM,
        _ => return None,
    };
    let found = utf8_percent_encode(query, NON_ALPHANUMERIC);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{page}?{found}&{}", uri.query().unwrap_or_default()).parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn letters(path: &str) -> String {
    path.chars().filter(|c| !is_ignored(*c)).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(uri: &str) -> Option<String> {
        meant(&Method::GET, &uri.parse().unwrap()).map(|uri| uri.path().to_owned())
    }

    #[test]
    fn a_path_is_known_by_its_letters() {
        for uri in [
            "/device/",
            "//device",
            "/device//",
            "/Device",
            "/DEVICE/",
            "/device.",
            "/device),",
            "/device%3E",
            "/device%22",
            "/device%20",
            "/device%E2%80%8B",
            "/%64evice",
            "/device%2F",
            "/device%3Fuser_code=BCDF-GHJK",
            "/device%23code",
            "/",
            "//?user_code=BCDF-GHJK",
        ] {
            assert_eq!(path(uri).as_deref(), Some(DEVICE), "{uri}");
        }
        for uri in [
            "/handler/cli-auth-confirm/",
            "/handler//cli-auth-confirm",
            "/Handler/CLI-Auth-Confirm",
            "/handler/cli%2Dauth%2Dconfirm.",
            "/handler%2Fcli-auth-confirm",
            "/handler/cli\u{2010}auth\u{2010}confirm",
            "/handler/cli-auth-",
            "/handler/",
        ] {
            assert_eq!(path(uri).as_deref(), Some(CONFIRM), "{uri}");
        }
        for uri in ["/devices", "/d\u{e9}vice", "/api/v1/auth/cli", "/hand", "/handler/sign-in", "/oauth/device", "/x"]
        {
            assert_eq!(path(uri), None, "{uri}");
        }
    }

    #[test]
    fn the_host_and_the_query_stay() {
        let meant = |uri: &str| meant(&Method::GET, &uri.parse().unwrap()).unwrap().to_string();
        assert_eq!(meant("http://a:1/Device/?user_code=BCDF%2DGHJK"), "http://a:1/device?&user_code=BCDF%2DGHJK");
        assert_eq!(meant("/device%3Fa%3D1?b=2"), "/device?a%3D1&b=2");
    }

    #[test]
    fn what_looks_or_decides_may_stray() {
        let meant = |method, uri: &str| meant(&method, &uri.parse().unwrap()).is_some();
        assert!(meant(Method::HEAD, "/device/") && meant(Method::POST, "/device/"));
        assert!(!meant(Method::PUT, "/device/") && !meant(Method::POST, "/"));
    }
}
