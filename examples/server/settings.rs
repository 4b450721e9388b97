//! The flags that set the store's limits, for whichever store it is.

use std::time::Duration;

use counterfoil::{Builder, GuessLimits};

use crate::flags::Flags;

/// The limits of a store, in memory or shared.
pub(crate) trait Limited: Sized {
    fn sessions(self, all: usize, per_source: u32) -> Self;
    fn guesses(self, limits: GuessLimits) -> Self;
    fn pace(self, interval: Duration) -> Self;

    /// Sets what the flags say.
    fn set(self, flags: &Flags) -> Self {
        let guesses = GuessLimits { per_source: flags.user_code_attempts, total: flags.user_code_attempts.max(1000) };
        let limited = self.sessions(flags.max_sessions as usize, flags.max_sessions_per_source).guesses(guesses);
        match flags.poll_interval {
            0 => limited,
            seconds => limited.pace(Duration::from_secs(seconds)),
        }
    }
}

impl<T, C> Limited for Builder<T, C> {
    fn sessions(self, all: usize, per_source: u32) -> Self {
        self.max_sessions(all).max_sessions_per_source(per_source)
    }

    fn guesses(self, limits: GuessLimits) -> Self {
        self.user_code_guesses(limits)
    }

    fn pace(self, interval: Duration) -> Self {
        self.poll_interval(interval)
    }
}

#[cfg(feature = "redis")]
impl<T: counterfoil::Stored, C: counterfoil::Stored> Limited for counterfoil::RedisBuilder<T, C> {
    fn sessions(self, all: usize, per_source: u32) -> Self {
        self.max_sessions(all).max_sessions_per_source(per_source)
    }

    fn guesses(self, limits: GuessLimits) -> Self {
        self.user_code_guesses(limits)
    }

    fn pace(self, interval: Duration) -> Self {
        self.poll_interval(interval)
    }
}
