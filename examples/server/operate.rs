//! What the server's operator asks it.
//!
//! These answer without a key, to everybody who reaches the port. They hold no secret, but how much is going on: where
//! that is not for everyone, let the proxy in front pass on nothing but the paths of the endpoints.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn;
use axum::routing::get;
use counterfoil::axum::{Sessions, require_host};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::metrics::render;

/// `GET /healthz`: `ok`, as long as the server takes requests. `GET /metrics`: Prometheus' text format.
pub(crate) fn routes<S: Sessions>(store: S, measured: PrometheusHandle) -> Router {
    let metrics = move || async move {
        let stats = store.stats().await.map_err(|down| (StatusCode::SERVICE_UNAVAILABLE, down.to_string()))?;
        Ok::<_, (StatusCode, String)>((
            [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
            render(&measured, &stats),
        ))
    };
    Router::new().route("/healthz", get(|| async { "ok" })).route("/metrics", get(metrics)).layer(from_fn(require_host))
}
