//! `Issued`: the tokens of an answer.

use std::time::Duration;

use crate::Secret;

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
    /// that it requested (RFC 6749, section 5.1), so set it whenever another was granted.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }
}
