//! What the server's operator asks it.
//!
//! These answer without a key, to everybody who reaches the port. They hold no secret, but how much is going on: where
//! that is not for everyone, let the proxy in front pass on nothing but the paths of the endpoints.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::from_fn;
use axum::routing::get;
use counterfoil::axum::{Sessions, health, require_host};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::recorder::render;

/// The paths that are asked every few seconds.
pub(crate) const QUIET: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// `GET /healthz` and `GET /readyz`, for a load balancer; `GET /metrics`: Prometheus' text format.
pub(crate) fn routes<S: Sessions>(store: S, measured: PrometheusHandle) -> Router {
    let metrics = {
        let store = store.clone();
        move || async move {
            let stats = store.stats().await.map_err(|down| (StatusCode::SERVICE_UNAVAILABLE, down.to_string()))?;
            let headers = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
            Ok::<_, (StatusCode, String)>((headers, render(&measured, &stats)))
        }
    };
    Router::new().route("/metrics", get(metrics)).layer(from_fn(require_host)).merge(health(store))
}
