//! What a login is, in every engine: the options that it begins with, and what the verbs say of it.
//!
//! Everything here can be made by an engine of another crate: structs that may grow have a `new` with what they need,
//! and public fields for the rest.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::time::Duration;

use crate::binding::Binding;
use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode};
use crate::details::Details;
use crate::source::Source;

/// The longest time to live, retention and poll interval: a day.
pub const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Begun, and neither approved nor denied.
    Pending,
    /// Approved; its grant waits for the next poll.
    Completed,
    /// Its grant was handed to a poll.
    Redeemed,
    /// Refused in the browser.
    Denied,
    /// Given up by the command-line tool.
    Cancelled,
    /// Its time ran out before the grant was collected.
    Expired,
}

/// What a login begins with, if the defaults of the store do not serve.
///
/// ```
/// use counterfoil::{LoginOptions, Secret, SessionStore};
/// use std::time::Duration;
///
/// let store = SessionStore::<Secret, Vec<String>>::builder().build()?;
/// let options = LoginOptions::new().ttl(Duration::from_secs(300)).user_code().context(vec!["read".to_owned()]);
/// let login = store.initiate_with(options)?;
/// assert!(login.user_code.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A server knows more of who begins:
///
/// ```
/// use std::net::Ipv4Addr;
///
/// use counterfoil::{Binding, Details, LoginOptions, Source};
///
/// let options: LoginOptions = LoginOptions::new()
///     .source(Source::from(Ipv4Addr::new(203, 0, 113, 9)))
///     .details(Details::new().client("acme-cli").scope("read"))
///     .binding(Binding::new([7; 32]));
/// assert!(options.context.is_none());
/// ```
#[derive(Clone)]
#[non_exhaustive]
#[must_use = "a login begins with `initiate_with`"]
pub struct LoginOptions<C = ()> {
    /// How long the session lives. `None`: as long as the store's settings say.
    pub ttl: Option<Duration>,
    /// What is attached to the session until it is claimed.
    pub context: Option<C>,
    /// Whether the session gets a user code.
    pub user_code: bool,
    /// Who begins it, to be counted against what one source may begin. `None`: a caller that stands for many people.
    pub source: Option<Source>,
    /// Who began it and what it asks for, for the page.
    pub details: Option<Box<Details>>,
    /// What its polls have to carry.
    pub binding: Option<Binding>,
}

impl<C> LoginOptions<C> {
    /// The options of [`initiate`](crate::SessionStore::initiate).
    pub fn new() -> Self {
        Self { ttl: None, context: None, user_code: false, source: None, details: None, binding: None }
    }

    /// Sets how long the session lives; at most [`MAX_TTL`].
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

    /// Counts the session against what this source may begin
    /// ([`Builder::max_sessions_per_source`](crate::Builder::max_sessions_per_source)). Leave it out for a caller that
    /// stands for many people, such as a server with a key of its own.
    pub fn source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says who began it and what it asks for; [`Inspected`] shows it.
    pub fn details(mut self, details: Details) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Binds the session: a poll that does not carry the same binding is answered as if its code were unknown.
    pub fn binding(mut self, binding: Binding) -> Self {
        self.binding = Some(binding);
        self
    }
}

/// The context is not shown, whatever its type: it may be a token.
impl<C> fmt::Debug for LoginOptions<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginOptions")
            .field("ttl", &self.ttl)
            .field("user_code", &self.user_code)
            .field("source", &self.source)
            .field("details", &self.details)
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}

impl<C> Default for LoginOptions<C> {
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
    /// Its name in listings and logs, which is no code.
    pub id: SessionId,
}

impl Initiated {
    /// A login without a user code; for a [`Backend`](crate::Backend).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use counterfoil::{Initiated, LoginCode, PollingCode, SessionId};
    ///
    /// let (polling, login) = (PollingCode::parse(&"a".repeat(40))?, LoginCode::parse(&"b".repeat(40))?);
    /// let begun = Initiated::new(SessionId::new(7), polling, login, Duration::from_secs(600));
    /// assert!(begun.user_code.is_none());
    /// # Ok::<(), counterfoil::ParseCodeError>(())
    /// ```
    #[must_use]
    pub fn new(id: SessionId, polling_code: PollingCode, login_code: LoginCode, expires_in: Duration) -> Self {
        Self { polling_code, login_code, user_code: None, expires_in, id }
    }
}

/// The outcome of a poll.
#[must_use = "a completed outcome holds the grant, which is handed out once"]
#[non_exhaustive]
pub enum Polled<T> {
    /// Not yet. The next poll is welcome after `retry_after` (zero if the store sets no pace).
    Pending {
        /// The time until the next poll is welcome.
        retry_after: Duration,
    },
    /// Not yet, and the poll came too soon (`slow_down` in RFC 8628, section 3.5).
    SlowDown {
        /// The time to leave between polls from now on.
        retry_after: Duration,
    },
    /// Approved: here is the grant. No other poll gets it.
    Completed(T),
    /// The grant was handed out before.
    Redeemed,
    /// Refused in the browser.
    Denied,
    /// Given up by the tool itself.
    Cancelled,
    /// Its time ran out first.
    Expired,
    /// No session has this code: it was never there, is forgotten, or belongs to another tenant.
    Unknown,
}

