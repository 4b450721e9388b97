//! The flags that set the store's limits, for whichever store it is.

use std::time::Duration;

use counterfoil::{Builder, GuessLimits};

use crate::flags::Flags;

/// The limits of a store, in memory or shared.
pub(crate) trait Limited: Sized {
    fn limits(self, sessions: usize, guesses: GuessLimits) -> Self;
    fn pace(self, interval: Duration) -> Self;

    /// Sets what the flags say.
    fn set(self, flags: &Flags) -> Self {
        let guesses = GuessLimits { per_source: flags.user_code_attempts, total: flags.user_code_attempts.max(1000) };
        let limited = self.limits(flags.max_sessions as usize, guesses);
        match flags.poll_interval {
            0 => limited,
            seconds => limited.pace(Duration::from_secs(seconds)),
        }
    }
}

impl<T, C> Limited for Builder<T, C> {
    fn limits(self, sessions: usize, guesses: GuessLimits) -> Self {
        self.max_sessions(sessions).user_code_guesses(guesses)
    }

    fn pace(self, interval: Duration) -> Self {
        self.poll_interval(interval)
    }
}

#[cfg(feature = "redis")]
impl<T: counterfoil::Stored, C: counterfoil::Stored> Limited for counterfoil::RedisBuilder<T, C> {
    fn limits(self, sessions: usize, guesses: GuessLimits) -> Self {
        self.max_sessions(sessions).user_code_guesses(guesses)
    }

    fn pace(self, interval: Duration) -> Self {
        self.poll_interval(interval)
    }
}
