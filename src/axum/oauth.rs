//! The RFC 8628 dialect: an OAuth 2.0 device authorization grant over the same store.

mod authorize;
mod client;
mod device_code;
mod form;
mod metadata;
mod poll;
mod provider;
mod refresh;
mod refusal;
mod revoke;
mod scope;
mod success;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::PRAGMA;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::server::{Access, Parts, Sessions, Settings, Tokens};
use super::wire::Failure;
use authorize::authorize;
use metadata::metadata;
use provider::{DEVICE_AUTHORIZATION, METADATA, Provider, REVOKE, TOKEN};
use refusal::method_not_allowed;
use revoke::revoke;
use token::token;

/// Returns the routes of this dialect.
pub(super) fn routes<B: Sessions, A: Access, K: Tokens>(parts: Arc<Parts<B, A, K>>, settings: Arc<Settings>) -> Router {
    let mut routes = Router::new()
        .route(DEVICE_AUTHORIZATION, uncached(post(authorize)))
        .route(TOKEN, uncached(post(token)))
        .route(METADATA, uncached(get(metadata)));
    if parts.tokens.revokes() {
        routes = routes.route(REVOKE, uncached(post(revoke)));
    }
    routes.with_state(Provider { parts, settings })
}

/// Returns an error that all dialects share, in this dialect's shape.
pub(super) fn refused(failure: Failure) -> Response {
    refusal::Refusal::from(failure).into_response()
}

/// Forbids caching for all responses of a path. A layer on the router would also apply to the server's own fallback.
fn uncached<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>) -> MethodRouter<S> {
    methods.fallback(method_not_allowed).layer(map_response(no_cache))
}

/// Adds the header that RFC 6749, section 5.1, requires besides `Cache-Control: no-store`.
async fn no_cache(mut response: Response) -> Response {
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
