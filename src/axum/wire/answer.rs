//! JSON responses.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::outcome::Outcome;

/// Returns a JSON response that no cache may store (RFC 9111, section 5.2.2.5).
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    json_text(status, body.to_string())
}

/// Returns the same for a text that is JSON already.
pub(crate) fn json_text(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns a 200 JSON response, with its outcome for the server's metrics.
pub(crate) fn done(outcome: &'static str, body: &Value) -> Response {
    let mut response = json_answer(StatusCode::OK, body);
    response.extensions_mut().insert(Outcome::new(outcome));
    response
}
