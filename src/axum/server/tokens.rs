//! Which tokens are good: the second of the two traits that a server implements.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::Secret;
use crate::Unavailable;

/// Knows the refresh tokens of the server's users.
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
    /// Whose refresh token it is: `None` where it is nobody's, has expired, or belongs to another tenant.
    ///
    /// # Errors
    /// [`Unavailable`] where it cannot be told right now; the session stays as it is.
    fn holder(
        &self,
        tenant: &str,
        refresh_token: &Secret,
    ) -> impl Future<Output = Result<Option<Holder>, Unavailable>> + Send;

    /// The tokens to hand out for a refresh token that was good when it was attached or handed over. `None` where it is
    /// good no longer.
    ///
    /// # Errors
    /// [`Unavailable`] where that is not possible right now. The refresh token had left the store before, so that what
    /// was claimed or redeemed is spent: an OAuth client is told `invalid_grant`, and begins again. Only a store that
    /// hands grants out [again](crate::Delivery::replay) has it for the next poll; then the client is told 503, with a
    /// `Retry-After` within the window.
    fn issue(
        &self,
        tenant: &str,
        refresh_token: Secret,
    ) -> impl Future<Output = Result<Option<Issued>, Unavailable>> + Send;
}

/// Shared with the rest of the server.
impl<T: Tokens> Tokens for Arc<T> {
    async fn holder(&self, tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
        (**self).holder(tenant, refresh_token).await
    }

    async fn issue(&self, tenant: &str, refresh_token: Secret) -> Result<Option<Issued>, Unavailable> {
        (**self).issue(tenant, refresh_token).await
    }
}

/// Whose a refresh token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A user who has signed in: may approve logins.
    SignedIn,
    /// A user who has not: a login may begin with this token, so that what the user did so far is kept.
    Anonymous,
}

/// Tokens to hand out.
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
    /// The refresh token: the same one, or a new one in its place.
    pub refresh_token: Secret,
    /// How long the access token lives, where that is known.
    pub expires_in: Option<Duration>,
    /// What the access token is good for, where that may be other than what was asked for.
    pub scope: Option<String>,
}

impl Issued {
    /// An access token of unknown lifetime, with its refresh token.
    #[must_use]
    pub fn new(access_token: Secret, refresh_token: Secret) -> Self {
        Self { access_token, refresh_token, expires_in: None, scope: None }
    }

    /// How long the access token lives.
    #[must_use]
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }

    /// What the access token is good for. It is told to OAuth clients; one that is told none takes it to be what it
    /// asked for (RFC 6749, section 5.1).
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }
}
