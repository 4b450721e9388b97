//! `Tokens`: which refresh tokens are valid. The second of the two traits that a server implements.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::Secret;
use crate::Unavailable;

/// Checks and issues the tokens of the server's users.
///
/// ```
/// use counterfoil::Secret;
/// use counterfoil::Unavailable;
/// use counterfoil::axum::{Holder, Issued, Tokens};
///
/// struct Users;
///
/// impl Tokens for Users {
///     async fn holder(&self, _tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
///         // Ask a database here.
///         Ok(refresh_token.expose().starts_with("rt-").then_some(Holder::SignedIn))
///     }
///
///     async fn issue(&self, _tenant: &str, refresh_token: Secret) -> Result<Option<Issued>, Unavailable> {
///         Ok(Some(Issued::new(Secret::new("an access token"), refresh_token)))
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
    /// # Errors
    /// [`Unavailable`] if that is not possible right now. The refresh token has left the store by then, so the claim or
    /// the redemption is spent: an OAuth client gets `invalid_grant` and begins again. If the poll carried an
    /// `Idempotency-Key`, or if the store [replays](crate::Delivery::replay) grants, the client gets a 503 instead,
    /// with a `Retry-After` within the time in which the poll can be repeated.
    fn issue(
        &self,
        tenant: &str,
        refresh_token: Secret,
    ) -> impl Future<Output = Result<Option<Issued>, Unavailable>> + Send;
}

/// An implementation that is shared with the rest of the server.
impl<T: Tokens> Tokens for Arc<T> {
    async fn holder(&self, tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
        (**self).holder(tenant, refresh_token).await
    }

    async fn issue(&self, tenant: &str, refresh_token: Secret) -> Result<Option<Issued>, Unavailable> {
        (**self).issue(tenant, refresh_token).await
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

/// Issued tokens.
///
/// ```
/// use std::time::Duration;
///
/// use counterfoil::Secret;
/// use counterfoil::axum::Issued;
///
/// let issued = Issued::new(Secret::new("an access token"), Secret::new("a refresh token"));
/// let issued = issued.expires_in(Duration::from_secs(3600)).scope("read write");
/// assert_eq!(issued.scope.as_deref(), Some("read write"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token: the same one, or its replacement.
    pub refresh_token: Secret,
    /// The lifetime of the access token, if it is known.
    pub expires_in: Option<Duration>,
    /// The scope of the access token, if it may differ from the requested one.
    pub scope: Option<String>,
}

impl Issued {
    /// Takes an access token of unknown lifetime, and its refresh token.
    #[must_use]
    pub fn new(access_token: Secret, refresh_token: Secret) -> Self {
        Self { access_token, refresh_token, expires_in: None, scope: None }
    }

    /// Sets the lifetime of the access token.
    #[must_use]
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }

    /// Sets the scope of the access token, which OAuth clients receive. A client that receives none assumes the scope
    /// that it requested (RFC 6749, section 5.1).
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }
}
