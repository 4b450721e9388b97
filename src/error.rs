//! What the store refuses, and what to do about it.

use std::fmt;
use std::time::Duration;

/// Why [`Builder::build`](crate::Builder::build) refused the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// `ttl` is zero: every session would be born expired.
    ZeroTtl,
    /// `ttl` is above [`MAX_TTL`](crate::MAX_TTL).
    TtlTooLong,
    /// `retention` is above [`MAX_TTL`](crate::MAX_TTL).
    RetentionTooLong,
    /// `max_sessions` is zero.
    NoSessions,
    /// `max_sessions` is above [`MAX_SESSIONS`](crate::MAX_SESSIONS).
    TooManySessions,
    /// `max_sessions_per_tenant` is zero.
    NoSessionsPerTenant,
    /// `poll_interval` is above [`MAX_TTL`](crate::MAX_TTL).
    PollIntervalTooLong,
    /// The replay window is longer than `retention`: the session would be forgotten before its window is over.
    ReplayOutlivesRetention,
    /// `max_sessions_per_source` is zero.
    NoSessionsPerSource,
    /// A bound on guesses at user codes is zero: every one would be refused.
    NoGuesses,
    /// The table of `max_sessions` does not fit the address space that is left.
    OutOfMemory,
    /// The operating system's random generator failed, so no code would be safe.
    NoRandomness,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZeroTtl => "ttl is zero; give sessions at least a millisecond",
            Self::TtlTooLong => "ttl is above 24 hours; lower it",
            Self::RetentionTooLong => "retention is above 24 hours; lower it",
            Self::NoSessions => "max_sessions is zero; allow at least one",
            Self::TooManySessions => {
                "max_sessions is above 268,435,456; lower it, or split tenants over several stores"
            }
            Self::NoSessionsPerTenant => "max_sessions_per_tenant is zero; allow at least one, or leave it unset",
            Self::NoSessionsPerSource => "max_sessions_per_source is zero; allow at least one",
            Self::PollIntervalTooLong => "poll_interval is above 24 hours; lower it",
            Self::ReplayOutlivesRetention => {
                "the replay window is longer than retention; shorten it, or raise retention"
            }
            Self::NoGuesses => "a bound on user-code guesses is zero; allow at least one",
            Self::OutOfMemory => "no memory for a table of max_sessions; lower it",
            Self::NoRandomness => "the operating system's random generator failed; codes would not be safe without it",
        })
    }
}

impl std::error::Error for BuildError {}

/// Why [`initiate`](crate::SessionStore::initiate) refused a new login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitiateError {
    /// The login's own `ttl` is zero.
    ZeroTtl,
    /// The login's own `ttl` is above [`MAX_TTL`](crate::MAX_TTL).
    TtlTooLong,
    /// Every slot holds a live session. Answer 503 with `Retry-After`.
    Full {
        /// The time until the next live session falls due; one that ends sooner makes room sooner.
        retry_after: Duration,
    },
    /// The tenant has as many live sessions as it may. Answer 503 or 429 with `Retry-After`.
    TenantFull {
        /// The time until the next of the tenant's live sessions falls due, of those that began first; one that ends
        /// sooner makes room sooner.
        retry_after: Duration,
    },
    /// The source, or a network that it is in, has as many live sessions as it may. Answer 429 with `Retry-After`.
    SourceFull {
        /// The time until it is worth trying again: at most a minute.
        retry_after: Duration,
    },
    /// The operating system's random generator failed, so no code would be safe. Answer 503.
    NoRandomness,
    /// The store's clock is so far past the store's beginning (more than 34 years) that a deadline cannot be told from
    /// now. Answer 503; the clock has jumped, or the store must be built anew.
    ClockOutOfRange,
}

impl fmt::Display for InitiateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroTtl => f.write_str("ttl is zero; give the session at least a millisecond"),
            Self::TtlTooLong => f.write_str("ttl is above 24 hours; lower it"),
            Self::Full { retry_after } => write!(f, "all sessions are live; try again in {retry_after:?}"),
            Self::TenantFull { retry_after } => {
                write!(f, "the tenant has all the sessions that it may; try again in {retry_after:?}")
            }
            Self::SourceFull { retry_after } => {
                write!(f, "too many logins from this address are under way; try again in {retry_after:?}")
            }
            Self::NoRandomness => {
                f.write_str("the operating system's random generator failed; codes would not be safe without it")
            }
            Self::ClockOutOfRange => f.write_str(
                "the clock is more than 34 years past the store's beginning; check it, or build a new store",
            ),
        }
    }
}

