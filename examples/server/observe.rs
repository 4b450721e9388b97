//! Each request noted, in the log and in the metrics: its method, the template of its path, how it was answered and how
//! long that took. Nothing else of it: codes come in queries and bodies, keys in headers.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use counterfoil::axum::Outcome;
use metrics::{counter, histogram};
use tracing::{debug, error, info, warn};

use crate::metrics::{LATENCY, REQUESTS};

/// What a tool hears every few seconds.
const FREQUENT: [&str; 3] = ["pending", "authorization_pending", "slow_down"];
/// What is asked every few seconds.
const OPERATOR: [&str; 2] = ["/healthz", "/metrics"];

/// A request under way; noted as abandoned where it goes without an answer.
pub(crate) struct Noted {
    method: &'static str,
    path: String,
    began: Instant,
    answered: bool,
}

impl Noted {
    /// To be made where the path has been matched with its template.
    pub(crate) fn new(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().map_or("(no such path)", MatchedPath::as_str).to_owned();
        Self { method: name(request.method()), path, began: Instant::now(), answered: false }
    }

    pub(crate) fn answered(&mut self, response: &Response) {
        self.answered = true;
        let status = response.status();
        let outcome = response.extensions().get::<Outcome>().map_or(rough(status), |outcome| outcome.as_str());
        let took = self.count(status.as_str(), outcome);
        let Self { method, path, .. } = self;
        let (status, quiet) = (status.as_u16(), FREQUENT.contains(&outcome) || OPERATOR.contains(&path.as_str()));
        match status {
            503 => warn!(method, path, status, outcome, ?took, "answered"),
            500.. => error!(method, path, status, outcome, ?took, "answered"),
            // What comes every few seconds would bury the rest.
            ..=400 if quiet => debug!(method, path, status, outcome, ?took, "answered"),
            _ => info!(method, path, status, outcome, ?took, "answered"),
        }
    }

    fn count(&self, status: &str, outcome: &'static str) -> Duration {
        let took = self.began.elapsed();
        let (method, path) = (self.method, self.path.clone());
        counter!(
            REQUESTS, "method" => method, "path" => path.clone(), "status" => status.to_owned(), "outcome" => outcome
        )
        .increment(1);
        histogram!(LATENCY, "method" => method, "path" => path).record(took);
        took
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if !self.answered {
            let took = self.count("none", "abandoned");
            let Self { method, path, .. } = self;
            debug!(method, path, ?took, "the client went away");
        }
    }
}

/// The outcome of an answer that names none.
fn rough(status: StatusCode) -> &'static str {
    if status.is_client_error() || status.is_server_error() { "refused" } else { "ok" }
}

/// The method; one that a client made up would be a time series of its own.
fn name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
