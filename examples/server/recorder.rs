//! What is measured anywhere in the process, in Prometheus' text format.

use counterfoil::Stats;
use counterfoil::axum::metrics::{BUCKETS, describe, record};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Collects from now on.
pub(crate) fn install() -> Result<PrometheusHandle, Box<dyn std::error::Error>> {
    let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)?;
    describe();
    Ok(handle)
}

/// The measurements, with the store's own.
pub(crate) fn render(handle: &PrometheusHandle, stats: &Stats) -> String {
    record(stats);
    handle.render()
}
