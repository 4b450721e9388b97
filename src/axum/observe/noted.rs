//! `Noted`: a request under way.
#![cfg_attr(not(any(feature = "tracing", feature = "metrics")), allow(dead_code, reason = "only its id is told"))]

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::super::server::Network;
use super::super::wire::Outcome;
#[cfg(feature = "tracing")]
use super::log;
#[cfg(feature = "metrics")]
use super::measure::{Labels, Measures};
use super::request_id::{REQUEST_ID, RequestId};

/// What is noted, and how.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) quiet: Vec<String>,
    pub(super) trusted_proxies: Vec<Network>,
    #[cfg(feature = "metrics")]
    pub(super) measures: Measures,
}

impl Rules {
    /// The same, for a request of which nothing has been noted yet.
    pub(super) fn anew(&self) -> Self {
        Self {
            quiet: self.quiet.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            #[cfg(feature = "metrics")]
            measures: Measures::default(),
        }
    }
}

/// A request under way; noted as abandoned if it is dropped without a response.
pub(in super::super) struct Noted {
    rules: Arc<Rules>,
    method: &'static str,
    path: Option<MatchedPath>,
    id: RequestId,
    began: Instant,
    answered: bool,
}

impl Noted {
    pub(super) fn new(rules: Arc<Rules>, request: &mut Request) -> Self {
        let began = Instant::now();
        let id = RequestId::of(request, &rules.trusted_proxies);
        request.extensions_mut().insert(id.clone());
        let path = request.extensions().get::<MatchedPath>().cloned();
        Self { rules, method: name(request.method()), path, id, began, answered: false }
    }

    /// Notes the response, and names the request in it.
    pub(in super::super) fn answered(mut self, response: &mut Response) {
        self.answered = true;
        let status = response.status();
        let outcome = response.extensions().get::<Outcome>().map_or(rough(status), |outcome| outcome.as_str());
        response.headers_mut().insert(REQUEST_ID, self.id.header());
        let took = self.measure(Some(status), outcome);
        #[cfg(feature = "tracing")]
        log::answered(self.named(), self.is_quiet(), status.as_u16(), outcome, took);
        let _ = took;
    }

    #[cfg(feature = "tracing")]
    fn named(&self) -> log::Named<'_> {
        log::Named { method: self.method, path: self.path(), id: self.id.as_str() }
    }

    /// The template of its path.
    #[cfg(feature = "tracing")]
    fn path(&self) -> &str {
        self.path.as_ref().map_or("(no such path)", MatchedPath::as_str)
    }

    /// Whether its path is asked every few seconds.
    #[cfg(feature = "tracing")]
    fn is_quiet(&self) -> bool {
        self.rules.quiet.iter().any(|quiet| quiet == self.path())
    }

    fn measure(&mut self, status: Option<StatusCode>, outcome: &'static str) -> Duration {
        let took = self.began.elapsed();
        #[cfg(feature = "metrics")]
        {
            // Lent, since a copy is counted by all threads.
            let labels = Labels { method: self.method, path: self.path.take(), status, outcome };
            self.rules.measures.note(&labels, took);
            self.path = labels.path;
        }
        let _ = (status, outcome);
        took
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if !self.answered {
            let took = self.measure(None, "abandoned");
            #[cfg(feature = "tracing")]
            log::abandoned(self.named(), took);
            let _ = took;
        }
    }
}

/// The outcome of a response that names none.
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
