//! `Limits`: what a client may take of a server.

use std::time::Duration;

/// The limits of [`Serve`](super::Serve), whose setters document them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) header: Duration,
    pub(super) idle: Duration,
    pub(super) body_pause: Duration,
    pub(super) request: Duration,
    pub(super) age: Duration,
    pub(super) drain: Duration,
    pub(super) per_source: u32,
    /// `None` if the process's limit on open files decides.
    pub(super) connections: Option<usize>,
}

impl Limits {
    /// How large the head of a request may be; the response to a larger one is 431.
    pub(super) const HEAD_BYTES: usize = 64 * 1024;

    pub(super) const DEFAULT: Self = Self {
        header: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        body_pause: Duration::from_secs(10),
        request: Duration::from_secs(45),
        age: Duration::from_secs(600),
        drain: Duration::from_secs(1),
        per_source: 64,
        connections: None,
    };
}
