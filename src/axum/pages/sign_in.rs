//! Who looks at the page.

use std::future::Future;

use axum::http::request::Parts;

use crate::Secret;
use crate::Unavailable;

/// Tells who is signed in, from what a browser sends by itself.
///
/// ```
/// use axum::http::request::Parts;
/// use counterfoil::Secret;
/// use counterfoil::Unavailable;
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
///             Some(name) => Visitor::SignedIn { name },
///             None => Visitor::SignedOut { sign_in: "/sign-in".to_owned() },
///         })
///     }
///
///     async fn refresh_token(&self, request: &Parts, _tenant: &str) -> Result<Option<Secret>, Unavailable> {
///         // Make a new token for this user here.
///         Ok(self.user_of(request).await.map(|name| Secret::new(format!("rt-of-{name}"))))
///     }
/// }
/// ```
///
/// Its tests build the request themselves:
///
/// ```
/// # async fn test() -> Result<(), counterfoil::Unavailable> {
/// use axum::http::Request;
/// use counterfoil::axum::pages::{SignIn, TypedToken, Visitor};
///
/// let (request, ()) = Request::new(()).into_parts();
/// assert_eq!(TypedToken.visitor(&request, "internal").await?, Visitor::Unknown);
/// assert!(TypedToken.refresh_token(&request, "internal").await?.is_none());
/// # Ok(())
/// # }
/// # pollster::block_on(test()).unwrap();
/// ```
pub trait SignIn: Send + Sync + 'static {
    /// Who the visitor is, to this tenant. Asked for each page of a pending login; it should change nothing.
    ///
    /// # Errors
    /// [`Unavailable`] where it cannot be told right now: answered 503.
    fn visitor(&self, request: &Parts, tenant: &str) -> impl Future<Output = Result<Visitor, Unavailable>> + Send;

    /// The refresh token to give to the tool, when a visitor who is signed in approves: a new one, best, so that it can
    /// be revoked alone. `None` where the visitor is signed in no longer.
    ///
    /// It is asked for only when the login is pending, and the request is known to come from this site. Should the
    /// login be over a moment later, the token is dropped.
    ///
    /// # Errors
    /// [`Unavailable`] where there is none right now: answered 503, and the login stays as it is.
    fn refresh_token(
        &self,
        request: &Parts,
        tenant: &str,
    ) -> impl Future<Output = Result<Option<Secret>, Unavailable>> + Send;
}

/// Who looks at the page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Visitor {
    /// It cannot be told; the form has a field for a refresh token.
    Unknown,
    /// Somebody who is signed in, and approves with one click.
    SignedIn {
        /// The name or address that the person knows the account by.
        name: String,
    },
    /// Somebody who has to sign in before approving.
    SignedOut {
        /// Where to do so, as a link on the page. It is the server's own address, never one that a request brought; let
        /// it lead back to the page.
        sign_in: String,
    },
}

/// The [`SignIn`] of a server that has none: the person types a refresh token.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedToken;

impl SignIn for TypedToken {
    async fn visitor(&self, _request: &Parts, _tenant: &str) -> Result<Visitor, Unavailable> {
        Ok(Visitor::Unknown)
    }

    async fn refresh_token(&self, _request: &Parts, _tenant: &str) -> Result<Option<Secret>, Unavailable> {
        Ok(None)
    }
}
