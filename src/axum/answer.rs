//! What all answers have in common.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::failure::Failure;
use super::host::Host;
use super::outcome::Outcome;

/// A JSON answer that no cache may keep (RFC 9111, section 5.2.2.5).
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response {
    json_text(status, body.to_string())
}

/// The same of a text that is JSON already.
pub(super) fn json_text(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A JSON answer to a request that did what it came for.
pub(super) fn done(outcome: &'static str, body: &Value) -> Response {
    let mut response = json_answer(StatusCode::OK, body);
    response.extensions_mut().insert(Outcome(outcome));
    response
}

/// The fallback for a path that no route has: 404 in the shape of all other refusals, and not to be cached.
///
/// The [`Routes`](super::Routes) leave other paths to the server that they are part of; this is for those that have
/// nothing of their own to say there.
pub async fn not_found(head: Parts) -> Response {
    if let Err(bad) = Host::of(&head) {
        return Failure::from(bad).into_response();
    }
    Failure::own(404, "NOT_FOUND", "There is nothing at this path; check the address.").into_response()
}

/// A path that is there, asked with a method that it does not take.
pub(super) async fn method_not_allowed(head: Parts) -> Failure {
    if let Err(bad) = Host::of(&head) {
        return bad.into();
    }
    Failure::own(405, "METHOD_NOT_ALLOWED", "This path does not take this method; see the header Allow.")
}
