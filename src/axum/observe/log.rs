//! The log's line for a request.

use std::time::Duration;

use tracing::{debug, error, info, warn};

/// What a tool hears every few seconds.
const FREQUENT: [&str; 3] = ["pending", "authorization_pending", "slow_down"];

/// What names a request.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) method: &'static str,
    /// The template of its path.
    pub(super) path: &'a str,
    pub(super) id: &'a str,
}

/// Logs a response. `quiet` if the path is asked every few seconds: such lines would bury the rest.
pub(super) fn answered(named: Named<'_>, quiet: bool, status: u16, outcome: &str, took: Duration) {
    let Named { method, path, id: request } = named;
    match status {
        503 => warn!(method, path, status, outcome, ?took, request, "answered"),
        500.. => error!(method, path, status, outcome, ?took, request, "answered"),
        ..=400 if quiet || FREQUENT.contains(&outcome) => {
            debug!(method, path, status, outcome, ?took, request, "answered");
        }
        _ => info!(method, path, status, outcome, ?took, request, "answered"),
    }
}

pub(super) fn abandoned(named: Named<'_>, took: Duration) {
    let Named { method, path, id: request } = named;
    debug!(method, path, ?took, request, "the client went away");
}
