//! Makes a response of a page.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, REFRESH, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::outcome::outcome;
use super::page::Page;
use super::render::Render;
use crate::axum::wire::whole_seconds;

/// The headers of every page, besides its policy. `strict-origin` keeps the code in a page's address out of the
/// `Referer` of its links, those to this site included. So would `no-referrer`, but with it browsers send the page's
/// own form with `Origin: null` (Fetch Standard, section 3.2), as a sandboxed frame of any site can. The `Cross-Origin`
/// pair keeps other sites from opening a window on the page, or loading it.
const HEADERS: [(HeaderName, &str); 9] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CACHE_CONTROL, "no-store"),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "strict-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), display-capture=(), geolocation=(), microphone=()"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// The policy of a page that may load, send and frame nothing.
const NOTHING: &str = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// For how long the page after an approval is there to be read, in seconds, before the browser is led to the tool.
const READ: u8 = 3;

pub(super) fn answer(render: &impl Render, page: &Page, request: &Parts) -> Response {
    let mut response = (page.status(), render.html(page, request)).into_response();
    response.extensions_mut().insert(outcome(page));
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_str(render.content_security_policy());
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(NOTHING)));
    if let Some(wait) = page.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait).max(1)));
    }
    // Not a redirect: browsers hold what a form leads to against `form-action`, the page is there if nothing listens, and it
    // names the account, beside "This was not me".
    let led = |url| HeaderValue::try_from(format!("{READ}; url={url}")).ok();
    if let Some(refresh) = page.hand_back().and_then(led) {
        headers.insert(REFRESH, refresh);
    }
    response
}