impl std::error::Error for InitiateError {}

/// What a session is instead of pending: why a `complete`, `deny` or `cancel` came too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettleError {
    /// It was completed already; the first approval stands.
    Completed,
    /// Another approval came first and is being written down. It may still lose to a deny, a cancel or the deadline.
    Completing,
    /// It was completed, and its grant collected.
    Redeemed,
    /// It was denied.
    Denied,
    /// The command-line tool gave it up.
    Cancelled,
    /// Its time is over.
    Expired,
    /// No session has this code: it was never there, is forgotten, or belongs to another tenant.
    Unknown,
}

impl fmt::Display for SettleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completed => "this login was approved already",
            Self::Completing => "this login is being approved at this moment",
            Self::Redeemed => "this login was approved and collected already",
            Self::Denied => "this login was denied",
            Self::Cancelled => "this login was cancelled by the command-line tool; start it again",
            Self::Expired => "this login has expired; start it again",
            Self::Unknown => "no login has this code; start it again",
        })
    }
}

impl std::error::Error for SettleError {}

/// A `complete` that did not succeed, with the grant that it brought.
///
/// `R` is why: of the memory engine a [`SettleError`], of a [`Backend`](crate::Backend) that may be out of reach a
/// [`BackendError`]. If that says that the completion may have been applied, the grant may stand, and be with the tool
/// already: look at the session again before revoking it.
#[derive(Clone, PartialEq, Eq)]
pub struct CompleteError<T, R = SettleError> {
    /// The caller's grant, untouched: revoke it, or use it elsewhere.
    pub grant: T,
    /// Why the session was not completed with it.
    pub reason: R,
}

/// The grant is not shown, whatever its type.
impl<T, R: fmt::Debug> fmt::Debug for CompleteError<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompleteError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<T, R: fmt::Display> fmt::Display for CompleteError<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<T, R: fmt::Debug + fmt::Display> std::error::Error for CompleteError<T, R> {}

/// Why [`claim_context`](crate::SessionStore::claim_context) has nothing to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimError {
    /// No context was attached, or it was claimed before.
    NoContext,
    /// The session is not pending any more; its context went with that.
    NotPending(SettleError),
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoContext => f.write_str("no context is attached to this login"),
            Self::NotPending(reason) => reason.fmt(f),
        }
    }
}

impl std::error::Error for ClaimError {}

/// Why [`resolve`](crate::SessionStore::resolve) found no login for a user code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// No login has this user code. It counts as a wrong guess.
    Unknown,
    /// Too many wrong guesses, from this source or from all together. Answer 429 with `Retry-After`, to right codes
    /// too.
    TooManyGuesses {
        /// The time until the next guess is let through.
        retry_after: Duration,
    },
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no login has this code; compare it with the one on the terminal"),
            Self::TooManyGuesses { retry_after } => {
                write!(f, "too many wrong codes; try again in {retry_after:?}")
            }
        }
    }
}

impl std::error::Error for ResolveError {}

/// Something that a verb needs is out of reach right now: a database, a network. Answer 503 with `Retry-After`.
///
/// ```
/// use std::time::Duration;
///
/// use counterfoil::Unavailable;
///
/// let lost = Unavailable::new(Duration::from_secs(1)).maybe_applied();
/// assert!(lost.maybe_applied && lost.retry_after == Duration::from_secs(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unavailable {
    /// When to try again.
    pub retry_after: Duration,
    /// Whether the operation may have been applied all the same: its answer was lost. A repeated request with the same
    /// [`Attempt`](crate::Attempt) finds out.
    pub maybe_applied: bool,
}

impl Unavailable {
    /// Nothing has been applied; try again after `retry_after`.
    #[must_use]
    pub const fn new(retry_after: Duration) -> Self {
        Self { retry_after, maybe_applied: false }
    }

    /// The same, of an operation that may have been applied.
    #[must_use]
    pub const fn maybe_applied(mut self) -> Self {
        self.maybe_applied = true;
        self
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "temporarily unavailable; try again in {:?}", self.retry_after)?;
        if self.maybe_applied { f.write_str("; the operation may have been applied") } else { Ok(()) }
    }
}

impl std::error::Error for Unavailable {}

/// Why a verb of a [`Backend`](crate::Backend) did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendError<E> {
    /// The engine has refused it, for a reason of the session's.
    Refused(E),
    /// The engine is out of reach.
    Unavailable(Unavailable),
}

impl<E> From<Unavailable> for BackendError<E> {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl<E: fmt::Display> fmt::Display for BackendError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Unavailable(unavailable) => unavailable.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for BackendError<E> {}
