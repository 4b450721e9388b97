//! `Context`: what the endpoints attach to a session.

use std::fmt;

use crate::{Backend, Secret};

/// The context type of a store that the endpoints work on, as in [`SessionStore<Secret, Context>`](Store). The
/// endpoints create it and take it.
///
/// It holds what a login began with, until it is claimed or the session has ended: the refresh token of an anonymous
/// user, or the scope that an OAuth client asked for. A [`Backend`] that stores it outside the process reads its parts,
/// and rebuilds it from them:
///
/// ```
/// use counterfoil::Secret;
/// use counterfoil::axum::Context;
///
/// assert_eq!(Context::scoped("read write").scope(), Some("read write"));
/// let context = Context::anonymous(Secret::new("rt-of-a-visitor"));
/// assert_eq!(context.anonymous_token().map(Secret::expose), Some("rt-of-a-visitor"));
/// ```
pub struct Context(Attached);

enum Attached {
    Anonymous(Secret),
    Scope(Box<str>),
}

impl Context {
    /// Takes the refresh token of an anonymous user.
    #[must_use]
    pub fn anonymous(refresh_token: Secret) -> Self {
        Self(Attached::Anonymous(refresh_token))
    }

    /// Takes the scope that an OAuth client asked for.
    #[must_use]
    pub fn scoped(scope: impl Into<Box<str>>) -> Self {
        Self(Attached::Scope(scope.into()))
    }

    /// Returns the scope that an OAuth client asked for: names with single spaces between them (RFC 6749, section 3.3),
    /// 256 characters at most.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        match &self.0 {
            Attached::Scope(scope) => Some(scope),
            Attached::Anonymous(_) => None,
        }
    }

    /// Returns the anonymous user's refresh token.
    #[must_use]
    pub fn anonymous_token(&self) -> Option<&Secret> {
        match &self.0 {
            Attached::Anonymous(refresh_token) => Some(refresh_token),
            Attached::Scope(_) => None,
        }
    }

    /// Takes the anonymous user's refresh token out.
    pub(crate) fn into_anonymous(self) -> Option<Secret> {
        match self.0 {
            Attached::Anonymous(refresh_token) => Some(refresh_token),
            Attached::Scope(_) => None,
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Attached::Anonymous(_) => "Context::Anonymous(redacted)",
            Attached::Scope(_) => "Context::Scope",
        })
    }
}

/// A [`Backend`] that the endpoints work on: its grants are refresh tokens. It is implemented for every backend with
/// these types.
pub trait Sessions: Backend<Grant = Secret, Context = Context> {}

impl<B: Backend<Grant = Secret, Context = Context>> Sessions for B {}

/// The memory engine, with the types that the endpoints work on.
pub type Store = crate::SessionStore<Secret, Context>;
