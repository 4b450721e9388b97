//! `POST`: approves or denies a login, or takes an approval back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::approved::{Approved, Undo};
use super::arrival::Arrival;
use super::confirm::TokenProblem;
use super::found::Found;
use super::hand_back::HandBack;
use super::initiator::Initiator;
use super::link::Given;
use super::mark::{self, Of};
use super::page::{Page, Refusal};
use super::pasted;
use super::proof::Standing;
use super::render::Render;
use super::sign_in::{SignIn, Visitor};
use super::site::Site;
use super::undo::{Approval, Token, undo};
use crate::axum::server::{EventKind, Holder, Revocation, Sessions, Tokens, Why};
use crate::axum::wire::{Form, body};
use crate::{BackendError, CompleteError, Secret, SettleError, Unavailable};

/// How often a check word may be wrong. The count is part of the form's proof. Who sends an old form again tries more
/// often, and gains nothing: the word keeps another site from the visitor's own account, and a visitor who has the link could
/// compute it.
const WRONG_WORDS: u8 = 3;

/// The fields of the form that an approval needs.
struct Sent {
    token: Option<Secret>,
    proof: Option<Secret>,
    check_word: Option<Secret>,
}

/// What the form's button asks for.
enum Decision {
    Approve,
    Deny,
    Withdraw,
}

pub(super) async fn decide<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    State(site): State<Arc<Site<B, K, S, R>>>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let page = decided(&site, &head, body).await;
    site.answer(&head, &page.unwrap_or_else(|page| page))
}

const FIELDS: [&str; 6] = ["login_code", "user_code", "decision", "proof", "refresh_token", "check_word"];

async fn decided<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    site: &Site<B, K, S, R>,
    head: &Parts,
    body: Body,
) -> Result<Page, Page> {
    let initiator = match announced(site, head) {
        Ok(initiator) => initiator,
        Err(refusal) => {
            body::discard(body);
            return Err(refusal.into());
        }
    };
    let bytes = body::read(body).await.map_err(|failure| match failure.status() {
        408 => Refusal::TooSlow,
        413 => Refusal::TooLarge,
        _ => Refusal::BadForm,
    })?;
    let mut form = Form::parse(&bytes, &FIELDS)?;
    drop(bytes);
    let given = Given::take(&mut form).ok_or(Refusal::BadForm)?;
    let decision = form.take("decision").ok_or(Refusal::BadForm)?;
    let token = form.take("refresh_token").and_then(|typed| pasted::token(&typed));
    let sent = Sent { token, proof: form.take("proof"), check_word: form.take("check_word") };
    // The pages' own form has an origin. A token in the form is proof by itself, from whatever page.
    if initiator == Initiator::Opaque && sent.token.is_none() {
        return Err(Refusal::OtherSite.into());
    }
    // A form without a decision must not count as a guess, so the code is looked up last.
    let decision = match decision.expose() {
        "approve" => Decision::Approve,
        "deny" => Decision::Deny,
        "withdraw" => Decision::Withdraw,
        _ => return Err(Refusal::BadForm.into()),
    };
    let code = given.read()?;
    if let Decision::Withdraw = decision {
        return undo(site, head, code, sent.proof).await;
    }
    site.admit(head, Some(TokenProblem::Missing)).await?;
    let found = site.find(code, head).await?;
    if let Decision::Approve = decision {
        return approve(site, head, found, sent).await;
    }
    deny(site, head, &found).await?;
    Ok(Page::Denied { tenant: found.login.tenant })
}

/// Judges a form by what its headers say, before it is read. Returns whose page has sent it.
fn announced<B, K, S, R>(site: &Site<B, K, S, R>, head: &Parts) -> Result<Initiator, Refusal> {
    site.address.check(head)?;
    let initiator = Initiator::of(head, &site.address);
    if initiator == Initiator::Elsewhere {
        return Err(Refusal::OtherSite);
    }
    if !body::is_form(&head.headers) {
        return Err(Refusal::BadForm);
    }
    body::expect_identity(&head.headers).map_err(|_| Refusal::Encoded)?;
    Ok(initiator)
}

