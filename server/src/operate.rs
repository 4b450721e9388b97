//! What the operator asks, on an address of its own.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use counterfoil::axum::{Sessions, health, metrics};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Paths that are asked every few seconds.
pub(crate) const QUIET: [&str; 3] = ["/healthz", "/metrics", "/readyz"];

/// Measures from now on.
pub(crate) fn measure() -> Result<PrometheusHandle, String> {
    let builder = PrometheusBuilder::new().set_buckets(&metrics::BUCKETS);
    let handle = builder.and_then(PrometheusBuilder::install_recorder);
    metrics::describe();
    handle.map_err(|error| format!("cannot measure: {error}"))
}

/// `GET /metrics`, in Prometheus' text format, and what a load balancer asks.
pub(crate) fn router<S: Sessions>(store: &S, measured: PrometheusHandle) -> Router {
    let asked = store.clone();
    let answer = move || {
        let (store, measured) = (asked.clone(), measured.clone());
        async move { shown(&store, &measured).await }
    };
    Router::new().route("/metrics", get(answer)).merge(health(store.clone()))
}

/// What the server has measured is of use above all if the store does not answer.
async fn shown<S: Sessions>(store: &S, measured: &PrometheusHandle) -> Response {
    if let Ok(stats) = store.stats().await {
        metrics::record(&stats);
    }
    ([TEXT], measured.render()).into_response()
}

const TEXT: (header::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
