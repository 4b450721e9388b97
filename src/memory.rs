//! The memory engine: a handle to the table, scoped to a tenant. Each verb has a file of its own.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::clock::{Tick, Time};
use crate::code::Code;
use crate::delivery::Delivery;
use crate::error::SettleError;

#[cfg(feature = "wait")]
mod backend;
pub(crate) mod builder;
mod cancel;
mod carried;
mod claim_context;
mod complete;
pub(crate) mod contain;
mod context;
mod deny;
mod door;
pub(crate) mod guess;
mod identify;
mod index;
mod initiate;
mod inspect;
mod poll;
mod resolve;
mod sessions;
mod shard;
#[allow(unsafe_code)]
mod slot;
mod sources;
mod stats;
pub(crate) mod sweeper;
pub(crate) mod table;
mod tenant;
pub(crate) mod uncollected;
#[cfg(feature = "wait")]
mod wait;
mod withdraw;
mod word;

#[cfg(test)]
mod tests;

use guess::Guesses;
use slot::{Session, Side, Status, View};
use sources::Sources;
use table::sweep::Swept;
use table::{Place, SessionRef, Table};
use tenant::{Tenant, Tenants};

/// The store of command-line logins. `T` is the grant that a completion hands over, `C` the context that may be
/// attached at the start.
///
/// It is a handle: cloning it is two reference counts, all clones are one store, and threads share it freely. Each
/// handle is scoped to a tenant, the *default* one unless it came from [`for_tenant`](Self::for_tenant); a code of another
/// tenant is unknown to it.
///
/// ```
/// use counterfoil::{LoginCode, Polled, PollingCode, Secret, SessionStore};
///
/// let store = SessionStore::<Secret>::builder().build()?;
///
/// let login = store.initiate()?;                            // the tool keeps one code, the browser gets the other
/// assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }));
///
/// store.complete(&login.login_code, Secret::new("rt-1"))?;  // signed in, the user approves
/// let Polled::Completed(token) = store.poll(&login.polling_code) else { panic!() };
/// assert_eq!(token.expose(), "rt-1");
/// assert!(matches!(store.poll(&login.polling_code), Polled::Redeemed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionStore<T, C = ()> {
    pub(crate) shared: Arc<Shared<T, C>>,
    tenant: Arc<Tenant>,
    /// Whether polls through this handle are held to the poll interval.
    paced: bool,
    /// Polls that come so soon after one that was noted are part of it.
    again: Duration,
}

pub(crate) struct Shared<T, C> {
    pub(crate) table: Table<T, C>,
    pub(crate) tenants: Arc<Tenants>,
    pub(crate) time: Time,
    pub(crate) ttl: Duration,
    pub(crate) tenant_bound: Option<u32>,
    pub(crate) poll_interval: Option<Duration>,
    pub(crate) delivery: Delivery<T>,
    pub(crate) guesses: Guesses,
    pub(crate) sources: Sources,
    /// How a context is cloned, once one was looked at: for claims beside a look.
    pub(crate) clone_context: OnceLock<fn(&C) -> C>,
}

impl<T, C> SessionStore<T, C> {
    pub(crate) fn new(shared: Shared<T, C>) -> Self {
        let tenant = shared.tenants.default.clone();
        Self { shared: Arc::new(shared), tenant, paced: true, again: Duration::ZERO }
    }

