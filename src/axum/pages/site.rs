//! `Site`: what the handlers of the pages share.

use axum::http::request::Parts;
use axum::response::Response;

use super::address::Address;
use super::answer::answer;
use super::found::Found;
use super::page::{Confirm, Page, Refusal, TokenProblem};
use super::render::Render;
use super::sign_in::{SignIn, Visitor};
use crate::Unavailable;
use crate::axum::server::Sessions;
use crate::axum::wire::Malformed;

/// The store, the implementations of the server's traits, and the pages' address.
pub(super) struct Site<B, K, S, R> {
    pub(super) store: B,
    pub(super) tokens: K,
    pub(super) sign_in: S,
    pub(super) render: R,
    pub(super) address: Address,
}

impl<B: Sessions, K, S: SignIn, R: Render> Site<B, K, S, R> {
    pub(super) fn answer(&self, page: &Page) -> Response {
        answer(&self.render, page)
    }

    pub(super) async fn visitor(&self, request: &Parts, found: &Found<B>) -> Result<Visitor, Page> {
        Ok(self.sign_in.visitor(request, &found.login.tenant).await?)
    }
}

/// Returns the page of a pending login.
pub(super) fn confirm<B>(found: Found<B>, visitor: Visitor, problem: Option<TokenProblem>) -> Page {
    let Found { login, form_code: code, .. } = found;
    Page::Confirm(Confirm { problem, ..Confirm::new(login.tenant, login.remaining, visitor, code) })
}

impl From<Refusal> for Page {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Malformed> for Page {
    fn from(_: Malformed) -> Self {
        Self::Refused(Refusal::BadForm)
    }
}

impl From<Unavailable> for Page {
    fn from(Unavailable { retry_after, .. }: Unavailable) -> Self {
        Self::Refused(Refusal::Unavailable { retry_after })
    }
}
