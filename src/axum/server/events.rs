//! `Events`: what happens to logins, for an audit log or an alarm.

use std::fmt;
use std::sync::Arc;

use crate::error::{BackendError, InitiateError};
use crate::session::SessionId;
use crate::source::Source;

/// Takes note of what happens to logins: for an audit log, a counter, a message to the user.
///
/// It is called by [`Routes::events`](crate::axum::Routes::events) and by the pages' setting of the same name, on the task
/// of the request, after the fact and outside of all locks; a poll of a pending login calls nothing. It must return at
/// once: hand over to another thread or task what takes longer. No event holds a secret.
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
    /// A source is out of wrong user codes, or has begun as many logins as it may, and was refused.
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

/// The server's [`Events`], if it has set any.
#[derive(Clone, Default)]
pub(crate) struct EventSink(Option<Arc<dyn Events>>);

impl EventSink {
    pub(crate) fn new(events: impl Events) -> Self {
        Self(Some(Arc::new(events)))
    }

    /// Returns whether anybody takes note.
    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn note(&self, event: &Event<'_>) {
        if let Some(events) = &self.0 {
            events.note(event);
        }
    }
}

impl EventSink {
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
