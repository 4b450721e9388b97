//! What all answers have in common.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::failure::Failure;
use super::outcome::Outcome;

/// A JSON answer.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// A JSON answer to a request that did what it came for.
pub(super) fn done(outcome: &'static str, body: &Value) -> Response {
    let mut response = json_answer(StatusCode::OK, body);
    response.extensions_mut().insert(Outcome(outcome));
    response
}

/// Marks an answer as one that no cache may keep (RFC 9111, section 5.2.2.5).
pub(super) async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The fallback for a path that no route has: 404 in the shape of all other refusals, and not to be cached.
///
/// The [`Routes`](super::Routes) leave other paths to the server that they are part of; this is for those that have
/// nothing of their own to say there.
pub async fn not_found() -> Response {
    no_store(Failure::own(404, "NOT_FOUND", "There is nothing at this path; check the address.").into_response()).await
}

/// A path that is there, asked with a method that it does not take.
pub(super) async fn method_not_allowed() -> Failure {
    Failure::own(405, "METHOD_NOT_ALLOWED", "This path does not take this method; see the header Allow.")
}
