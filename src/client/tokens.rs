//! `Tokens`: the result of a login.

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
    /// The refresh token. Always `Some` in the documented dialect; optional in RFC 6749 section 5.1.
    pub refresh_token: Option<Secret>,
    /// The access token, a bearer token (RFC 6750). Always `Some` in the RFC 8628 dialect, `None` in the documented
    /// one.
    pub access_token: Option<Secret>,
    /// The lifetime of the access token, from now, if the server gives one: more than zero, at most ten years.
    pub expires_in: Option<Duration>,
    /// The scope that was granted, if the answer names it: it has to if that is not the one that was asked for (RFC 6749
    /// section 5.1). Words separated by spaces, at most 1,024 bytes.
    pub scope: Option<String>,
    main: Secret,
    given: bool,
}

impl Tokens {
    /// Returns the token to keep: the refresh token, or the access token if there is no refresh token.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.main
    }

    /// Returns `true` if the token was given, in an environment variable or on standard input, and there was no login.
    /// A tool should not store it.
    ///
    /// ```
    /// # use counterfoil::client::Tokens;
    /// fn keep(tokens: &Tokens) {
    ///     if !tokens.is_given() {
    ///         // Store `tokens.token()`.
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.given
    }

    pub(super) fn scoped(self, scope: Option<String>) -> Self {
        Self { scope, ..self }
    }

    /// Keeps the old refresh token, if there is no new one (RFC 6749 section 6).
    pub(super) fn or_refresh(self, old: &Secret) -> Self {
        let refresh = self.refresh_token.unwrap_or_else(|| old.clone());
        Self { main: refresh.clone(), refresh_token: Some(refresh), ..self }
    }

    pub(super) fn given(self) -> Self {
        Self { given: true, ..self }
    }

    pub(super) fn refresh(token: Secret) -> Self {
        Self {
            refresh_token: Some(token.clone()),
            access_token: None,
            expires_in: None,
            scope: None,
            main: token,
            given: false,
        }
    }

    pub(super) fn bearer(access: Secret, refresh: Option<Secret>, expires_in: Option<Duration>) -> Self {
        let main = refresh.as_ref().unwrap_or(&access).clone();
        Self { refresh_token: refresh, access_token: Some(access), expires_in, scope: None, main, given: false }
    }
}
