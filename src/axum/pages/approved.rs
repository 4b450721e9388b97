//! `Approved`: the page after an approval.

use crate::Secret;
use crate::code::LoginCode;

/// A login that the visitor has approved.
#[derive(Debug)]
#[non_exhaustive]
pub struct Approved {
    /// The tenant that the tool is signed in to.
    pub tenant: String,
    /// The account that the tool is signed in as, if the [`SignIn`](super::SignIn) named it. **Escape it.**
    pub account: Option<String>,
    /// For the form *This was not me*, which takes the approval back.
    pub undo: Option<Undo>,
    /// The address on the visitor's own machine that the browser is led to after three seconds, by the header `Refresh`:
    /// the tool waits there for the proof that it carries, and its poll is told *pending* without it. Show it as a link, too.
    pub hand_back: Option<Secret>,
}

/// The hidden fields of a form that takes an approval back: `method="post"`, `action="?"`, and a button named `decision`
/// with the value `withdraw`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Undo {
    /// The value of the field `login_code`.
    pub login_code: LoginCode,
    /// The field `proof`. It is good for an hour.
    pub proof: Secret,
}

impl Approved {
    /// Takes what the page shows; for tests of a [`Render`](super::Render).
    ///
    /// ```
    /// use axum::http::Request;
    /// use counterfoil::axum::pages::{Approved, Page, PlainHtml, Render};
    ///
    /// let page = Page::Approved(Approved::new("internal", Some("ada@example.com".to_owned())));
    /// let (request, ()) = Request::new(()).into_parts();
    /// assert!(PlainHtml.html(&page, &request).contains("ada@example.com"));
    /// ```
    #[must_use]
    pub fn new(tenant: impl Into<String>, account: Option<String>) -> Self {
        Self { tenant: tenant.into(), account, undo: None, hand_back: None }
    }
}
