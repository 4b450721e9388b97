//! `Events`: what happens to logins, for an audit log or an alarm.

use std::fmt;
use std::sync::Arc;

use crate::clock::Time;
use crate::error::{BackendError, InitiateError};
use crate::guess_limits::GuessLimits;
use crate::memory::contain::contain;
use crate::memory::guess::Guesses;
use crate::session::SessionId;
use crate::source::Source;

/// Takes note of what happens to logins: for an audit log, a counter, a message to the user.
///
/// It is called by [`Routes::events`](crate::axum::Routes::events) and by the pages' setting of the same name, on the task
/// of the request or a task of its own, after the fact and outside of all locks; a poll of a pending login calls nothing. It
/// must return at once: hand over to another thread or task what takes longer. If it panics, the panic hook reports it, and
/// the request goes on. No event holds a secret.
///
/// Whoever floods causes an event with each login that begins, so that an audit log grows by as many lines as
/// [`max_sessions_per_source`](crate::Builder::max_sessions_per_source) and the logins' lifetime let in. Of refusals there
/// is one a minute for an address (see [`EventKind::BudgetExhausted`]).
///
/// ```
/// use counterfoil::axum::{Event, EventKind, Events};
///
/// struct Alarm;
///
/// impl Events for Alarm {
///     fn note(&self, event: &Event<'_>) {
///         if event.kind == EventKind::RedeemedAgain {
///             println!("the code of session {:?} is in two hands; the second is {}", event.session, event.source);
///         }
///     }
/// }
/// ```
pub trait Events: Send + Sync + 'static {
    /// Takes note of an event.
    fn note(&self, event: &Event<'_>);
}

/// An implementation that is shared with the rest of the server.
impl<T: Events + ?Sized> Events for Arc<T> {
    fn note(&self, event: &Event<'_>) {
        (**self).note(event);
    }
}

/// Something that happened to a login.
///
/// ```
/// use counterfoil::axum::{Event, EventKind};
/// use counterfoil::{SessionId, Source};
///
/// let event = Event::new(EventKind::Approved, Source::UNKNOWN).tenant("internal").session(SessionId::new(7));
/// assert_eq!((event.kind.as_str(), event.client), ("approved", None));
/// assert_eq!(event.client("acme-cli").client, Some("acme-cli"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// What happened.
    pub kind: EventKind,
    /// Where the request came from.
    pub source: Source,
    /// The tenant of the login, if it is known: a wrong user code has none.
    pub tenant: Option<&'a str>,
    /// The login. `None` if there is none, or if the store has forgotten it already.
    pub session: Option<SessionId>,
    /// The OAuth client, if it is one's.
    pub client: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// Takes what happened, and by whom.
    #[must_use]
    pub fn new(kind: EventKind, source: Source) -> Self {
        Self { kind, source, tenant: None, session: None, client: None }
    }

    /// Sets the tenant.
    #[must_use]
    pub fn tenant(self, tenant: &'a str) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// Sets the login.
    #[must_use]
    pub fn session(self, session: impl Into<Option<SessionId>>) -> Self {
        Self { session: session.into(), ..self }
    }

    /// Sets the OAuth client.
    #[must_use]
    pub fn client(self, client: impl Into<Option<&'a str>>) -> Self {
        Self { client: client.into(), ..self }
    }
}

/// What happened to a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// It began.
    Begun,
    /// A browser looked at it.
    LookedUp,
    /// It was approved.
    Approved,
    /// It was denied in the browser.
    Denied,
    /// The user took an approval back: "This was not me".
    Withdrawn,
    /// A poll took the grant. A poll that is repeated with its `Idempotency-Key` is another such event.
    Redeemed,
    /// A poll came after the grant was taken: perhaps the code is in two hands.
    RedeemedAgain,
    /// An administrator cancelled it.
    Cancelled,
    /// A source is out of wrong user codes, or has begun as many logins as it may, and was refused. It is told once a minute
    /// for each address, and for a network as often as its [rung](crate::Rung::factor) is wide; of all whose address is
    /// unknown ten times a minute at most.
    BudgetExhausted,
}

impl EventKind {
    /// Returns it as one word, the same in every release: `begun`, `looked_up`, `approved`, `denied`, `withdrawn`,
    /// `redeemed`, `redeemed_again`, `cancelled` or `budget_exhausted`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::LookedUp => "looked_up",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::Redeemed => "redeemed",
            Self::RedeemedAgain => "redeemed_again",
            Self::Cancelled => "cancelled",
            Self::BudgetExhausted => "budget_exhausted",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How often it is told that a source has no budget left: once a minute for the lowest rung of its ladder. The total is of
/// those whose address is unknown.
const TOLD: GuessLimits = GuessLimits { per_source: 1, total: 10 };

/// The server's [`Events`], if it has set any.
#[derive(Clone, Default)]
pub(crate) struct EventSink(Option<Arc<Sink<dyn Events>>>);

struct Sink<E: ?Sized> {
    time: Time,
    /// The sources of which it was told that they have no budget left.
    exhausted: Guesses,
    events: E,
}

impl<E: ?Sized> Sink<E> {
    /// Returns whether it is time to tell that this source has no budget left.
    fn is_news(&self, source: Source) -> bool {
        self.exhausted.judge(source, false, self.time.now()).is_ok()
    }
}

impl EventSink {
    pub(crate) fn new(events: impl Events) -> Self {
        let exhausted = Guesses::new(TOLD, std::time::Duration::ZERO);
        Self(Some(Arc::new(Sink { time: Time::new(None), exhausted, events })))
    }

    /// Returns whether anybody takes note.
    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// The server's own code runs here. A panic in it goes no further: a grant may have left the store, for the request
    /// that this is about.
    pub(crate) fn note(&self, event: &Event<'_>) {
        let Some(sink) = &self.0 else { return };
        if event.kind != EventKind::BudgetExhausted || sink.is_news(event.source) {
            contain(|| sink.events.note(event));
        }
    }

    /// Notes that a source may begin no further login, if that is why one did not begin.
    pub(crate) fn note_refused(&self, error: &BackendError<InitiateError>, source: Source, tenant: &str) {
        if matches!(error, BackendError::Refused(InitiateError::SourceFull { .. })) {
            self.note(&Event::new(EventKind::BudgetExhausted, source).tenant(tenant));
        }
    }
}

impl fmt::Debug for EventSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "EventSink(set)" } else { "EventSink(none)" })
    }
}
