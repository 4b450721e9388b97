//! The settings of a store.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::guess::Guesses;
use super::slot::Rules;
use super::slot::zeroed::Pages;
use super::sources::Sources;
use super::table::{Plan, Table};
use super::tenant::Tenants;
use super::uncollected::{Listener, Uncollected};
use super::{SessionStore, Shared};
use crate::attempt::Attempt;
use crate::clock::{Clock, Time, whole_ticks};
use crate::code::random::generator;
use crate::delivery::Delivery;
use crate::error::BuildError;
use crate::guess_limits::GuessLimits;
use crate::settings::Settings;

/// The settings of a [`SessionStore`], checked once by [`build`](Self::build).
///
/// ```
/// use counterfoil::{Secret, SessionStore};
/// use std::time::Duration;
///
/// let store = SessionStore::<Secret>::builder()
///     .ttl(Duration::from_secs(600))
///     .max_sessions(50_000)
///     .max_sessions_per_tenant(5_000)
///     .build()?;
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<T, C = ()> {
    settings: Settings,
    delivery: Delivery<T>,
    clock: Option<Arc<dyn Clock>>,
    listener: Option<Listener<T>>,
    pages: Pages,
    context: std::marker::PhantomData<fn() -> C>,
}

impl<T, C> SessionStore<T, C> {
    /// The settings to start from.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().max_sessions(50_000).build()?;
    /// assert_eq!(store.stats().max_sessions, 50_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> Builder<T, C> {
        Builder::default()
    }
}

impl<T, C> Default for Builder<T, C> {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            delivery: Delivery::once(),
            clock: None,
            listener: None,
            pages: Pages::Usual,
            context: std::marker::PhantomData,
        }
    }
}

