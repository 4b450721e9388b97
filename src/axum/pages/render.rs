//! `Render`: writes the HTML of a page.

use std::sync::Arc;

use axum::http::request::Parts;

use super::page::Page;

/// Writes the HTML of a page. Implement it for pages of your own design.
///
/// The form of a [`Page::Confirm`], with `method="post"` and `action="?"` (the same path, without the query):
///
/// | field | value |
/// | --- | --- |
/// | [`FormCode::name`](super::FormCode::name), hidden | [`FormCode::expose`](super::FormCode::expose) |
/// | `decision` | `approve` or `deny`: two buttons |
/// | `user_code`, hidden | [`Confirm::user_code`](super::Confirm::user_code), if there is one, and it is not in the first field |
/// | `proof`, hidden | [`Confirm::proof`](super::Confirm::proof), if there is one |
/// | `refresh_token` | if the visitor is [`Unknown`](super::Visitor::Unknown) |
/// | `check_word` | if the page [asks for the check word](super::Confirm::asks_for_word) |
///
/// The form of a [`Page::EnterCode`] has `method="get"`, a field `user_code`, and its hidden field `arrival`, if there is
/// one. That of a [`Page::Approved`] is described at [`Undo`](super::Undo).
///
/// ```
/// use axum::http::request::Parts;
/// use counterfoil::axum::pages::{Page, PlainHtml, Render};
///
/// struct Branded;
///
/// impl Render for Branded {
///     fn html(&self, page: &Page, request: &Parts) -> String {
///         match page {
///             Page::Denied { .. } => "<!doctype html><title>Done</title><p>Nobody got aboard.".to_owned(),
///             _ => PlainHtml.html(page, request),
///         }
///     }
///
///     fn content_security_policy(&self) -> &str {
///         PlainHtml.content_security_policy()
///     }
/// }
/// ```
///
/// A test of an implementation builds the pages itself:
///
/// ```
/// use std::time::Duration;
///
/// use axum::http::Request;
/// use counterfoil::UserCode;
/// use counterfoil::axum::pages::{Confirm, FormCode, Page, PlainHtml, Render, Visitor};
///
/// let visitor = Visitor::signed_in("<Ada>");
/// let code = FormCode::User(UserCode::parse("BCDF-GHJK")?);
/// let page = Page::Confirm(Confirm::new("internal", Duration::from_secs(600), visitor, code));
/// let (request, ()) = Request::new(()).into_parts();
/// let html = PlainHtml.html(&page, &request);
/// assert!(html.contains("BCDF-GHJK") && !html.contains("<Ada>"));
/// # Ok::<(), counterfoil::ParseCodeError>(())
/// ```
pub trait Render: Send + Sync + 'static {
    /// Returns the page's whole HTML. Escape all text in it: names and typed codes may contain any character. The
    /// request tells the reader's languages (`Accept-Language`), for one thing.
    fn html(&self, page: &Page, request: &Parts) -> String;

    /// Returns the `Content-Security-Policy` of the HTML. The default allows stylesheets and images of this site, and
    /// nothing else.
    ///
    /// Keep `form-action 'self'`, `frame-ancestors 'none'` and `base-uri 'none'`. A policy that is not a valid header
    /// value is replaced by one that forbids everything.
    #[expect(clippy::unnecessary_literal_bound, reason = "an implementation may have it from its own settings")]
    fn content_security_policy(&self) -> &str {
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'"
    }
}

/// An implementation that is shared with the rest of the server.
impl<T: Render> Render for Arc<T> {
    fn html(&self, page: &Page, request: &Parts) -> String {
        (**self).html(page, request)
    }

    fn content_security_policy(&self) -> &str {
        (**self).content_security_policy()
    }
}
