//! The two Stack dialects: one set of endpoints, and two forms of the response to a poll.

mod admin;
mod api;
mod complete;
mod credentials;
mod dialect;
mod initiate;
mod openapi;
mod poll;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};

use super::server::{Access, Parts, Sessions, Settings, Tokens};
use super::wire::{Cors, method_not_allowed};
use api::Api;
use complete::complete;
use initiate::initiate;
use openapi::openapi;
use poll::poll;

pub(super) use dialect::Dialect;
pub use openapi::OPENAPI;

/// Returns the endpoints of a dialect, with their whole paths: a nested router costs every request a new URI and
/// several allocations.
pub(super) fn routes<B: Sessions, A: Access, K: Tokens>(
    prefix: &str,
    dialect: Dialect,
    parts: Arc<Parts<B, A, K>>,
    settings: Arc<Settings>,
    cors: &Cors,
) -> Router {
    let endpoints = [("", post(initiate)), ("/poll", post(poll)), ("/complete", post(complete))].into_iter();
    let routes = endpoints.fold(Router::new(), |routes, (path, methods)| {
        cors.route(routes, &format!("{prefix}/auth/cli{path}"), methods.fallback(method_not_allowed))
    });
    routes.with_state(Api::new(parts, settings, dialect))
}

/// Returns the routes of an administrator.
pub(super) fn admin<B: Sessions, A: Access, K: Tokens>(parts: Arc<Parts<B, A, K>>, settings: Arc<Settings>) -> Router {
    Router::new()
        .route("/sessions", get(admin::list).fallback(method_not_allowed))
        .route("/sessions/{id}", delete(admin::cancel).fallback(method_not_allowed))
        .with_state(Api::new(parts, settings, Dialect::Documented))
}

/// Returns the route `/openapi.json`, which describes the documented dialect.
pub(super) fn description(cors: &Cors) -> Router {
    cors.route(Router::new(), "/openapi.json", get(openapi).fallback(method_not_allowed))
}
