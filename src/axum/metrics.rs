//! What is measured, and under which names. Feature `metrics`.
//!
//! The names are those of the [`metrics`](https://docs.rs/metrics) crate's facade: a server installs a recorder, such as
//! `metrics-exporter-prometheus`, before it serves, and [`describe`]s them.
//!
//! | name | kind | labels |
//! | --- | --- | --- |
//! | [`counterfoil_http_requests_total`](REQUESTS) | counter | `method`, `path`, `status`, `outcome` |
//! | [`counterfoil_http_request_duration_seconds`](LATENCY) | histogram | `method`, `path` |
//! | [`counterfoil_http_connections`](CONNECTIONS) | gauge | |
//! | [`counterfoil_http_connections_refused_total`](REFUSED) | counter | |
//! | [`counterfoil_http_connections_displaced_total`](DISPLACED) | counter | |
//! | [`counterfoil_sweep_duration_seconds`](SWEEP) | histogram | |
//! | [`counterfoil_sessions`](SESSIONS) | gauge | `state`: `pending`, `completed`, `remembered` |
//! | [`counterfoil_sessions_max`](MAX_SESSIONS) | gauge | |
//! | [`counterfoil_sessions_initiated_total`](INITIATED) | counter | |
//! | [`counterfoil_sessions_approved_total`](APPROVED) | counter | |
//! | [`counterfoil_sessions_ended_total`](ENDED) | counter | `outcome`: `redeemed`, `denied`, `cancelled`, `expired` |
//! | [`counterfoil_sessions_uncollected_total`](UNCOLLECTED) | counter | |
//! | [`counterfoil_sessions_withdrawn_total`](WITHDRAWN) | counter | |
//! | [`counterfoil_sessions_forgotten_total`](FORGOTTEN) | counter | |
//!
//! The first two come from [`Observe`](super::Observe), the next three from [`serve`](super::serve), the others from
//! [`record`] and [`record_sweep`], which the server calls.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::Stats;

/// Requests.
pub const REQUESTS: &str = "counterfoil_http_requests_total";
/// How long requests took.
pub const LATENCY: &str = "counterfoil_http_request_duration_seconds";
/// Connections that are open.
pub const CONNECTIONS: &str = "counterfoil_http_connections";
/// Connections that were refused, since their source had too many.
pub const REFUSED: &str = "counterfoil_http_connections_refused_total";
/// Connections that were closed to make room for another.
pub const DISPLACED: &str = "counterfoil_http_connections_displaced_total";
/// How long sweeps took.
pub const SWEEP: &str = "counterfoil_sweep_duration_seconds";
/// Sessions now.
pub const SESSIONS: &str = "counterfoil_sessions";
/// The most sessions that there is room for.
pub const MAX_SESSIONS: &str = "counterfoil_sessions_max";
/// Sessions that began.
pub const INITIATED: &str = "counterfoil_sessions_initiated_total";
/// Approvals that won their session.
pub const APPROVED: &str = "counterfoil_sessions_approved_total";
/// Sessions that ended.
pub const ENDED: &str = "counterfoil_sessions_ended_total";
/// Sessions that were approved and expired before a poll.
pub const UNCOLLECTED: &str = "counterfoil_sessions_uncollected_total";
/// Approvals that were taken back before a poll collected them.
pub const WITHDRAWN: &str = "counterfoil_sessions_withdrawn_total";
/// Sessions that are remembered no longer.
pub const FORGOTTEN: &str = "counterfoil_sessions_forgotten_total";

/// Bounds for the buckets of the two histograms, in seconds. A request takes far less than the first; one that waits
/// takes up to the last but one.
pub const BUCKETS: [f64; 11] = [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 30.0, 45.0];

/// Tells the recorder what the names mean. Call it once, after the recorder is installed.
///
/// ```
/// counterfoil::axum::metrics::describe();
/// ```
pub fn describe() {
    describe_counter!(REQUESTS, "Requests, by method, path template, status and what became of them.");
    describe_histogram!(
        LATENCY,
        Unit::Seconds,
        "How long requests took, the time that a poll waited for news included."
    );
    describe_gauge!(CONNECTIONS, "Connections that are open.");
    describe_counter!(REFUSED, "Connections that were refused, since their source had too many.");
    describe_counter!(DISPLACED, "Connections that were closed to make room for another.");
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
    describe_counter!(WITHDRAWN, "Approvals that were taken back before a poll collected the grant.");
    describe_counter!(FORGOTTEN, "Sessions that are remembered no longer.");
    gauge!(CONNECTIONS).set(0);
    counter!(REFUSED).absolute(0);
    counter!(DISPLACED).absolute(0);
}

/// Records a store's own numbers. Call it whenever the metrics are read.
///
/// ```
/// # let store = counterfoil::axum::Store::builder().build()?;
/// counterfoil::axum::metrics::record(&store.stats());
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
pub fn record(stats: &Stats) {
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
    counter!(WITHDRAWN).absolute(stats.withdrawn);
    counter!(FORGOTTEN).absolute(stats.forgotten);
}

/// Records how long a sweep took.
///
/// ```
/// # let store = counterfoil::axum::Store::builder().build()?;
/// let began = std::time::Instant::now();
/// store.sweep();
/// counterfoil::axum::metrics::record_sweep(began.elapsed());
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
pub fn record_sweep(took: Duration) {
    histogram!(SWEEP).record(took);
}

/// Sessions are counted in 32 bits.
fn exact(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