/// Completes the login with the signed-in user's token.
async fn approve<B: Sessions, K: Tokens, S: SignIn, R: Render>(
    site: &Site<B, K, S, R>,
    head: &Parts,
    found: Found<B>,
    sent: Sent,
) -> Result<Page, Page> {
    let tenant = &*found.login.tenant;
    let visitor = site.visitor(head, &found).await?;
    let from_sign_in = sent.token.is_none();
    let mut standing = Standing::new(mark::arrival(head, &site.form_keys, Of::Login(&found.form_code.expose()), None));
    let token = match (sent.token, &visitor) {
        (Some(token), _) => Some(token),
        (None, Visitor::SignedIn { .. }) if Initiator::of(head, &site.address) != Initiator::Here => {
            return Err(Refusal::OtherSite.into());
        }
        (None, Visitor::SignedIn { name, id }) => {
            let shown = found.shown_to(name, id.as_deref());
            let proven = |proof: Secret| site.form_keys.proven(proof.expose(), shown);
            let Some(proven) = sent.proof.and_then(proven) else {
                return Err(site.confirm(found, visitor, standing, Some(TokenProblem::NotShown)));
            };
            standing = proven;
            match check(&found, &mut standing, sent.check_word) {
                Ok(()) => {}
                Err(TokenProblem::WordWrong { left: 0 }) => {
                    // It must be begun again.
                    deny(site, head, &found).await?;
                    return Err(Page::WrongWords { tenant: found.login.tenant });
                }
                Err(problem) => return Err(site.confirm(found, visitor, standing, Some(problem))),
            }
            site.sign_in.refresh_token(head, tenant, &found.asked()).await?
        }
        (None, Visitor::SignedOut { .. } | Visitor::Unknown) => None,
    };
    let Some(token) = token else { return Err(site.confirm(found, visitor, standing, Some(TokenProblem::Missing))) };
    let origin = if from_sign_in { Token::Made } else { Token::Typed };
    let proof = match may_approve(site, &found, &token).await {
        Ok(true) => HandBack::draw(found.login.details.as_deref()),
        Ok(false) => {
            made_in_vain(site, &found, origin, token).await;
            return Err(site.confirm(found, visitor, standing, Some(TokenProblem::Refused)));
        }
        Err(unavailable) => Err(unavailable),
    };
    let proof = match proof {
        Ok(proof) => proof,
        Err(unavailable) => {
            made_in_vain(site, &found, origin, token).await;
            return Err(unavailable.into());
        }
    };
    let (proof, url) = proof.map(|HandBack { proof, url }| (proof, url)).unzip();
    match found.store.complete(&found.login_code, token, proof).await {
        Ok(()) => {
            site.note(EventKind::Approved, head, &found.login);
            let approval = Approval { tenant: found.login.tenant, session: found.login.id, token: origin };
            let undo = Undo::new(&site.form_keys, found.login_code, &approval);
            let account = match visitor {
                Visitor::SignedIn { name, .. } if from_sign_in => Some(name),
                _ => None,
            };
            Ok(Page::Approved(Approved { undo, hand_back: url, ..Approved::new(approval.tenant, account) }))
        }
        Err(CompleteError { grant, reason }) => {
            // If the store did not answer, the approval may stand.
            if let BackendError::Refused(_) = reason {
                made_in_vain(site, &found, origin, grant).await;
            }
            Err(reason.into())
        }
    }
}

/// Returns whether the token is a signed-in user's.
async fn may_approve<B: Sessions, K: Tokens, S, R>(
    site: &Site<B, K, S, R>,
    found: &Found<B>,
    token: &Secret,
) -> Result<bool, Unavailable> {
    Ok(site.tokens.holder(&found.login.tenant, token).await? == Some(Holder::SignedIn))
}

/// Revokes a token that was made for this approval, which no tool will have. The visitor is told why nothing was approved,
/// whether or not this succeeds.
async fn made_in_vain<B, K: Tokens, S, R>(site: &Site<B, K, S, R>, found: &Found<B>, origin: Token, token: Secret) {
    if origin == Token::Made {
        let revocation = Revocation::new(&found.login.tenant, Why::LostRace).session(found.login.id).token(token);
        let _ = site.tokens.revoke(revocation).await;
    }
}

/// Holds the check word against the login, if the form's page has asked for one.
fn check<B>(found: &Found<B>, standing: &mut Standing, word: Option<Secret>) -> Result<(), TokenProblem> {
    if standing.arrival == Arrival::Direct {
        return Ok(());
    }
    let word = word.ok_or(TokenProblem::WordMissing)?;
    if found.is_word(word.expose()) {
        return Ok(());
    }
    standing.wrong_words = standing.wrong_words.saturating_add(1);
    Err(TokenProblem::WordWrong { left: WRONG_WORDS.saturating_sub(standing.wrong_words) })
}

async fn deny<B: Sessions, K, S, R>(site: &Site<B, K, S, R>, head: &Parts, found: &Found<B>) -> Result<(), Page> {
    found.store.deny(&found.login_code).await?;
    site.note(EventKind::Denied, head, &found.login);
    Ok(())
}

impl From<BackendError<SettleError>> for Page {
    fn from(error: BackendError<SettleError>) -> Self {
        match error {
            BackendError::Refused(reason) => Self::Over(reason),
            BackendError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}
