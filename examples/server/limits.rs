//! What a client may take: time, room, connections. A client that takes more is refused in the shape of all other refusals.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use serde_json::json;
use tokio::time::sleep;

use crate::ending::Ending;
use crate::observe::Noted;

/// The limits. Bodies are limited in size by the routes themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long a client may take over the head of a request: from its first byte, or from the beginning of a new
    /// connection.
    pub(crate) head: Duration,
    /// How long a connection may be idle between two requests. Longer than the proxy in front keeps one (mostly 60 s),
    /// or a request that the proxy sends is lost with the connection that is closed at that moment.
    pub(crate) idle: Duration,
    /// How large that head may be; more is answered 431.
    pub(crate) head_bytes: usize,
    /// How long a client may pause within a body.
    pub(crate) body: Duration,
    /// How long a request may take, its body and a wait included.
    pub(crate) request: Duration,
    /// How old a connection may get before it is closed with its next answer, so that one whose answers are not read is
    /// not kept for ever.
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
        idle: Duration::from_secs(75),
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

/// The router within its limits, each answer noted. No answer is to be cached, what the limits answer included.
pub(crate) fn limited(app: Router, limits: Limits, ending: Ending) -> Router {
    // One layer for it all: axum boxes each, with a copy of those within it, for every request.
    app.layer(from_fn(move |request, next| answer(limits, ending.clone(), request, next)))
}

async fn answer(limits: Limits, ending: Ending, request: Request, next: Next) -> Response {
    let mut noted = Noted::new(&request);
    let mut response = within(limits, ending, request, next).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    noted.answered(&response);
    response
}

/// Gives up on a request that takes too long, that outlasts the server, or whose handler panics. A wait that is given up
/// loses nothing.
async fn within(limits: Limits, ending: Ending, request: Request, next: Next) -> Response {
    let oauth = request.uri().path().starts_with("/oauth/");
    tokio::select! {
        // Most answers are there at once; then no timer is started.
        biased;
        response = AssertUnwindSafe(next.run(request)).catch_unwind() => response.unwrap_or_else(|_| {
            // The log says where.
            refusal(oauth, StatusCode::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE",
                "Something went wrong; try again later.")
        }),
        () = sleep(limits.request) => {
            refusal(oauth, StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT",
                "The request took too long; send it again, faster.")
        }
        () = async { ending.announced().await; sleep(limits.grace / 2).await } => {
            refusal(oauth, StatusCode::SERVICE_UNAVAILABLE, "SHUTTING_DOWN",
                "The server is shutting down; try again later.")
        }
    }
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
