//! The counters and the histograms of requests, kept by their labels.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use ahash::RandomState;
use axum::extract::MatchedPath;
use axum::http::StatusCode;
use dashmap::DashMap;
use metrics::{Counter, Histogram, counter, histogram};

use super::super::metrics::{LATENCY, REQUESTS};

/// The handles of all label sets that have occurred. None of the labels comes from a client: there are a few methods,
/// the router's paths, and a few dozen outcomes.
#[derive(Default)]
pub(super) struct Measures(DashMap<Labels, Handles, RandomState>);

/// A path is compared by its text; a copy of it costs no allocation.
#[derive(Clone)]
pub(super) struct Labels {
    pub(super) method: &'static str,
    pub(super) path: Option<MatchedPath>,
    pub(super) status: Option<StatusCode>,
    pub(super) outcome: &'static str,
}

#[derive(Clone)]
struct Handles {
    requests: Counter,
    latency: Histogram,
}

impl Measures {
    /// Counts a response, or with no status a request without one.
    pub(super) fn note(&self, labels: &Labels, took: Duration) {
        if let Some(handles) = self.0.get(labels) {
            handles.note(took);
            return;
        }
        let handles = Handles::of(labels);
        handles.note(took);
        self.0.insert(labels.clone(), handles);
    }
}

impl Handles {
    fn of(labels: &Labels) -> Self {
        let (method, path, outcome) = (labels.method, labels.path().to_owned(), labels.outcome);
        let status = labels.status.map_or_else(|| "none".to_owned(), |status| status.as_str().to_owned());
        Self {
            requests: counter!(
                REQUESTS, "method" => method, "path" => path.clone(), "status" => status, "outcome" => outcome
            ),
            latency: histogram!(LATENCY, "method" => method, "path" => path),
        }
    }

    fn note(&self, took: Duration) {
        self.requests.increment(1);
        self.latency.record(took);
    }
}

impl Labels {
    fn path(&self) -> &str {
        self.path.as_ref().map_or("(no such path)", MatchedPath::as_str)
    }

    fn all(&self) -> (&str, &str, Option<StatusCode>, &str) {
        (self.method, self.path(), self.status, self.outcome)
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.all().hash(state);
    }
}
