//! `SignIn`: identifies the visitor of a page.

use std::future::Future;
use std::sync::Arc;

use axum::http::request::Parts;

use crate::Secret;
use crate::Unavailable;
use crate::axum::server::Asked;

/// Identifies the signed-in user by what a browser sends on its own, such as a cookie.
///
/// ```
/// use axum::http::request::Parts;
/// use counterfoil::Secret;
/// use counterfoil::Unavailable;
/// use counterfoil::axum::Asked;
/// use counterfoil::axum::pages::{SignIn, Visitor};
///
/// struct Cookies;
///
/// impl Cookies {
///     async fn user_of(&self, request: &Parts) -> Option<String> {
///         // Look the session cookie up here.
///         let cookie = request.headers.get("cookie")?.to_str().ok()?;
///         Some(cookie.strip_prefix("session=")?.to_owned())
///     }
/// }
///
/// impl SignIn for Cookies {
///     async fn visitor(&self, request: &Parts, _tenant: &str) -> Result<Visitor, Unavailable> {
///         Ok(match self.user_of(request).await {
///             Some(name) => Visitor::signed_in(name),
///             None => Visitor::SignedOut { sign_in: "/sign-in".to_owned() },
///         })
///     }
///
///     async fn refresh_token(
///         &self,
///         request: &Parts,
///         _tenant: &str,
///         _asked: &Asked,
///     ) -> Result<Option<Secret>, Unavailable> {
///         // Make a new token for this user here, good for no more than what is asked.
///         Ok(self.user_of(request).await.map(|name| Secret::new(format!("rt-of-{name}"))))
///     }
/// }
/// ```
///
/// A test of an implementation builds the request itself:
///
/// ```
/// # async fn test() -> Result<(), counterfoil::Unavailable> {
/// use axum::http::Request;
/// use counterfoil::SessionId;
/// use counterfoil::axum::Asked;
/// use counterfoil::axum::pages::{SignIn, TypedToken, Visitor};
///
/// let (request, ()) = Request::new(()).into_parts();
/// assert!(!TypedToken.identifies());
/// assert_eq!(TypedToken.visitor(&request, "internal").await?, Visitor::Unknown);
/// let asked = Asked::new(SessionId::new(1)).scope("read");
/// assert!(TypedToken.refresh_token(&request, "internal", &asked).await?.is_none());
/// # Ok(())
/// # }
/// # pollster::block_on(test()).unwrap();
/// ```
pub trait SignIn: Send + Sync + 'static {
    /// Returns the visitor, as this tenant knows them. It is called for each page of a pending login, and should have
    /// no side effects.
    ///
    /// With [`Pages::sign_in_first`](super::Pages::sign_in_first) it is called for each request with a code as well,
    /// before the login is looked up, with an empty name for the tenant. Only whether the visitor is
    /// [`SignedOut`](Visitor::SignedOut) matters then.
    ///
    /// # Errors
    /// [`Unavailable`] if that is not possible right now: 503.
    fn visitor(&self, request: &Parts, tenant: &str) -> impl Future<Output = Result<Visitor, Unavailable>> + Send;

    /// Returns the refresh token for the tool, when a signed-in visitor approves what is `asked`. Return a new token, so
    /// that it can be revoked alone. `None` if the visitor is no longer signed in. Keep [`Asked::session`] beside it: if the
    /// login goes wrong, [`Tokens::revoke`](crate::axum::Tokens::revoke) is told by that name.
    ///
    /// It is called only if the login is pending, and the request is known to come from this site. If the login ends a
    /// moment later, or [`Tokens::holder`](crate::axum::Tokens::holder) does not know the token, it is handed to
    /// [`Tokens::revoke`](crate::axum::Tokens::revoke), as [`Why::LostRace`](crate::axum::Why::LostRace).
    ///
    /// # Errors
    /// [`Unavailable`] if that is not possible right now: 503, and the login stays as it is.
    fn refresh_token(
        &self,
        request: &Parts,
        tenant: &str,
        asked: &Asked,
    ) -> impl Future<Output = Result<Option<Secret>, Unavailable>> + Send;

    /// Returns whether it identifies anyone at all. The default is `true`. Otherwise all visitors are
    /// [`Unknown`](Visitor::Unknown) and type a token, and the pages have no reason to set a cookie.
    fn identifies(&self) -> bool {
        true
    }
}

/// An implementation that is shared with the rest of the server.
impl<T: SignIn> SignIn for Arc<T> {
    async fn visitor(&self, request: &Parts, tenant: &str) -> Result<Visitor, Unavailable> {
        (**self).visitor(request, tenant).await
    }

    async fn refresh_token(&self, request: &Parts, tenant: &str, asked: &Asked) -> Result<Option<Secret>, Unavailable> {
        (**self).refresh_token(request, tenant, asked).await
    }

    fn identifies(&self) -> bool {
        (**self).identifies()
    }
}

/// The visitor of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Visitor {
    /// Unknown; the form has a field for a refresh token.
    Unknown,
    /// A signed-in user, who approves with one click, and the check word if they did not come
    /// [directly](super::Arrival::Direct).
    SignedIn {
        /// The name or address by which the user knows the account.
        name: String,
        /// What tells the account from all others, if two may have one name: an approval is bound to it, too. It is not
        /// shown.
        id: Option<String>,
    },
    /// A visitor who has to sign in before approving.
    SignedOut {
        /// The address of the sign-in page, for a link. Use an address of the server, never one from the request; the
        /// sign-in should lead back to this page.
        sign_in: String,
    },
}

impl Visitor {
    /// Returns a signed-in user whose name tells the account from all others.
    ///
    /// ```
    /// use counterfoil::axum::pages::Visitor;
    ///
    /// assert_ne!(Visitor::signed_in("Alice").account("user 1"), Visitor::signed_in("Alice").account("user 2"));
    /// ```
    #[must_use]
    pub fn signed_in(name: impl Into<String>) -> Self {
        Self::SignedIn { name: name.into(), id: None }
    }

    /// Sets what tells the account of a signed-in user from all others, such as its key in a database. Has no effect on
    /// other visitors.
    #[must_use]
    pub fn account(self, id: impl Into<String>) -> Self {
        match self {
            Self::SignedIn { name, .. } => Self::SignedIn { name, id: Some(id.into()) },
            other => other,
        }
    }
}

/// The [`SignIn`] of a server without sign-in: the user types a refresh token.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedToken;

impl SignIn for TypedToken {
    async fn visitor(&self, _request: &Parts, _tenant: &str) -> Result<Visitor, Unavailable> {
        Ok(Visitor::Unknown)
    }

    async fn refresh_token(&self, _: &Parts, _: &str, _: &Asked) -> Result<Option<Secret>, Unavailable> {
        Ok(None)
    }

    fn identifies(&self) -> bool {
        false
    }
}
