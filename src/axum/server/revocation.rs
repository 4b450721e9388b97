//! `Revocation`: tokens that must not be used any more, and why.

use crate::{Secret, SessionId};

/// Tokens that must not be used any more: those of a login, or one that a client has given back.
///
/// ```
/// use counterfoil::{Secret, SessionId};
/// use counterfoil::axum::{Revocation, Why};
///
/// let given_back = Revocation::new("internal", Why::Requested).client("acme-cli").token(Secret::new("rt-1"));
/// assert!(given_back.session.is_none());
/// let stolen = Revocation::new("internal", Why::AskedTwice).session(SessionId::new(7));
/// assert!(stolen.token.is_none(), "what the session was given is for the server to find");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "nothing is revoked before `Tokens::revoke` has it"]
pub struct Revocation {
    /// The tenant that the tokens belong to.
    pub tenant: String,
    /// The OAuth client that asks, if one does: a token of another client stays as it is.
    pub client: Option<String>,
    /// The login that the tokens were meant for. `None` if a client gives back a token of its own.
    pub session: Option<SessionId>,
    /// The token: a refresh token or, if a client asks, an access token. It alone is meant: the login may have been given
    /// another one, by an approval that came first. `None` if it has left the store: then it is all tokens that were
    /// issued for the login.
    pub token: Option<Secret>,
    /// Why.
    pub why: Why,
}

impl Revocation {
    /// Takes the tenant and the reason.
    pub fn new(tenant: impl Into<String>, why: Why) -> Self {
        Self { tenant: tenant.into(), client: None, session: None, token: None, why }
    }

    /// Sets the client that asks.
    pub fn client(mut self, client: impl Into<String>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Sets the login.
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Sets the token.
    pub fn token(mut self, token: Secret) -> Self {
        self.token = Some(token);
        self
    }
}

/// Why tokens are revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// The client has given the token back (RFC 7009): a logout.
    Requested,
    /// It was made for an approval that did not happen: another decision forestalled it, or
    /// [`Tokens::holder`](super::Tokens::holder) did not know it. No tool has it.
    LostRace,
    /// The login was approved, and no tool collected the token in time. It may be a token that the user typed, which
    /// other programs use too.
    Uncollected,
    /// The tool has the token, and somebody else asked for it with the same code: the code is in two hands (RFC 6749,
    /// section 10.5). A tool that lost the answer and asks again without an `Idempotency-Key` looks the same.
    AskedTwice,
    /// The user took the approval back.
    NotMe,
}
