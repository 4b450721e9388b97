//! `Render`: writes the HTML of a page.

use super::page::Page;

/// Writes the HTML of a page. Implement it for pages of your own design.
///
/// The form of a [`Page::Confirm`], with `method="post"` and `action="?"` (the same path, without the query):
///
/// | field | value |
/// | --- | --- |
/// | [`FormCode::name`](super::FormCode::name), hidden | [`FormCode::expose`](super::FormCode::expose) |
/// | `decision` | `approve` or `deny`: two buttons |
/// | `proof`, hidden | [`Confirm::proof`](super::Confirm::proof), if there is one |
/// | `refresh_token` | if the visitor is [`Unknown`](super::Visitor::Unknown) |
///
/// The form of a [`Page::EnterCode`] has `method="get"` and a field `user_code`.
///
/// ```
/// use counterfoil::axum::pages::{Page, PlainHtml, Render};
///
/// struct Branded;
///
/// impl Render for Branded {
///     fn html(&self, page: &Page) -> String {
///         match page {
///             Page::Approved { .. } => "<!doctype html><title>Done</title><p>Welcome aboard.".to_owned(),
///             _ => PlainHtml.html(page),
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
/// use counterfoil::UserCode;
/// use counterfoil::axum::pages::{Confirm, FormCode, Page, PlainHtml, Render, Visitor};
///
/// let visitor = Visitor::SignedIn { name: "<Ada>".to_owned() };
/// let code = FormCode::User(UserCode::parse("BCDF-GHJK")?);
/// let html = PlainHtml.html(&Page::Confirm(Confirm::new("internal", Duration::from_secs(600), visitor, code)));
/// assert!(html.contains("BCDF-GHJK") && !html.contains("<Ada>"));
/// # Ok::<(), counterfoil::ParseCodeError>(())
/// ```
pub trait Render: Send + Sync + 'static {
    /// Returns the page's whole HTML. Escape all text in it: names and typed codes may contain any character.
    fn html(&self, page: &Page) -> String;

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
