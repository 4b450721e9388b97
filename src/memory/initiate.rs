//! `initiate`: a login begins.

use std::time::Duration;

use rand::rngs::ThreadRng;

use super::contain::Contained;
use super::slot::{Extra, Fresh};
use super::sources::{Claim, SourceFull};
use super::table::evict::Refused;
use super::tenant::Account;
use super::{SessionStore, Shared};
use crate::clock::Tick;
use crate::code::random::{NoRandomness, generator};
use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode, Proof};
use crate::error::InitiateError;
use crate::session::{Initiated, LoginOptions, MAX_TTL};
use crate::source::Source;
use crate::sync::yield_now;

/// How often a login that is refused looks again, if other threads are in the middle of ending sessions.
const ROUNDS: usize = 16;

/// When to try again if a source has all the sessions that it may.
const LATER: Duration = Duration::from_secs(60);

/// When to try again if room is about to be made.
const SOON: Duration = Duration::from_millis(1);

impl<T, C> SessionStore<T, C> {
    /// Begins a login with the defaults of the store.
    ///
    /// # Errors
    /// [`InitiateError::Full`] and [`InitiateError::TenantFull`], with a time to try again;
    /// [`InitiateError::NoRandomness`] and [`InitiateError::ClockOutOfRange`], which say that the machine is not well.
    ///
    /// # Cost and locks
    /// Forty random bytes, one shard's lock, an insertion into a heap. What sessions have ended in the shard since the
    /// lock was taken last is entered in its books: seldom more than sixteen. If no slot is free, the session that ended
    /// first gives its slot up. Refused or not, the work is bounded: a `TenantFull` has looked
    /// at 24 of the tenant's sessions, those that began first: whether their time is over, and when it will be.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// assert_ne!(*login.polling_code.expose(), *login.login_code.expose());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn initiate(&self) -> Result<Initiated, InitiateError> {
        self.initiate_with(LoginOptions::new())
    }

    /// Begins a login.
    ///
    /// # Errors
    /// [`InitiateError`], besides the above if the login's own `ttl` is zero or too long. The context is dropped.
    ///
    /// # Cost and locks
    /// As [`initiate`](Self::initiate); with a user code or another tenant than the default, a look-up in a sharded map
    /// besides; with a source, the lock of some of the sources' counts. Before a `SourceFull`, up to 64 sessions of the
    /// store whose time is over are expired.
    ///
    /// ```
    /// use counterfoil::{LoginOptions, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate_with(LoginOptions::new().user_code())?;
    /// assert!(login.user_code.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn initiate_with(&self, options: LoginOptions<C>) -> Result<Initiated, InitiateError> {
        self.begin(options, UserCode::draw)
    }

    pub(super) fn begin(
        &self,
        mut options: LoginOptions<C>,
        mut draw: impl FnMut(&mut ThreadRng, bool) -> UserCode,
    ) -> Result<Initiated, InitiateError> {
        let shared = &*self.shared;
        // Dropped if the login is refused, and the counts are right whatever its destructor does.
        let context = Contained(options.context.take());
        let ttl = options.ttl.unwrap_or(shared.ttl);
        if ttl.is_zero() {
            return Err(InitiateError::ZeroTtl);
        }
        if ttl > MAX_TTL {
            return Err(InitiateError::TtlTooLong);
        }
        let now = shared.time.now();
        let deadline = now.after(ttl);
        // The last moment that the store can tell from later ones must be past the session's end.
        if deadline.after(shared.table.rules.retention) >= Tick::MAX {
            return Err(InitiateError::ClockOutOfRange);
        }
        let mut rng = generator().map_err(|NoRandomness| InitiateError::NoRandomness)?;
        let (polling, login) = (Proof::draw(&mut rng), Proof::draw(&mut rng));
        let extra = if options.source.is_some() || options.details.is_some() || options.binding.is_some() {
            Some(self.extra(&mut options, now)?)
        } else {
            None
        };
        self.admit(now)?;
        let paced = shared.poll_interval.is_some();
        let fresh = Fresh { polling, login, tenant: self.tenant.id, deadline, context, paced, extra };
        let user_code = options.user_code.then_some(|| draw(&mut rng, shared.guesses.wants_long(now)));
        let (at, user_code) = shared.table.begin(&self.tenant, fresh, user_code, now).map_err(|refused| {
            if shared.tenant_bound.is_some() {
                self.account().release();
            }
            let retry_after = match refused {
                Refused::Full(retry_after) => retry_after,
                Refused::NotYet => SOON,
            };
            InitiateError::Full { retry_after }
        })?;
        let [polling, login] = [polling, login].map(|proof| shared.table.seal(proof, at.index));
        let mut begun = Initiated::new(at.id(), PollingCode(polling), LoginCode(login), ttl);
        begun.user_code = user_code;
        Ok(begun)
    }

    fn account(&self) -> &Account {
        self.shared.table.tenants.account(self.tenant.id)
    }

    /// What only some logins begin with, counted against the bound of its source. Out of the way of all others.
    #[inline(never)]
    fn extra(&self, options: &mut LoginOptions<C>, now: Tick) -> Result<Box<Extra>, InitiateError> {
        let claim = options.source.map(|source| self.admit_source(source, now)).transpose()?;
        Ok(Box::new(Extra::new(now, options.details.take(), options.binding.take(), claim)))
    }

    /// Counts the session against the bound of its source.
    fn admit_source(&self, source: Source, now: Tick) -> Result<Claim, InitiateError> {
        let Shared { sources, table, ttl, .. } = &*self.shared;
        let mut ending = true;
        for _ in 0..ROUNDS {
            if let Ok(claim) = sources.admit(source) {
                return Ok(claim);
            }
            // As in `admit`.
            if !ending {
                break;
            }
            ending = table.is_ending();
            if ending {
                yield_now();
            }
        }
        // Some of them may have expired, and no verb has noted it.
        let more = table.expire_some(now);
        sources.admit(source).map_err(|SourceFull| InitiateError::SourceFull {
            retry_after: if ending || more { SOON } else { LATER.min(*ttl) },
        })
    }

    /// Counts the session against the tenant's bound, if there is one.
    fn admit(&self, now: Tick) -> Result<(), InitiateError> {
        let Some(bound) = self.shared.tenant_bound else { return Ok(()) };
        let mut ending = true;
        for _ in 0..ROUNDS {
            if self.account().admit(bound) {
                return Ok(());
            }
            // A thread that has seen a session ended finds it counted, or its end announced.
            if !ending {
                break;
            }
            ending = self.shared.table.is_ending();
            if ending {
                yield_now();
            }
        }
        // One of them may have expired, and no verb has noted it; or a sweep has, which held the books meanwhile.
        let first = self.shared.table.lapse_eldest(self.tenant.id, now);
        if self.account().admit(bound) {
            return Ok(());
        }
        let retry_after = match first {
            Err(Some(first)) if !ending => now.until(first).max(SOON),
            _ => SOON,
        };
        Err(InitiateError::TenantFull { retry_after })
    }
}