/// The grant is not shown, whatever its type.
impl<T> fmt::Debug for Polled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending { retry_after } => f.debug_struct("Pending").field("retry_after", retry_after).finish(),
            Self::SlowDown { retry_after } => f.debug_struct("SlowDown").field("retry_after", retry_after).finish(),
            Self::Completed(_) => f.write_str("Completed(redacted)"),
            Self::Redeemed => f.write_str("Redeemed"),
            Self::Denied => f.write_str("Denied"),
            Self::Cancelled => f.write_str("Cancelled"),
            Self::Expired => f.write_str("Expired"),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

/// What a confirm page needs to know of a login, and nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspected {
    /// Its name in listings and logs, which is no code.
    pub id: SessionId,
    /// The state of the session.
    pub state: State,
    /// The time until its deadline; zero if it has ended.
    pub remaining: Duration,
    /// The tenant that it belongs to.
    pub tenant: String,
    /// Whether a context is attached and unclaimed.
    pub has_context: bool,
    /// How long ago it began, if the engine knows; it does where there are details.
    pub began_ago: Option<Duration>,
    /// Who began it and what it asks for, if that was said.
    pub details: Option<Box<Details>>,
}

impl Inspected {
    /// A session without a context and without details; for a [`Backend`](crate::Backend).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use counterfoil::{Inspected, SessionId, State};
    ///
    /// let mut shown = Inspected::new(SessionId::new(7), "acme", State::Pending, Duration::from_secs(600));
    /// shown.has_context = true;
    /// assert_eq!((&*shown.tenant, shown.details), ("acme", None));
    /// ```
    #[must_use]
    pub fn new(id: SessionId, tenant: impl Into<String>, state: State, remaining: Duration) -> Self {
        let tenant = tenant.into();
        Self { id, state, remaining, tenant, has_context: false, began_ago: None, details: None }
    }
}

/// What [`withdraw`](crate::SessionStore::withdraw) did.
#[must_use = "the grant that was taken back is to be revoked"]
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Withdrawn<T> {
    /// The session was pending, and is denied now.
    Denied,
    /// The session was completed, and is denied now. Here is its grant, which no poll will get: revoke it.
    TakenBack(T),
}

/// The grant is not shown, whatever its type.
impl<T> fmt::Debug for Withdrawn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("Denied"),
            Self::TakenBack(_) => f.write_str("TakenBack(redacted)"),
        }
    }
}

/// Names a session to an operator: not a code, and good for nothing but to cancel the session.
///
/// Its text is sixteen hexadecimal digits, for logs and for an administrator's page.
///
/// ```
/// use counterfoil::SessionId;
///
/// let id = SessionId::new(0xfeed);
/// assert_eq!(id.to_string(), "000000000000feed");
/// assert_eq!("000000000000feed".parse(), Ok(id));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(u64);

impl SessionId {
    /// The id that an engine has chosen.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns what [`new`](Self::new) took.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for SessionId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

/// A live session in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// To cancel it by.
    pub id: SessionId,
    /// `Pending` or `Completed`.
    pub state: State,
    /// The time until its deadline.
    pub remaining: Duration,
    /// Whether a context is attached and unclaimed.
    pub has_context: bool,
}

impl Listed {
    /// A session without a context; for a [`Backend`](crate::Backend).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use counterfoil::{Listed, SessionId, State};
    ///
    /// let listed = Listed::new(SessionId::new(7), State::Pending, Duration::from_secs(600));
    /// assert!(!listed.has_context);
    /// ```
    #[must_use]
    pub fn new(id: SessionId, state: State, remaining: Duration) -> Self {
        Self { id, state, remaining, has_context: false }
    }
}

/// Counts of sessions, for all tenants together. The first three are how many there are now, the fourth the bound on
/// them, the others how many there have been.
///
/// The parts are read one after the other while other threads work, so sums may be off by what happened meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Sessions that wait for an approval.
    pub pending: u64,
    /// Sessions whose grant waits for a poll.
    pub completed: u64,
    /// Ended sessions that are remembered.
    pub remembered: u64,
    /// The most sessions that there can be.
    pub max_sessions: u64,
    /// Sessions that began.
    pub initiated: u64,
    /// Approvals that won their session.
    pub approved: u64,
    /// Grants that were collected; a replay does not count again.
    pub redeemed: u64,
    /// Sessions denied in the browser.
    pub denied: u64,
    /// Sessions given up by the tool.
    pub cancelled: u64,
    /// Sessions whose time ran out, once that was noted by a sweep or a verb.
    pub expired: u64,
    /// Those of the expired that were approved and never collected.
    pub uncollected: u64,
    /// Those of the denied whose approval was taken back.
    pub withdrawn: u64,
    /// Ended sessions that are remembered no longer.
    pub forgotten: u64,
}
