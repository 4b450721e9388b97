//! The settings that all engines have, what they are by default, and what each may be.

use std::time::Duration;

use crate::error::BuildError;
use crate::guess_limits::GuessLimits;
use crate::session::MAX_TTL;

/// The largest `max_sessions`: 268,435,456.
pub const MAX_SESSIONS: usize = 1 << 28;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) ttl: Duration,
    pub(crate) retention: Duration,
    pub(crate) max_sessions: usize,
    pub(crate) max_sessions_per_tenant: Option<u32>,
    pub(crate) max_sessions_per_source: u32,
    pub(crate) poll_interval: Option<Duration>,
    pub(crate) guesses: GuessLimits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(2 * 60 * 60),
            retention: Duration::from_secs(10 * 60),
            max_sessions: 1_000_000,
            max_sessions_per_tenant: None,
            max_sessions_per_source: 100,
            poll_interval: None,
            guesses: GuessLimits::default(),
        }
    }
}

impl Settings {
    /// Refuses the first setting that does not work. `replay` is the window of a delivery that has one.
    pub(crate) fn check(&self, replay: Option<Duration>) -> Result<(), BuildError> {
        let refused = [
            (self.ttl.is_zero(), BuildError::ZeroTtl),
            (self.ttl > MAX_TTL, BuildError::TtlTooLong),
            (self.retention > MAX_TTL, BuildError::RetentionTooLong),
            (self.max_sessions == 0, BuildError::NoSessions),
            (self.max_sessions_per_tenant == Some(0), BuildError::NoSessionsPerTenant),
            (self.max_sessions_per_source == 0, BuildError::NoSessionsPerSource),
            (self.poll_interval > Some(MAX_TTL), BuildError::PollIntervalTooLong),
            (replay > Some(self.retention), BuildError::ReplayOutlivesRetention),
            (self.guesses.per_source == 0 || self.guesses.total == 0, BuildError::NoGuesses),
            (self.max_sessions > MAX_SESSIONS, BuildError::TooManySessions),
        ];
        refused.into_iter().find(|(refused, _)| *refused).map_or(Ok(()), |(_, error)| Err(error))
    }
}
