//! `GET`: shows a pending login, or the form for a code.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;

use super::address::Address;
use super::found;
use super::initiator::{Initiator, embedded};
use super::link;
use super::page::{Page, Refusal};
use super::pasted::Code;
use super::render::Render;
use super::sign_in::SignIn;
use super::site::Site;
use crate::axum::server::{Sessions, Tokens};

/// Handles `GET` and `HEAD` of both pages. Either page takes either code.
pub(super) async fn show<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<B, K, S, R>>>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let page = shown(&site, &head).await;
    site.answer(&page.unwrap_or_else(|page| page))
}

/// The response to a method that the pages do not take.
pub(super) async fn method_not_allowed<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<B, K, S, R>>>,
    head: Parts,
) -> Response {
    let refusal = site.address.check(&head).err().unwrap_or(Refusal::Method);
    site.answer(&refusal.into())
}

async fn shown<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    site: &Site<B, K, S, R>,
    head: &Parts,
) -> Result<Page, Page> {
    site.address.check(head)?;
    // Otherwise another site's page could use up the visitor's guesses.
    if embedded(head, &site.address) {
        return Err(Refusal::OtherSite.into());
    }
    let Some(given) = link::code(head.uri.query().unwrap_or_default())? else {
        return Ok(Page::EnterCode { typed: None, problem: None });
    };
    let code = given.read()?;
    if let Code::User(user_code) = &code
        && !may_guess(head, &site.address)
    {
        return Ok(Page::EnterCode { typed: Some(user_code.expose().to_string()), problem: None });
    }
    let found = found::find(code, &site.store, site.address.source(head)).await?;
    let visitor = site.visitor(head, &found).await?;
    Ok(site.confirm(found, visitor, None))
}

/// Returns whether a user code is looked up for this request: not for a `HEAD`, which programs send to check a link,
/// and not for a visitor who comes from another site, which could use up the visitor's guesses.
fn may_guess(head: &Parts, address: &Address) -> bool {
    head.method != Method::HEAD && Initiator::of(head, address) != Initiator::Elsewhere
}