    /// The same store, scoped to the tenant of that name (`default` is the default one).
    ///
    /// Cost: one look-up in a sharded map under its read lock; keep the handle if the tenant is known beforehand.
    /// The name is given back when no handle and no session uses it any more.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let acme = store.for_tenant("acme");
    /// let login = acme.initiate()?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Unknown));
    /// assert!(matches!(acme.poll(&login.polling_code), Polled::Pending { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn for_tenant(&self, name: &str) -> Self {
        let tenant = self.shared.tenants.get(name);
        Self { shared: self.shared.clone(), tenant, paced: self.paced, again: self.again }
    }

    /// The same store for clients that know nothing of a pace: polls through this handle are neither noted nor told to
    /// slow down, whatever [`poll_interval`](crate::Builder::poll_interval) says.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().poll_interval(Duration::from_secs(5)).build()?;
    /// let login = store.initiate()?;
    /// let unpaced = store.unpaced();
    /// assert!(matches!(unpaced.poll(&login.polling_code), Polled::Pending { .. }));
    /// assert!(matches!(unpaced.poll(&login.polling_code), Polled::Pending { .. }));
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }), "the first that counts");
    /// assert!(matches!(store.poll(&login.polling_code), Polled::SlowDown { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn unpaced(&self) -> Self {
        Self { paced: false, ..self.clone() }
    }

    /// The same store for clients that may ask twice at once: polls through this handle that come within `again` of one
    /// that counted are part of it, and told the same about the pace.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().poll_interval(Duration::from_secs(5)).build()?;
    /// let login = store.initiate()?;
    /// let tolerant = store.tolerant(Duration::from_millis(250));
    /// assert!(matches!(tolerant.poll(&login.polling_code), Polled::Pending { .. }));
    /// assert!(matches!(tolerant.poll(&login.polling_code), Polled::Pending { .. }), "the same poll again");
    /// assert!(matches!(store.poll(&login.polling_code), Polled::SlowDown { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tolerant(&self, again: Duration) -> Self {
        Self { again, ..self.clone() }
    }

    /// The tenant that this handle is scoped to.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// assert_eq!((store.tenant(), store.for_tenant("acme").tenant()), ("default", "acme"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant.name
    }

    /// The least time between two polls that clients of this handle are held to, as
    /// [`poll_interval`](crate::Builder::poll_interval) set it (`interval` in RFC 8628, section 3.2). `None` if there is no
    /// pace.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().poll_interval(Duration::from_secs(5)).build()?;
    /// assert_eq!(store.poll_interval(), Some(Duration::from_secs(5)));
    /// assert_eq!(store.unpaced().poll_interval(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn poll_interval(&self) -> Option<Duration> {
        self.shared.poll_interval.filter(|_| self.paced)
    }

    /// How long a session lives, unless its options say otherwise.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().ttl(Duration::from_secs(600)).build()?;
    /// assert_eq!(store.default_ttl(), Duration::from_secs(600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn default_ttl(&self) -> Duration {
        self.shared.ttl
    }

    /// For how long a grant is handed out again to any poll, if it is.
    ///
    /// ```
    /// use counterfoil::{Delivery, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let delivery = Delivery::replay(Duration::from_secs(60));
    /// let store = SessionStore::<Secret>::builder().delivery(delivery).build()?;
    /// assert_eq!(store.replay_window(), Some(Duration::from_secs(60)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn replay_window(&self) -> Option<Duration> {
        self.shared.delivery.replay.map(|replay| replay.window)
    }

    /// What the store's clock shows, for [`sweep_at`](Self::sweep_at).
    ///
    /// ```
    /// use counterfoil::{ManualClock, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::<Secret>::builder().clock(clock.clone()).build()?;
    /// clock.advance(Duration::from_secs(90));
    /// assert_eq!(store.now(), Duration::from_secs(90));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn now(&self) -> Duration {
        self.shared.time.reading()
    }

    /// Does what is due now: [`sweep_at`](Self::sweep_at) the clock's time.
    ///
    /// ```
    /// use counterfoil::{ManualClock, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::<Secret>::builder().ttl(Duration::from_secs(60)).clock(clock.clone()).build()?;
    /// store.initiate()?;
    /// clock.advance(Duration::from_secs(60));
    /// assert_eq!(store.sweep().expired, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::must_use_candidate, reason = "most callers sweep for its effect")]
    pub fn sweep(&self) -> Swept {
        self.shared.table.sweep(self.shared.time.now())
    }

    /// Does what is due at `now`, for all tenants: expires sessions, drops grants that no poll may have any more,
    /// forgets what was remembered long enough, and frees the slots.
    ///
    /// Every verb is right with or without sweeps; sweeping is what wipes grants in time, wakes tasks that wait for a
    /// session that expires, and makes slots free. The memory of the table stays with the store. A
    /// [`Sweeper`](crate::Sweeper) sweeps in the background.
    ///
    /// Cost: in proportion to what is due, and some atomic loads per shard if nothing is. One shard's lock at a time,
    /// for 32 entries at most; grants and contexts are dropped without it. A panic in the destructor of one is reported
    /// by the panic hook and goes no further.
    ///
    /// ```
    /// use counterfoil::{ManualClock, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let store = SessionStore::<Secret>::builder().ttl(Duration::from_secs(60)).clock(ManualClock::new()).build()?;
    /// store.initiate()?;
    /// assert_eq!(store.sweep_at(store.now() + Duration::from_secs(60)).expired, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::must_use_candidate, reason = "most callers sweep for its effect")]
    pub fn sweep_at(&self, now: Duration) -> Swept {
        self.shared.table.sweep(self.shared.time.tick(now))
    }

    /// The session that `code` names, with its status, if it is of this tenant.
    ///
    /// A status that follows from the time alone is made final first, so that no thread with an earlier reading of the
    /// clock takes back what this one is told.
    // Out of line, its result comes back through memory: 3 ns of 35 for a poll at a thousand sessions.
    #[inline(always)]
    #[expect(clippy::inline_always)]
    fn find(&self, side: Side, code: &Code, now: Tick) -> Option<Found<'_, T, C>> {
        let table = &self.shared.table;
        let Place { index, session, within } = table.place(code);
        loop {
            let view = session.view(side, &code.proof, self.tenant.id).filter(|_| within)?;
            let status = view.status(now, table.rules);
            if view.is_revocable(status) {
                table.lapse(index, session, &view);
                continue;
            }
            return match status {
                Status::Unknown => None,
                status => Some(Found { index, session, view, status }),
            };
        }
    }
}

/// A session as one look found it.
struct Found<'a, T, C> {
    index: u32,
    session: Session<'a, T, C>,
    view: View,
    status: Status,
}

impl<T, C> Found<'_, T, C> {
    fn at(&self) -> SessionRef {
        SessionRef { index: self.index, generation: self.view.word.generation() }
    }
}

impl Status {
    /// Why a verb that needs a pending session refuses this one.
    fn refusal(self) -> SettleError {
        match self {
            Self::Ready => SettleError::Completed,
            Self::Replayable | Self::Redeemed => SettleError::Redeemed,
            Self::Denied => SettleError::Denied,
            Self::Cancelled => SettleError::Cancelled,
            Self::Expired => SettleError::Expired,
            Self::Pending | Self::Unknown => SettleError::Unknown,
        }
    }
}

impl<T, C> Clone for SessionStore<T, C> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), tenant: self.tenant.clone(), paced: self.paced, again: self.again }
    }
}

impl<T, C> fmt::Debug for SessionStore<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStore").field("tenant", &self.tenant.name).finish_non_exhaustive()
    }
}
