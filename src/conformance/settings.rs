//! What a case asks of the store that it is run on.

use std::time::Duration;

use crate::delivery::Delivery;
use crate::guess_limits::GuessLimits;
use crate::memory::builder::Builder;

/// The settings of a store under test, in terms that every engine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long a session lives, unless its options say otherwise. Here ten minutes.
    pub ttl: Duration,
    /// How long a session that has ended is remembered. Here twenty minutes.
    pub retention: Duration,
    /// The bound on sessions. Here 5000.
    pub max_sessions: usize,
    /// The bound on the live sessions of one tenant. Here none.
    pub max_sessions_per_tenant: Option<u32>,
    /// The bound on the live sessions of one source. Here any number.
    pub max_sessions_per_source: u32,
    /// The least time between two polls. Here none.
    pub poll_interval: Option<Duration>,
    /// For how long a grant is handed out again to any poll. Here it is not.
    pub replay: Option<Duration>,
    /// How many wrong user codes one source may try within a minute. Here any number.
    pub guesses_per_source: u32,
    /// How many wrong user codes all sources together may try within a minute. Here any number.
    pub guesses_in_total: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(600),
            retention: Duration::from_secs(1200),
            max_sessions: 5000,
            max_sessions_per_tenant: None,
            max_sessions_per_source: u32::MAX,
            poll_interval: None,
            replay: None,
            guesses_per_source: u32::MAX,
            guesses_in_total: u32::MAX,
        }
    }
}

impl Settings {
    /// Returns these settings as the memory engine takes them.
    pub fn memory<T: Clone + Sync, C>(&self) -> Builder<T, C> {
        let guesses = GuessLimits { per_source: self.guesses_per_source, total: self.guesses_in_total };
        let mut builder = Builder::default()
            .ttl(self.ttl)
            .retention(self.retention)
            .max_sessions(self.max_sessions)
            .max_sessions_per_source(self.max_sessions_per_source)
            .user_code_guesses(guesses);
        if let Some(max) = self.max_sessions_per_tenant {
            builder = builder.max_sessions_per_tenant(max);
        }
        if let Some(interval) = self.poll_interval {
            builder = builder.poll_interval(interval);
        }
        if let Some(window) = self.replay {
            builder = builder.delivery(Delivery::replay(window));
        }
        builder
    }
}
