//! `Tokens`: which refresh tokens are valid. The second of the two traits that a server implements.

use std::future::{Future, ready};
use std::sync::Arc;

use super::asked::Asked;
use super::issued::Issued;
use super::refresh::{Refresh, RefreshError};
use super::revocation::Revocation;
use crate::Secret;
use crate::Unavailable;

/// Checks and issues the tokens of the server's users.
///
/// ```
/// use counterfoil::Secret;
/// use counterfoil::Unavailable;
/// use counterfoil::axum::{Asked, Holder, Issued, Tokens};
///
/// struct Users;
///
/// impl Tokens for Users {
///     async fn holder(&self, _tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
///         // Ask a database here.
///         Ok(refresh_token.expose().starts_with("rt-").then_some(Holder::SignedIn))
///     }
///
///     async fn issue(
///         &self,
///         _tenant: &str,
///         refresh_token: Secret,
///         asked: &Asked,
///     ) -> Result<Option<Issued>, Unavailable> {
///         let issued = Issued::new(Secret::new("an access token"), refresh_token);
///         // Say so if it is not all that was asked for.
///         Ok(Some(if asked.scope.is_some() { issued.scope("read") } else { issued }))
///     }
/// }
/// ```
pub trait Tokens: Send + Sync + 'static {
    /// Returns what kind of user has this refresh token. `None` if the token is unknown, has expired, or belongs to
    /// another tenant.
    ///
    /// # Errors
    /// [`Unavailable`] if the check is not possible right now: 503, and the session stays as it is.
    fn holder(
        &self,
        tenant: &str,
        refresh_token: &Secret,
    ) -> impl Future<Output = Result<Option<Holder>, Unavailable>> + Send;

    /// Issues the tokens for a refresh token that was valid when it was attached to the login or approved it. `None` if
    /// it is no longer valid.
    ///
    /// `asked` says which login they are for, and what its client asked for; an anonymous user's claim asks for nothing.
    /// If other scopes are granted, [`Issued::scope`] says so, and the client is told (RFC 6749, section 5.1).
    ///
    /// # Errors
    /// [`Unavailable`] if that is not possible right now. The refresh token has left the store by then, so the claim or
    /// the redemption is spent: an OAuth client gets `invalid_grant` and begins again. If the poll carried an
    /// `Idempotency-Key`, or if the store [replays](crate::Delivery::replay) grants, the client gets a 503 instead,
    /// with a `Retry-After` within the time in which the poll can be repeated.
    fn issue(
        &self,
        tenant: &str,
        refresh_token: Secret,
        asked: &Asked,
    ) -> impl Future<Output = Result<Option<Issued>, Unavailable>> + Send;

    /// Returns whether [`refresh`](Self::refresh) issues tokens. The default is `false`: the grant type `refresh_token`
    /// is unsupported, and the metadata does not name it.
    fn refreshes(&self) -> bool {
        false
    }

    /// Issues new tokens for a refresh token (RFC 6749, section 6). It is called only if
    /// [`refreshes`](Self::refreshes).
    ///
    /// Clients are public, so a stolen refresh token can be used by anybody. Give a new one with each answer, and if one
    /// that was replaced comes again, revoke all that came of it (RFC 9700, section 4.14.2).
    ///
    /// # Errors
    /// [`RefreshError`]; each variant names the response.
    fn refresh(
        &self,
        refresh: &Refresh<'_>,
        refresh_token: Secret,
    ) -> impl Future<Output = Result<Issued, RefreshError>> + Send {
        let _ = (refresh, refresh_token);
        ready(Err(RefreshError::Invalid))
    }

    /// Returns whether [`revoke`](Self::revoke) revokes what clients give back. The default is `false`: there is no
    /// revocation endpoint (RFC 7009), and the metadata does not name one.
    fn revokes(&self) -> bool {
        false
    }

    /// Returns whether [`revoke`](Self::revoke) revokes what was issued for a login that went wrong. The page after "This
    /// was not me" says so, or that the user has to do more. The default is what [`revokes`](Self::revokes) returns.
    ///
    /// ```
    /// use counterfoil::axum::{StaticTokens, Tokens};
    ///
    /// assert!(!StaticTokens::new().revokes_logins(), "tokens that are the server's own for good");
    /// ```
    fn revokes_logins(&self) -> bool {
        self.revokes()
    }

    /// Revokes tokens. Succeeds if there is no such token, or if it is another client's, which stays as it is: neither
    /// is told apart (RFC 7009, section 2.2). **The default does nothing**: then nothing that a tool has collected is ever
    /// taken from it, whatever its user says.
    ///
    /// If there is a token, revoke that one alone. For a login that went wrong there is often the session alone, as
    /// [`Asked::session`] named it when the token was made: keep it beside each token, and beside each token that replaces
    /// one.
    ///
    /// Whatever [`revokes`](Self::revokes) returns, it is called for tokens of logins that went wrong; [`Why`] says
    /// which. The same tokens may be revoked several times.
    ///
    /// [`Why`]: super::Why
    ///
    /// # Errors
    /// [`Unavailable`] if that is not possible right now. A client gets a 503, and tries again; otherwise it is logged
    /// at most.
    fn revoke(&self, revocation: Revocation) -> impl Future<Output = Result<(), Unavailable>> + Send {
        drop(revocation);
        ready(Ok(()))
    }
}

/// An implementation that is shared with the rest of the server.
impl<T: Tokens> Tokens for Arc<T> {
    async fn holder(&self, tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
        (**self).holder(tenant, refresh_token).await
    }

    async fn issue(&self, tenant: &str, refresh_token: Secret, asked: &Asked) -> Result<Option<Issued>, Unavailable> {
        (**self).issue(tenant, refresh_token, asked).await
    }

    fn refreshes(&self) -> bool {
        (**self).refreshes()
    }

    async fn refresh(&self, refresh: &Refresh<'_>, refresh_token: Secret) -> Result<Issued, RefreshError> {
        (**self).refresh(refresh, refresh_token).await
    }

    fn revokes(&self) -> bool {
        (**self).revokes()
    }

    fn revokes_logins(&self) -> bool {
        (**self).revokes_logins()
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        (**self).revoke(revocation).await
    }
}

/// The kind of user that a refresh token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A user who has signed in, and may approve logins.
    SignedIn,
    /// An anonymous user. A login may begin with this token, so that the user's data is kept.
    Anonymous,
}
