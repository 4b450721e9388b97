//! `initiate`: a login begins.

use std::fmt;
use std::time::Duration;

use rand::rngs::ThreadRng;

use super::SessionStore;
use super::builder::MAX_TTL;
use super::contain::Contained;
use super::table::{Refused, Request};
use super::tenant::Account;
use crate::clock::Tick;
use crate::code::random::{NoRandomness, generator};
use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode, Proof};
use crate::error::InitiateError;
use crate::sync::yield_now;

/// How often a login that is refused looks again, if other threads are in the middle of ending sessions.
const ROUNDS: usize = 16;

/// When to try again if room is about to be made.
const SOON: Duration = Duration::from_millis(1);

/// A login to be begun, if the defaults of the store do not serve.
///
/// ```
/// use counterfoil::{Login, Secret, SessionStore};
/// use std::time::Duration;
///
/// let store: SessionStore<Secret, Vec<String>> = SessionStore::builder().build()?;
/// let login = Login::new().ttl(Duration::from_secs(300)).user_code().context(vec!["read".to_owned()]);
/// let begun = store.initiate_with(login)?;
/// assert!(begun.user_code.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a login begins with `initiate_with`"]
pub struct Login<C = ()> {
    ttl: Option<Duration>,
    context: Option<C>,
    user_code: bool,
}

impl<C> Login<C> {
    /// A login like those of `initiate`.
    pub fn new() -> Self {
        Self { ttl: None, context: None, user_code: false }
    }

    /// How long this one lives; at most [`MAX_TTL`].
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Attaches a context: scopes, an anonymous user's token. It can be claimed once while the session is pending, and
    /// is dropped when that is over.
    pub fn context(mut self, context: C) -> Self {
        self.context = Some(context);
        self
    }

    /// Asks for a user code as well (RFC 8628, section 3.2).
    pub fn user_code(mut self) -> Self {
        self.user_code = true;
        self
    }
}

/// The context is not shown, whatever its type: it may be a token.
impl<C> fmt::Debug for Login<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("ttl", &self.ttl).field("user_code", &self.user_code).finish_non_exhaustive()
    }
}

impl<C> Default for Login<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// A login that has begun.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Initiated {
    /// For the command-line tool alone.
    pub polling_code: PollingCode,
    /// For the browser.
    pub login_code: LoginCode,
    /// For the person, if it was asked for.
    pub user_code: Option<UserCode>,
    /// How long the session lives from now.
    pub expires_in: Duration,
}

impl<T, C> SessionStore<T, C> {
    /// Begins a login with the defaults of the store.
    ///
    /// # Errors
    /// [`InitiateError::Full`] and [`InitiateError::TenantFull`], with a time to try again;
    /// [`InitiateError::NoRandomness`] and [`InitiateError::ClockOutOfRange`], which say that the machine is not well.
    ///
    /// # Cost and locks
    /// Forty random bytes, one shard's lock, an insertion into a heap. Some dozen of the sessions that have ended in the
    /// shard since the lock was taken last are entered in its books, if there are so many. If no slot is free, each
    /// shard's lock is taken once for that, and the session that ended first gives its slot up, or the next one if a
    /// thread is busy with it.
    ///
    /// Refused or not, the work does not grow with the sessions that there are, but for the logarithm of the heap. Of
    /// sessions that expired and were not swept, a `TenantFull` has looked at eight; if there were more, its `retry_after` is
    /// a millisecond, as it is if other threads are in the middle of ending sessions. A slot that is used for the first
    /// time is memory that the operating system has yet to provide.
    pub fn initiate(&self) -> Result<Initiated, InitiateError> {
        self.initiate_with(Login::new())
    }

    /// Begins a login.
    ///
    /// # Errors
    /// [`InitiateError`], besides the above if the login's own `ttl` is zero or too long. The context is dropped, and a panic
    /// in its destructor goes no further.
    ///
    /// # Cost and locks
    /// As [`initiate`](Self::initiate); with a user code or another tenant than the default, a look-up in a sharded map
    /// besides.
    pub fn initiate_with(&self, login: Login<C>) -> Result<Initiated, InitiateError> {
        self.begin(login, UserCode::draw)
    }

    pub(super) fn begin(
        &self,
        mut options: Login<C>,
        mut draw: impl FnMut(&mut ThreadRng) -> UserCode,
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
        self.reserve(now)?;
        let request = Request { polling, login, tenant: &self.tenant, deadline, context };
        let user_code = options.user_code.then_some(|| draw(&mut rng));
        let (begun, user_code) = shared.table.begin(request, user_code, now).map_err(|refused| {
            if shared.tenant_bound.is_some() {
                self.account().release();
            }
            let retry_after = match refused {
                Refused::Full(retry_after) => retry_after,
                Refused::NotYet => SOON,
            };
            InitiateError::Full { retry_after }
        })?;
        Ok(Initiated {
            polling_code: PollingCode(begun.polling),
            login_code: LoginCode(begun.login),
            user_code,
            expires_in: ttl,
        })
    }

    fn account(&self) -> &Account {
        self.shared.table.tenants.account(self.tenant.id)
    }

    /// Counts the session against the tenant's bound, if there is one.
    fn reserve(&self, now: Tick) -> Result<(), InitiateError> {
        let Some(bound) = self.shared.tenant_bound else { return Ok(()) };
        let mut ending = true;
        for _ in 0..ROUNDS {
            if self.account().reserve(bound) {
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
        // Some of them may have expired, and no verb has noted it.
        let all = self.shared.table.sweep_some(now);
        if self.account().reserve(bound) {
            return Ok(());
        }
        let retry_after = match all {
            Some(looks) if !ending => self.shared.table.next_deadline(now, looks),
            _ => SOON,
        };
        Err(InitiateError::TenantFull { retry_after })
    }
}
