//! What a login brings.

use std::time::Duration;

use crate::Secret;

/// The tokens of a login that was approved.
///
/// ```no_run
/// use counterfoil::client::{LoginError, Options, login};
///
/// # async fn log_in() -> Result<(), LoginError> {
/// let tokens = login(Options::device("https://login.example.com", "internal")).await?;
/// if let Some(access) = &tokens.access_token {
///     println!("Authorization: Bearer {}", access.expose());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tokens {
    /// The refresh token. Always there in the documented dialect; RFC 6749 section 5.1 lets a server leave it out.
    pub refresh_token: Option<Secret>,
    /// The access token, a bearer token (RFC 6750). Always there in the RFC 8628 dialect, never in the documented one.
    pub access_token: Option<Secret>,
    /// How long the access token is good for, from now, if the server says so: more than no time, at most ten years.
    pub expires_in: Option<Duration>,
    main: Secret,
}

impl Tokens {
    /// The token to keep: the refresh token, or the access token if there is no refresh token.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.main
    }

    pub(super) fn refresh(token: Secret) -> Self {
        Self { refresh_token: Some(token.clone()), access_token: None, expires_in: None, main: token }
    }

    pub(super) fn bearer(access: Secret, refresh: Option<Secret>, expires_in: Option<Duration>) -> Self {
        let main = refresh.as_ref().unwrap_or(&access).clone();
        Self { refresh_token: refresh, access_token: Some(access), expires_in, main }
    }
}
