//! What a client may take: time, room, connections. Whoever takes more is answered in the shape of all other refusals.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::sleep;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::ending::Ending;
use crate::observe::observe;

/// The limits. Bodies are limited in size by the routes themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long a client may take over the head of a request; also how long a connection may be idle between two.
    pub(crate) head: Duration,
    /// How large that head may be; more is answered 431.
    pub(crate) head_bytes: usize,
    /// How long a client may pause within a body.
    pub(crate) body: Duration,
    /// How long a request may take, its body and a wait included.
    pub(crate) request: Duration,
    /// How old a connection may get, so that one whose answers nobody reads is not kept for ever.
    pub(crate) connection: Duration,
    /// How many connections there may be. Each has one request at a time, so these are limited with them. What comes on
    /// top waits to be accepted.
    pub(crate) connections: u32,
    /// What connections are given at the end. Requests get half of it.
    pub(crate) grace: Duration,
}

impl Limits {
    /// Those of the server.
    pub(crate) const DEFAULT: Self = Self {
        head: Duration::from_secs(10),
        head_bytes: 64 * 1024,
        body: Duration::from_secs(10),
        request: Duration::from_secs(45),
        connection: Duration::from_secs(600),
        connections: 10_000,
        grace: Duration::from_secs(1),
    };

    /// How long a poll may wait for news.
    pub(crate) const MAX_WAIT: Duration = Duration::from_secs(30);
}

/// The router within its limits, each answer noted. What the limits answer is not to be cached either.
pub(crate) fn limited(app: Router, limits: Limits, ending: Ending) -> Router {
    app.layer(RequestBodyTimeoutLayer::new(limits.body))
        .layer(CatchPanicLayer::custom(broken))
        .layer(from_fn(move |request, next| in_time(limits, ending.clone(), request, next)))
        .layer(from_fn(observe))
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// Gives up on a request that takes too long, or that outlasts the server. A wait that is given up loses nothing.
async fn in_time(limits: Limits, ending: Ending, request: Request, next: Next) -> Response {
    let oauth = request.uri().path().starts_with("/oauth/");
    tokio::select! {
        response = next.run(request) => response,
        () = sleep(limits.request) => {
            refusal(oauth, StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "The request took too long; send it again, faster.")
        }
        () = async { ending.announced().await; sleep(limits.grace / 2).await } => {
            refusal(oauth, StatusCode::SERVICE_UNAVAILABLE, "SHUTTING_DOWN", "The server is shutting down; try again later.")
        }
    }
}

/// A handler panicked: the log says where.
#[allow(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn broken(_: Box<dyn Any + Send>) -> Response {
    refusal(false, StatusCode::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE", "Something went wrong; try again later.")
}

/// The connection is not used again: what is left of the request may still be on its way.
fn refusal(oauth: bool, status: StatusCode, code: &str, text: &str) -> Response {
    let busy = status == StatusCode::SERVICE_UNAVAILABLE;
    let body = if oauth {
        let error = if busy { "temporarily_unavailable" } else { "invalid_request" };
        json!({ "error": error, "error_description": text })
    } else {
        json!({ "code": code, "error": text })
    };
    let headers = [(CONTENT_TYPE, "application/json"), (CONNECTION, "close")];
    let mut response = (status, headers, body.to_string()).into_response();
    if busy {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
