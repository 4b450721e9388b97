//! `GET`: shows a pending login, or the form for a code.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;

use super::address::Address;
use super::arrival::Arrival;
use super::initiator::{Initiator, embedded};
use super::link;
use super::mark::{self, Of};
use super::page::{Page, Refusal};
use super::pasted::Code;
use super::proof::Standing;
use super::render::Render;
use super::sign_in::SignIn;
use super::site::Site;
use crate::axum::server::{EventKind, Sessions, Tokens};
use crate::code::CodeText;

/// What a request has brought: how its visitor came, and the code, if there is one.
struct Brought {
    arrival: Arrival,
    code: Option<CodeText>,
}

/// Handles `GET` and `HEAD` of both pages. Either page takes either code.
pub(super) async fn show<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<B, K, S, R>>>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let mut brought = Brought { arrival: Arrival::Indirect, code: None };
    let page = shown(&site, &head, &mut brought).await.unwrap_or_else(|page| page);
    match brought.arrival {
        Arrival::Direct => site.answer_marked(&head, page, brought.code.as_deref()),
        Arrival::Indirect => site.answer(&head, &page),
    }
}

/// The response to a method that the pages do not take.
pub(super) async fn method_not_allowed<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<B, K, S, R>>>,
    head: Parts,
) -> Response {
    let refusal = site.address.check(&head).err().unwrap_or(Refusal::Method);
    site.answer(&head, &refusal.into())
}

async fn shown<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    site: &Site<B, K, S, R>,
    head: &Parts,
    brought: &mut Brought,
) -> Result<Page, Page> {
    site.address.check(head)?;
    // Otherwise another site's page could use up the visitor's guesses.
    if embedded(head, &site.address) {
        return Err(Refusal::OtherSite.into());
    }
    let query = head.uri.query().unwrap_or_default();
    let typed = query.split('&').find_map(|field| field.strip_prefix("arrival="));
    brought.arrival = mark::arrival(head, &site.form_keys, Of::Form, typed);
    let Some(given) = link::code(query)? else { return Ok(Page::enter_code(None, None)) };
    let code = given.read()?;
    let text = brought.code.insert(code.expose());
    brought.arrival = mark::arrival(head, &site.form_keys, Of::Login(text), typed);
    if let Code::User(user_code) = &code
        && !may_guess(head, &site.address)
    {
        return Ok(Page::enter_code(Some(user_code.expose().to_string()), None));
    }
    site.admit(head, None).await?;
    let found = site.find(code, head).await?;
    let visitor = site.visitor(head, &found).await?;
    if head.method != Method::HEAD {
        site.note(EventKind::LookedUp, head, &found.login);
    }
    Ok(site.confirm(found, visitor, Standing::new(brought.arrival), None))
}

/// Returns whether a user code is looked up for this request: not for a `HEAD`, which programs send to check a link,
/// and not for a visitor who comes from another site, which could use up the visitor's guesses.
fn may_guess(head: &Parts, address: &Address) -> bool {
    head.method != Method::HEAD && Initiator::of(head, address) != Initiator::Elsewhere
}
