//! The settings of a store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::guess::{Bounds, Guesses};
use super::slot::Rules;
use super::table::{MOST_SESSIONS, Plan, Table};
use super::tenant::Tenants;
use super::{SessionStore, Shared};
use crate::clock::{Clock, Time, whole_ticks};
use crate::code::random::generator;
use crate::delivery::Delivery;
use crate::error::BuildError;

/// The longest time to live, retention and poll interval: a day.
pub const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// The largest `max_sessions`: 268,435,456.
pub const MAX_SESSIONS: usize = MOST_SESSIONS;

/// The settings of a [`SessionStore`], checked once by [`build`](Self::build).
///
/// ```
/// use counterfoil::{Secret, SessionStore};
/// use std::time::Duration;
///
/// let store: SessionStore<Secret> = SessionStore::builder()
///     .ttl(Duration::from_secs(600))
///     .max_sessions(50_000)
///     .max_sessions_per_tenant(5_000)
///     .build()?;
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<T, C = ()> {
    ttl: Duration,
    retention: Duration,
    max_sessions: usize,
    max_sessions_per_tenant: Option<u32>,
    poll_interval: Option<Duration>,
    guesses_per_source: u32,
    guesses_in_total: u32,
    delivery: Delivery<T>,
    clock: Option<Arc<dyn Clock>>,
    context: std::marker::PhantomData<fn() -> C>,
}

impl<T, C> Default for Builder<T, C> {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(2 * 60 * 60),
            retention: Duration::from_secs(10 * 60),
            max_sessions: 1_000_000,
            max_sessions_per_tenant: None,
            poll_interval: None,
            guesses_per_source: 10,
            guesses_in_total: 1000,
            delivery: Delivery::once(),
            clock: None,
            context: std::marker::PhantomData,
        }
    }
}

impl<T, C> Builder<T, C> {
    /// How long a session lives, unless its login says otherwise. Default 2 hours, at most [`MAX_TTL`]. Rounded up to
    /// whole milliseconds.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// How long a session that has ended is remembered, so that a poll can be told *used*, *denied* or *expired*
    /// rather than *unknown*. Default 10 minutes, at most [`MAX_TTL`]; zero forgets at once.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// The number of slots: live and remembered sessions together. Default 1,000,000, at most [`MAX_SESSIONS`].
    ///
    /// When all are taken, remembered sessions give way, the one that ended first at the head; when all are live, new
    /// logins are refused. The table (for each slot 64 bytes, 16 to 24 more with room for a grant and a context, and 44
    /// in the books) is reserved at once but backed by memory only where it is used.
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.max_sessions = max;
        self
    }

    /// How many live sessions one tenant may have. Default: as many as there are.
    pub fn max_sessions_per_tenant(mut self, max: u32) -> Self {
        self.max_sessions_per_tenant = Some(max);
        self
    }

    /// The least time between two polls of a pending session (`interval` in RFC 8628, section 3.2). Default: none,
    /// no client is told to slow down. Rounded up to whole milliseconds, so that a client that waits as long as an answer
    /// says is welcome.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = Some(interval);
        self
    }

    /// How many wrong user codes one source may try within a minute, and all sources together (RFC 8628, section 5.1).
    /// Default 10 and 1000.
    ///
    /// The total is what an attacker with many addresses is held by: against `n` live user codes, a minute's guesses
    /// hit one with a chance of `total × n ÷ 25.6 × 10⁹`.
    pub fn user_code_guesses(mut self, per_source: u32, in_total: u32) -> Self {
        self.guesses_per_source = per_source;
        self.guesses_in_total = in_total;
        self
    }

    /// How often a grant is handed out. Default [`Delivery::once`].
    pub fn delivery(mut self, delivery: Delivery<T>) -> Self {
        self.delivery = delivery;
        self
    }

    /// Another clock than [`SystemClock`](crate::SystemClock).
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Makes the store.
    ///
    /// # Errors
    /// A [`BuildError`] that names the setting that does not work, or the memory or randomness that is missing.
    pub fn build(self) -> Result<SessionStore<T, C>, BuildError> {
        let refuse = |refused: bool, error: BuildError| if refused { Err(error) } else { Ok(()) };
        let replay = self.delivery.replay.map_or(Duration::ZERO, |replay| replay.window);
        refuse(self.ttl.is_zero(), BuildError::ZeroTtl)?;
        refuse(self.ttl > MAX_TTL, BuildError::TtlTooLong)?;
        refuse(self.retention > MAX_TTL, BuildError::RetentionTooLong)?;
        refuse(self.max_sessions == 0, BuildError::NoSessions)?;
        refuse(self.max_sessions_per_tenant == Some(0), BuildError::NoSessionsPerTenant)?;
        refuse(self.poll_interval > Some(MAX_TTL), BuildError::PollIntervalTooLong)?;
        refuse(replay > self.retention, BuildError::ReplayOutlivesRetention)?;
        refuse(self.guesses_per_source == 0 || self.guesses_in_total == 0, BuildError::NoGuesses)?;
        refuse(self.max_sessions > MAX_SESSIONS, BuildError::TooManySessions)?;
        let sessions = u32::try_from(self.max_sessions).map_err(|_| BuildError::TooManySessions)?;
        // Whether there is any randomness shows here, as an error, rather than later as a panic.
        drop(generator().map_err(|_| BuildError::NoRandomness)?);

        let tenants = Tenants::new(sessions);
        let plan = Plan {
            sessions,
            rules: Rules { retention: self.retention, replay },
            paced: self.poll_interval.is_some(),
            tenant_bound: self.max_sessions_per_tenant,
        };
        let table = Table::new(&plan, tenants.clone()).map_err(|_| BuildError::OutOfMemory)?;
        Ok(SessionStore::new(Shared {
            table,
            tenants,
            time: Time::new(self.clock),
            ttl: self.ttl,
            tenant_bound: self.max_sessions_per_tenant,
            poll_interval: self.poll_interval.map(whole_ticks),
            delivery: self.delivery,
            guesses: Guesses::new(Bounds { per_source: self.guesses_per_source, total: self.guesses_in_total }),
        }))
    }
}

impl<T, C> fmt::Debug for Builder<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("ttl", &self.ttl)
            .field("retention", &self.retention)
            .field("max_sessions", &self.max_sessions)
            .field("max_sessions_per_tenant", &self.max_sessions_per_tenant)
            .field("poll_interval", &self.poll_interval)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
