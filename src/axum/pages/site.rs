//! `Site`: what the handlers of the pages share.

use axum::http::request::Parts;
use axum::response::Response;

use super::address::Address;
use super::answer::answer;
use super::found::Found;
use super::page::{Confirm, Page, Refusal, TokenProblem};
use super::proof::{FormKeys, Shown};
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
    pub(super) form_keys: FormKeys,
}

impl<B: Sessions, K, S: SignIn, R: Render> Site<B, K, S, R> {
    pub(super) fn answer(&self, page: &Page) -> Response {
        answer(&self.render, page)
    }

    pub(super) async fn visitor(&self, request: &Parts, found: &Found<B>) -> Result<Visitor, Page> {
        Ok(self.sign_in.visitor(request, &found.login.tenant).await?)
    }

    /// Returns the page of a pending login.
    pub(super) fn confirm(&self, found: Found<B>, visitor: Visitor, problem: Option<TokenProblem>) -> Page {
        let proof = match &visitor {
            Visitor::SignedIn { name } => self.form_keys.prove(found.shown_to(name)),
            Visitor::SignedOut { .. } | Visitor::Unknown => None,
        };
        let Found { login, form_code: code, .. } = found;
        Page::Confirm(Confirm { problem, proof, ..Confirm::new(login.tenant, login.remaining, visitor, code) })
    }
}

impl<B> Found<B> {
    /// What a page shows to the account of that name.
    pub(super) fn shown_to<'a>(&'a self, account: &'a str) -> Shown<'a> {
        Shown { login: &self.login_code, tenant: &self.login.tenant, account }
    }
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
