//! `Site`: what the handlers of the pages share.

use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::Response;

use super::address::Address;
use super::answer::answer;
use super::confirm::{Confirm, TokenProblem};
use super::found::{self, Found};
use super::keys::FormKeys;
use super::mark::{Mark, Of, scheme};
use super::page::{CodeProblem, Page, Refusal};
use super::pasted::Code;
use super::proof::{Shown, Standing};
use super::render::Render;
use super::sign_in::{SignIn, Visitor};
use crate::axum::server::{Event, EventKind, EventSink, Sessions};
use crate::axum::wire::Malformed;
use crate::{Inspected, Unavailable};

/// The store, the implementations of the server's traits, and the pages' address.
pub(super) struct Site<B, K, S, R> {
    pub(super) store: B,
    pub(super) tokens: K,
    pub(super) sign_in: S,
    pub(super) sign_in_first: bool,
    pub(super) render: R,
    pub(super) address: Address,
    pub(super) form_keys: FormKeys,
    pub(super) events: EventSink,
}

impl<B: Sessions, K, S, R> Site<B, K, S, R> {
    /// Returns the pending login of a code, and notes a source that is out of wrong user codes.
    pub(super) async fn find(&self, code: Code, request: &Parts) -> Result<Found<B>, Page> {
        let source = self.address.source(request);
        let found = found::find(code, &self.store, source).await;
        if let Err(Page::EnterCode { problem: Some(CodeProblem::TooMany { .. }), .. }) = &found {
            self.events.note(&Event::new(EventKind::BudgetExhausted, source));
        }
        found
    }

    /// Notes what has happened to a login.
    pub(super) fn note(&self, kind: EventKind, request: &Parts, login: &Inspected) {
        if self.events.is_set() {
            let client = login.details.as_deref().and_then(|details| details.client.as_deref());
            let event = Event::new(kind, self.address.source(request)).tenant(&login.tenant).session(login.id);
            self.events.note(&event.client(client));
        }
    }
}

impl<B: Sessions, K, S: SignIn, R: Render> Site<B, K, S, R> {
    pub(super) fn answer(&self, request: &Parts, page: &Page) -> Response {
        answer(&self.render, page, request)
    }

    /// The same, for a visitor who has come directly: the browser remembers that, until a code is typed or the visitor has
    /// signed in.
    pub(super) fn answer_marked(&self, request: &Parts, mut page: Page, code: Option<&str>) -> Response {
        let of = match (&page, code) {
            (Page::EnterCode { .. }, _) => Of::Form,
            (Page::Confirm(_) | Page::SignInFirst { .. }, Some(code)) => Of::Login(code),
            _ => return self.answer(request, &page),
        };
        let mark = if self.sign_in.identifies() {
            Mark::new(&self.form_keys, of, scheme(request, &self.address))
        } else {
            None
        };
        let Some(Mark { cookie, field }) = mark else { return self.answer(request, &page) };
        if let Page::EnterCode { arrival, .. } = &mut page {
            *arrival = Some(field);
        }
        let mut response = self.answer(request, &page);
        response.headers_mut().append(SET_COOKIE, cookie);
        response
    }

    pub(super) async fn visitor(&self, request: &Parts, found: &Found<B>) -> Result<Visitor, Page> {
        Ok(self.sign_in.visitor(request, &found.login.tenant).await?)
    }

    /// Fails with a page for a visitor who must sign in before anything is looked up.
    pub(super) async fn admit(&self, request: &Parts, problem: Option<TokenProblem>) -> Result<(), Page> {
        if !self.sign_in_first {
            return Ok(());
        }
        match self.sign_in.visitor(request, "").await? {
            Visitor::SignedOut { sign_in } => Err(Page::SignInFirst { sign_in, problem }),
            Visitor::SignedIn { .. } | Visitor::Unknown => Ok(()),
        }
    }

    /// Returns the page of a pending login.
    pub(super) fn confirm(
        &self,
        found: Found<B>,
        visitor: Visitor,
        standing: Standing,
        problem: Option<TokenProblem>,
    ) -> Page {
        let proof = match &visitor {
            Visitor::SignedIn { name, id } => self.form_keys.prove(found.shown_to(name, id.as_deref()), standing),
            Visitor::SignedOut { .. } | Visitor::Unknown => None,
        };
        let Found { login, form_code, user_code, .. } = found;
        let page = Confirm::of(login, visitor, form_code, user_code).arrival(standing.arrival);
        Page::Confirm(Confirm { problem, proof, ..page })
    }
}

impl<B> Found<B> {
    /// What a page shows to the account of that name, and of that id if the server has told one.
    pub(super) fn shown_to<'a>(&'a self, account: &'a str, id: Option<&'a str>) -> Shown<'a> {
        Shown { login: &self.login_code, tenant: &self.login.tenant, account, id: id.unwrap_or(account) }
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
