//! Middleware that refuses a request without one valid `Host`.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::failure::Failure;
use crate::axum::server::Host;

/// Middleware for a server's own routes, by axum's `from_fn`: the response to a request whose header `Host` is missing
/// (in HTTP/1.1), given twice or malformed is 400, as RFC 9112, section 3.2 requires. The routes of this module do so
/// by themselves.
///
/// ```
/// use axum::Router;
/// use axum::middleware::from_fn;
/// use axum::routing::get;
///
/// let own: Router = Router::new()
///     .route("/healthz", get(|| async { "ok" }))
///     .layer(from_fn(counterfoil::axum::require_host));
/// ```
pub async fn require_host(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match Host::of(&head) {
        Ok(_) => next.run(Request::from_parts(head, body)).await,
        Err(bad) => Failure::from(bad).into_response(),
    }
}
