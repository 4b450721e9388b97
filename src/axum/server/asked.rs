//! `Asked`: what a login asks for.

use crate::{Details, SessionId};

/// What a login asks for, for a server that makes its token: the client, the scope, and the session's name for a log.
///
/// ```
/// use counterfoil::SessionId;
/// use counterfoil::axum::Asked;
///
/// let asked = Asked::new(SessionId::new(7)).client("acme-cli").scope("read write");
/// assert!(asked.scope.as_deref().is_some_and(|scope| scope.split(' ').any(|name| name == "read")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// The session's name in listings and logs, which is no code. `None` if the store has forgotten the session already.
    pub session: Option<SessionId>,
    /// The OAuth client, if the login is one's (`client_id` of RFC 6749).
    pub client: Option<Box<str>>,
    /// The scope, if one was asked for: names with single spaces between them (RFC 6749, section 3.3). The token may have
    /// less.
    pub scope: Option<Box<str>>,
}

impl Asked {
    /// Takes the session of a login that asks for nothing in particular.
    #[must_use]
    pub fn new(session: impl Into<Option<SessionId>>) -> Self {
        Self { session: session.into(), client: None, scope: None }
    }

    pub(crate) fn of(session: SessionId, details: Option<&Details>) -> Self {
        let client = details.and_then(|details| details.client.clone());
        Self { session: Some(session), client, scope: details.and_then(|details| details.scope.clone()) }
    }

    /// Sets the OAuth client.
    #[must_use]
    pub fn client(mut self, client: &str) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Sets the scope.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = Some(scope.into());
        self
    }
}
