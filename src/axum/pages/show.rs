//! `GET`: what there is to decide.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::found::Given;
use super::origin::embedded;
use super::page::{Page, Refusal};
use super::render::Render;
use super::sign_in::SignIn;
use super::site::{self, Site};
use crate::NotPending;
use crate::axum::form::Form;
use crate::axum::tokens::Tokens;

/// `GET /handler/cli-auth-confirm`.
pub(super) async fn confirm<K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<K, S, R>>>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let page = show(&site, &head, || Page::Over(NotPending::Unknown)).await;
    site.answer(&page.unwrap_or_else(|page| page))
}

/// `GET /device`.
pub(super) async fn device<K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<K, S, R>>>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let page = show(&site, &head, || Page::EnterCode { typed: None, problem: None }).await;
    site.answer(&page.unwrap_or_else(|page| page))
}

/// Any method that the pages do not take.
pub(super) async fn method_not_allowed<K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<K, S, R>>>,
) -> Response {
    site.answer(&Refusal::Method.into())
}

async fn show<K: Tokens, S: SignIn, R: Render>(
    site: &Site<K, S, R>,
    head: &Parts,
    without_code: fn() -> Page,
) -> Result<Page, Page> {
    // Or another site's page could spend the visitor's guesses.
    if embedded(head) {
        return Err(Refusal::OtherSite.into());
    }
    let mut query = Form::parse(head.uri.query().unwrap_or_default().as_bytes(), &["login_code", "user_code"])?;
    let Some(given) = Given::take(&mut query)? else { return Ok(without_code()) };
    let found = given.find(&site.store, site.source(head))?;
    let visitor = site.visitor(head, &found).await?;
    Ok(site::confirm(found, visitor, None))
}
