//! `Refresh`: a request for new tokens (RFC 6749, section 6).

use std::fmt;

use crate::Unavailable;

/// A request for new tokens by a refresh token. A test of an implementation builds it itself:
///
/// ```
/// use counterfoil::axum::Refresh;
///
/// let refresh = Refresh::new("internal", "acme-cli").scope("read");
/// assert_eq!((refresh.client, refresh.scope), ("acme-cli", Some("read")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refresh<'a> {
    /// The tenant that the client acts for.
    pub tenant: &'a str,
    /// The OAuth client's id. Clients are public, so that this proves nothing; a token of another client is refused all
    /// the same.
    pub client: &'a str,
    /// The scope that is asked for: no more than what was granted. `None`: as much as was granted.
    pub scope: Option<&'a str>,
}

impl<'a> Refresh<'a> {
    /// Takes the tenant and the client of a request for as much as was granted.
    #[must_use]
    pub fn new(tenant: &'a str, client: &'a str) -> Self {
        Self { tenant, client, scope: None }
    }

    /// Sets the scope that is asked for.
    #[must_use]
    pub fn scope(mut self, scope: &'a str) -> Self {
        self.scope = Some(scope);
        self
    }
}

/// Why no tokens are issued for a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshError {
    /// The refresh token is unknown, expired, revoked, or another client's: 400 `invalid_grant`.
    Invalid,
    /// The scope is more than what was granted: 400 `invalid_scope`.
    Scope,
    /// Temporarily unavailable: 503 with `Retry-After`.
    Unavailable(Unavailable),
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => f.write_str("the refresh token is not valid, or another client's; sign in again"),
            Self::Scope => f.write_str("the scope is more than what was granted; ask for less"),
            Self::Unavailable(unavailable) => unavailable.fmt(f),
        }
    }
}

impl std::error::Error for RefreshError {}

impl From<Unavailable> for RefreshError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}
