//! `Context`: what the endpoints attach to a session.

use std::fmt;

use crate::{Backend, Secret};

/// The context type of a store that the endpoints work on, as in [`SessionStore<Secret, Context>`](Store). The
/// endpoints create it and take it.
///
/// It holds what a login began with, until it is claimed or the session has ended: the refresh token of an anonymous user.
/// What is not secret is in the session's [`Details`](crate::Details). A [`Backend`] that stores it outside the process
/// reads its parts, and rebuilds it from them:
///
/// ```
/// use counterfoil::Secret;
/// use counterfoil::axum::Context;
///
/// let context = Context::anonymous(Secret::new("rt-of-a-visitor"));
/// assert_eq!(context.anonymous_token().map(Secret::expose), Some("rt-of-a-visitor"));
/// ```
pub struct Context(Attached);

// More may be attached one day.
enum Attached {
    Anonymous(Secret),
}

impl Context {
    /// Takes the refresh token of an anonymous user.
    #[must_use]
    pub fn anonymous(refresh_token: Secret) -> Self {
        Self(Attached::Anonymous(refresh_token))
    }

    /// Returns the anonymous user's refresh token.
    #[must_use]
    pub fn anonymous_token(&self) -> Option<&Secret> {
        let Attached::Anonymous(refresh_token) = &self.0;
        Some(refresh_token)
    }

    /// Takes the anonymous user's refresh token out.
    pub(crate) fn into_anonymous(self) -> Secret {
        let Attached::Anonymous(refresh_token) = self.0;
        refresh_token
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context::Anonymous(redacted)")
    }
}

/// A [`Backend`] that the endpoints work on: its grants are refresh tokens. It is implemented for every backend with
/// these types.
pub trait Sessions: Backend<Grant = Secret, Context = Context> {}

impl<B: Backend<Grant = Secret, Context = Context>> Sessions for B {}

/// The memory engine, with the types that the endpoints work on.
pub type Store = crate::SessionStore<Secret, Context>;
