//! Responses for unknown paths, and for methods that a path does not take.

use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::failure::Failure;
use crate::axum::server::Host;

/// The fallback for a path without a route: a 404 in the shape of all other errors, which no cache may store.
///
/// The [`Routes`](crate::axum::Routes) leave other paths to the server that they are part of; this is for servers
/// without a fallback of their own.
///
/// ```
/// let app: axum::Router = axum::Router::new().fallback(counterfoil::axum::not_found);
/// ```
pub async fn not_found(head: Parts) -> Response {
    if let Err(bad) = Host::of(&head) {
        return Failure::from(bad).into_response();
    }
    Failure::own(404, "NOT_FOUND", "There is nothing at this path; check the address.").into_response()
}

/// The response to a method that a path does not take.
pub(crate) async fn method_not_allowed(head: Parts) -> Failure {
    if let Err(bad) = Host::of(&head) {
        return bad.into();
    }
    Failure::own(405, "METHOD_NOT_ALLOWED", "This path does not take this method; see the header Allow.")
}
