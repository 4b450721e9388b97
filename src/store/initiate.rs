//! `initiate`: a login begins.

use std::fmt;
use std::time::Duration;

use super::SessionStore;
use crate::builder::MAX_TTL;
use crate::clock::Tick;
use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode};
use crate::error::InitiateError;
use crate::table::{Full, Request};

/// A login to be begun, where the defaults of the store do not serve.
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
    /// For the person, where it was asked for.
    pub user_code: Option<UserCode>,
    /// How long the session lives from now.
    pub expires_in: Duration,
}

impl<T, C> SessionStore<T, C> {
    /// Begins a login with the defaults of the store.
    ///
    /// # Errors
    /// [`InitiateError::Full`] and [`InitiateError::TenantFull`], with a time to try again.
    ///
    /// # Cost and locks
    /// Forty random bytes, one shard's lock, an insertion into an ordered set. Where no slot is free, the session that
    /// ended first gives its slot up; nothing is scanned.
    pub fn initiate(&self) -> Result<Initiated, InitiateError> {
        self.initiate_with(Login::new())
    }

    /// Begins a login.
    ///
    /// # Errors
    /// [`InitiateError`], besides the above where the login's own `ttl` is zero or too long. The context is dropped.
    ///
    /// # Cost and locks
    /// As [`initiate`](Self::initiate); with a user code or another tenant than the default, a look-up in a sharded map
    /// besides.
    pub fn initiate_with(&self, login: Login<C>) -> Result<Initiated, InitiateError> {
        self.begin(login, UserCode::random)
    }

    pub(super) fn begin(&self, login: Login<C>, draw: fn() -> UserCode) -> Result<Initiated, InitiateError> {
        let shared = &*self.shared;
        let ttl = login.ttl.unwrap_or(shared.ttl);
        if ttl.is_zero() {
            return Err(InitiateError::ZeroTtl);
        }
        if ttl > MAX_TTL {
            return Err(InitiateError::TtlTooLong);
        }
        let now = shared.time.now();
        self.reserve(now)?;
        let request = Request {
            tenant: &self.tenant,
            deadline: now.after(ttl),
            context: login.context,
            user_code: login.user_code.then_some(draw),
        };
        let begun = shared.table.begin(request, now).map_err(|Full(retry_after)| {
            if shared.tenant_bound.is_some() {
                self.tenant.release();
            }
            InitiateError::Full { retry_after }
        })?;
        Ok(Initiated {
            polling_code: PollingCode(begun.polling),
            login_code: LoginCode(begun.login),
            user_code: begun.user,
            expires_in: ttl,
        })
    }

    /// Counts the session against the tenant's bound, where there is one.
    fn reserve(&self, now: Tick) -> Result<(), InitiateError> {
        let Some(bound) = self.shared.tenant_bound else { return Ok(()) };
        if self.tenant.reserve(bound) {
            return Ok(());
        }
        // Some of them may be over without anybody having noted it.
        self.shared.table.sweep(now);
        if self.tenant.reserve(bound) {
            return Ok(());
        }
        Err(InitiateError::TenantFull { retry_after: self.shared.table.next_deadline(now) })
    }
}
