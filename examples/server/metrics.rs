//! What is measured, and under which names.

use std::time::Duration;

use counterfoil::Stats;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

pub(crate) const REQUESTS: &str = "counterfoil_http_requests_total";
pub(crate) const LATENCY: &str = "counterfoil_http_request_duration_seconds";
pub(crate) const CONNECTIONS: &str = "counterfoil_http_connections";
pub(crate) const SWEEP: &str = "counterfoil_sweep_duration_seconds";
const SESSIONS: &str = "counterfoil_sessions";
const MAX_SESSIONS: &str = "counterfoil_sessions_max";
const INITIATED: &str = "counterfoil_sessions_initiated_total";
const APPROVED: &str = "counterfoil_sessions_approved_total";
const ENDED: &str = "counterfoil_sessions_ended_total";
const UNCOLLECTED: &str = "counterfoil_sessions_uncollected_total";
const FORGOTTEN: &str = "counterfoil_sessions_forgotten_total";

/// Seconds. A request takes far less than the first, one that waits takes up to the last but one.
const BUCKETS: [f64; 11] = [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 30.0, 45.0];

/// Collects from now on what is measured anywhere in the process.
pub(crate) fn install() -> Result<PrometheusHandle, Box<dyn std::error::Error>> {
    let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)?;
    describe();
    gauge!(CONNECTIONS).set(0);
    Ok(handle)
}

fn describe() {
    describe_counter!(REQUESTS, "Requests, by method, path template, status and what became of them.");
    describe_histogram!(
        LATENCY,
        Unit::Seconds,
        "How long requests took, the time that a poll waited for news included."
    );
    describe_gauge!(CONNECTIONS, "Connections that are open.");
    describe_histogram!(SWEEP, Unit::Seconds, "How long sweeps took.");
    describe_gauge!(
        SESSIONS,
        "Sessions now: pending wait for an approval, completed for a poll, remembered are over and not forgotten."
    );
    describe_gauge!(MAX_SESSIONS, "The most sessions that there is room for, in all states together.");
    describe_counter!(INITIATED, "Sessions that began.");
    describe_counter!(APPROVED, "Approvals that won their session.");
    describe_counter!(ENDED, "Sessions that ended, by how.");
    describe_counter!(UNCOLLECTED, "Sessions that were approved and expired before a poll collected the grant.");
    describe_counter!(FORGOTTEN, "Sessions that are remembered no longer.");
}

/// The measurements in Prometheus' text format, the store's own as these are.
pub(crate) fn render(handle: &PrometheusHandle, stats: &Stats) -> String {
    for (state, count) in [("pending", stats.pending), ("completed", stats.completed), ("remembered", stats.remembered)]
    {
        gauge!(SESSIONS, "state" => state).set(exact(count));
    }
    gauge!(MAX_SESSIONS).set(exact(stats.max_sessions));
    counter!(INITIATED).absolute(stats.initiated);
    counter!(APPROVED).absolute(stats.approved);
    for (outcome, count) in [
        ("redeemed", stats.redeemed),
        ("denied", stats.denied),
        ("cancelled", stats.cancelled),
        ("expired", stats.expired),
    ] {
        counter!(ENDED, "outcome" => outcome).absolute(count);
    }
    counter!(UNCOLLECTED).absolute(stats.uncollected);
    counter!(FORGOTTEN).absolute(stats.forgotten);
    handle.render()
}

/// Sessions are counted in 32 bits.
fn exact(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How long a sweep took.
pub(crate) fn swept(took: Duration) {
    metrics::histogram!(SWEEP).record(took);
}