impl<T, C> Builder<T, C> {
    /// How long a session lives, unless its login says otherwise. Default 2 hours, at most [`MAX_TTL`](crate::MAX_TTL). Rounded up to
    /// whole milliseconds.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().ttl(Duration::from_secs(600)).build()?;
    /// assert_eq!(store.initiate()?.expires_in, Duration::from_secs(600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// How long a session that has ended is remembered, so that a poll can be told *used*, *denied* or *expired*
    /// rather than *unknown*. Default 10 minutes, at most [`MAX_TTL`](crate::MAX_TTL); zero forgets at once.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().retention(Duration::from_secs(60)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retention(mut self, retention: Duration) -> Self {
        self.settings.retention = retention;
        self
    }

    /// The number of slots: live and remembered sessions together. Default 1,000,000, at most [`MAX_SESSIONS`](crate::MAX_SESSIONS).
    ///
    /// When all are taken, remembered sessions give way, the one that ended first at the head; when all are live, new
    /// logins are refused. The table (for each slot 64 bytes, 16 to 24 more with room for a grant and a context, and 44
    /// in the books) is reserved at once but backed by memory only as far as it is used.
    ///
    /// ```
    /// use counterfoil::{InitiateError, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().max_sessions(1).build()?;
    /// store.initiate()?;
    /// assert!(matches!(store.initiate(), Err(InitiateError::Full { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.settings.max_sessions = max;
        self
    }

    /// How many live sessions one tenant may have. Default: as many as there are.
    ///
    /// ```
    /// use counterfoil::{InitiateError, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().max_sessions_per_tenant(1).build()?;
    /// store.initiate()?;
    /// assert!(matches!(store.initiate(), Err(InitiateError::TenantFull { .. })));
    /// assert!(store.for_tenant("acme").initiate().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_sessions_per_tenant(mut self, max: u32) -> Self {
        self.settings.max_sessions_per_tenant = Some(max);
        self
    }

    /// How many live sessions one [`Source`](crate::Source) may have begun, whichever tenants'. Default 100. Of the wider
    /// networks on its ladder, each may have four times as many as the one below.
    ///
    /// Only logins that [name a source](crate::LoginOptions::source) are counted, each with one allocation of some hundred
    /// bytes.
    ///
    /// ```
    /// use counterfoil::{InitiateError, LoginOptions, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().max_sessions_per_source(1).build()?;
    /// let from = |host| LoginOptions::new().source([203, 0, 113, host]);
    /// store.initiate_with(from(9))?;
    /// assert!(matches!(store.initiate_with(from(9)), Err(InitiateError::SourceFull { .. })));
    /// assert!(store.initiate_with(from(10)).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_sessions_per_source(mut self, max: u32) -> Self {
        self.settings.max_sessions_per_source = max;
        self
    }

    /// The least time between two polls of a pending session (`interval` in RFC 8628, section 3.2). Default: none,
    /// no poll is told to slow down. Rounded up to whole milliseconds, so that a client that waits as long as it is
    /// told keeps to it.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().poll_interval(Duration::from_secs(5)).build()?;
    /// let login = store.initiate()?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }));
    /// assert!(matches!(store.poll(&login.polling_code), Polled::SlowDown { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.settings.poll_interval = Some(interval);
        self
    }

    /// How many wrong user codes may be tried within a minute (RFC 8628, section 5.1); see [`GuessLimits`].
    ///
    /// ```
    /// use counterfoil::{GuessLimits, SessionStore};
    ///
    /// let limits = GuessLimits { per_source: 5, ..GuessLimits::default() };
    /// let store = SessionStore::<String>::builder().user_code_guesses(limits).build()?;
    /// # Ok::<(), counterfoil::BuildError>(())
    /// ```
    pub fn user_code_guesses(mut self, limits: GuessLimits) -> Self {
        self.settings.guesses = limits;
        self
    }

    /// How often a grant is handed out. Default [`Delivery::once`].
    ///
    /// ```
    /// use counterfoil::{Delivery, Polled, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let delivery = Delivery::replay(Duration::from_secs(60));
    /// let store = SessionStore::<Secret>::builder().delivery(delivery).build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// for _ in 0..2 {
    ///     assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delivery(mut self, delivery: Delivery<T>) -> Self {
        self.delivery = delivery;
        self
    }

    /// Another clock than [`SystemClock`](crate::SystemClock).
    ///
    /// ```
    /// use counterfoil::{ManualClock, Polled, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::<Secret>::builder().ttl(Duration::from_secs(60)).clock(clock.clone()).build()?;
    /// let login = store.initiate()?;
    /// clock.advance(Duration::from_secs(60));
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Expired));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Calls `tell` with each grant that was left by an approval and never collected, when its session's expiry is noted: by
    /// a sweep, by a verb that comes upon it, or when its slot is needed. So a refresh token that was never collected can be
    /// revoked. It is not called for what is still in a store that is dropped.
    ///
    /// # Cost and locks
    /// `tell` runs on the thread that noted the expiry, outside of the store's locks; it had better hand the grant to a
    /// task. A panic in it goes no further. With it, the verb that comes upon such a session takes its tenant's own lock
    /// for a moment.
    ///
    /// ```
    /// use counterfoil::{ManualClock, Secret, SessionStore};
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    ///
    /// let (sender, uncollected) = mpsc::channel();
    /// let clock = ManualClock::new();
    /// let store = SessionStore::<Secret>::builder()
    ///     .ttl(Duration::from_secs(60))
    ///     .clock(clock.clone())
    ///     .on_uncollected(move |lost| sender.send(lost).expect("the receiver is there"))
    ///     .build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// clock.advance(Duration::from_secs(60));
    /// store.sweep();
    /// let lost = uncollected.try_recv()?;
    /// assert_eq!((lost.tenant.as_str(), lost.id, lost.grant.expose()), ("default", login.id, "rt-1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_uncollected(mut self, tell: impl Fn(Uncollected<T>) + Send + Sync + 'static) -> Self {
        self.listener = Some(Listener::new(tell));
        self
    }

    /// Asks the operating system for huge pages for the table (`madvise` with `MADV_HUGEPAGE` on Linux; elsewhere, and
    /// where they are turned off, this does nothing). Default: the system decides.
    ///
    /// In a table of hundreds of thousands of sessions, much of a verb's time can be the search for a page's address;
    /// `cargo bench --bench verbs` times the verbs with and without. The price is memory: the table is backed two
    /// megabytes at a time instead of four kilobytes. Parts of a table that fill no huge page stay as they are, so a
    /// small store pays nothing.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().max_sessions(1_000_000).huge_pages().build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn huge_pages(mut self) -> Self {
        self.pages = Pages::Huge;
        self
    }

    /// Makes the store.
    ///
    /// # Errors
    /// A [`BuildError`] that names the setting that does not work, or the memory or randomness that is missing.
    ///
    /// ```
    /// use counterfoil::{BuildError, Secret, SessionStore};
    ///
    /// assert_eq!(SessionStore::<Secret>::builder().max_sessions(0).build().err(), Some(BuildError::NoSessions));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(self) -> Result<SessionStore<T, C>, BuildError> {
        let replay = self.delivery.replay.map(|replay| replay.window);
        self.settings.check(replay)?;
        let sessions = u32::try_from(self.settings.max_sessions).map_err(|_| BuildError::TooManySessions)?;
        // Whether there is any randomness shows here, as an error, rather than later as a panic.
        drop(generator().map_err(|_| BuildError::NoRandomness)?);

        let tenants = Tenants::new(sessions);
        let plan = Plan {
            sessions,
            rules: Rules {
                retention: self.settings.retention,
                replay: replay.unwrap_or(Attempt::GRACE.min(self.settings.retention)),
            },
            tenant_bound: self.settings.max_sessions_per_tenant,
            pages: self.pages,
        };
        let table = Table::new(&plan, tenants.clone(), self.listener).map_err(|_| BuildError::OutOfMemory)?;
        Ok(SessionStore::new(Shared {
            table,
            tenants,
            time: Time::new(self.clock),
            ttl: self.settings.ttl,
            tenant_bound: self.settings.max_sessions_per_tenant,
            poll_interval: self.settings.poll_interval.map(whole_ticks),
            delivery: self.delivery,
            guesses: Guesses::new(self.settings.guesses, self.settings.ttl),
            sources: Sources::new(sessions, self.settings.max_sessions_per_source),
            clone_context: OnceLock::new(),
        }))
    }
}

impl<T, C> fmt::Debug for Builder<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("ttl", &self.settings.ttl)
            .field("retention", &self.settings.retention)
            .field("max_sessions", &self.settings.max_sessions)
            .field("max_sessions_per_tenant", &self.settings.max_sessions_per_tenant)
            .field("max_sessions_per_source", &self.settings.max_sessions_per_source)
            .field("poll_interval", &self.settings.poll_interval)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
