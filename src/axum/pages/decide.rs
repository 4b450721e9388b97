//! `POST`: approves or denies a login.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::found::{self, Found};
use super::initiator::Initiator;
use super::link::Given;
use super::page::{Page, Refusal, TokenProblem};
use super::pasted;
use super::render::Render;
use super::sign_in::{SignIn, Visitor};
use super::site::Site;
use crate::axum::server::{Holder, Sessions, Tokens};
use crate::axum::wire::{Form, body};
use crate::{BackendError, Secret, SettleError};

pub(super) async fn decide<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<B, K, S, R>>>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let page = decided(&site, &head, body).await;
    site.answer(&page.unwrap_or_else(|page| page))
}

async fn decided<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    site: &Site<B, K, S, R>,
    head: &Parts,
    body: Body,
) -> Result<Page, Page> {
    let bytes = body::read(body).await.map_err(|failure| match failure.status() {
        413 => Refusal::TooLarge,
        _ => Refusal::BadForm,
    })?;
    site.address.check(head)?;
    let initiator = Initiator::of(head, &site.address);
    if initiator == Initiator::Elsewhere {
        return Err(Refusal::OtherSite.into());
    }
    if !body::is_form(&head.headers) {
        return Err(Refusal::BadForm.into());
    }
    body::expect_identity(&head.headers).map_err(|_| Refusal::Encoded)?;
    let mut form = Form::parse(&bytes, &["login_code", "user_code", "decision", "proof", "refresh_token"])?;
    drop(bytes);
    let given = Given::take(&mut form)?.ok_or(Refusal::BadForm)?;
    let decision = form.take("decision").ok_or(Refusal::BadForm)?;
    let proof = form.take("proof");
    let token = form.take("refresh_token").and_then(|typed| pasted::token(&typed));
    // The pages' own form has an origin. A token in the form is proof by itself, from whatever page.
    if initiator == Initiator::Opaque && token.is_none() {
        return Err(Refusal::OtherSite.into());
    }
    // A form without a decision must not count as a guess, so the code is looked up last.
    let approves = match decision.expose() {
        "approve" => true,
        "deny" => false,
        _ => return Err(Refusal::BadForm.into()),
    };
    let found = found::find(given.read()?, &site.store, site.address.source(head)).await?;
    if approves { approve(site, head, found, (token, proof)).await } else { deny(found).await }
}

/// Completes the login with the signed-in user's token.
async fn approve<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    site: &Site<B, K, S, R>,
    head: &Parts,
    found: Found<B>,
    (typed, proof): (Option<Secret>, Option<Secret>),
) -> Result<Page, Page> {
    let tenant = &*found.login.tenant;
    let visitor = site.visitor(head, &found).await?;
    let from_sign_in = typed.is_none();
    let token = match (typed, &visitor) {
        (Some(token), _) => Some(token),
        (None, Visitor::SignedIn { .. }) if Initiator::of(head, &site.address) != Initiator::Here => {
            return Err(Refusal::OtherSite.into());
        }
        (None, Visitor::SignedIn { name })
            if !proof.is_some_and(|proof| site.form_keys.check(proof.expose(), found.shown_to(name))) =>
        {
            return Err(site.confirm(found, visitor, Some(TokenProblem::NotShown)));
        }
        (None, Visitor::SignedIn { .. }) => site.sign_in.refresh_token(head, tenant).await?,
        (None, Visitor::SignedOut { .. } | Visitor::Unknown) => None,
    };
    let Some(token) = token else { return Err(site.confirm(found, visitor, Some(TokenProblem::Missing))) };
    match site.tokens.holder(tenant, &token).await? {
        Some(Holder::SignedIn) => {}
        Some(Holder::Anonymous) | None => {
            return Err(site.confirm(found, visitor, Some(TokenProblem::Refused)));
        }
    }
    let account = match visitor {
        Visitor::SignedIn { name } if from_sign_in => Some(name),
        _ => None,
    };
    match found.store.complete(&found.login_code, token, None).await {
        Ok(()) => Ok(Page::Approved { tenant: found.login.tenant, account }),
        Err(refused) => Err(refused.reason.into()),
    }
}

async fn deny<B: Sessions>(found: Found<B>) -> Result<Page, Page> {
    found.store.deny(&found.login_code).await?;
    Ok(Page::Denied { tenant: found.login.tenant })
}

impl From<BackendError<SettleError>> for Page {
    fn from(error: BackendError<SettleError>) -> Self {
        match error {
            BackendError::Refused(reason) => Self::Over(reason),
            BackendError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}
