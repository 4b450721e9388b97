//! `POST /auth/cli/poll`: a poll of the command-line tool.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::api::Api;
use crate::axum::server::{Access, Asker, Sessions, Tokens, after_poll};
use crate::axum::wire::{Ask, Bound, Challenge, Failure, Fields, TwoKeys, hand_back_proof, prefer};

pub(super) async fn poll<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    let max_wait = api.settings().max_wait;
    let read = |fields: &mut Fields<'_>, headers: &HeaderMap| {
        let ask = Ask::read(&fields.text("polling_code")?, headers, max_wait);
        let ask = ask.map_err(|TwoKeys| Failure::schema(TwoKeys::TEXT))?;
        let challenge = Challenge::of_verifier(fields.optional_text("code_verifier")?.as_ref());
        let bound = Bound { challenge: challenge.map_err(Failure::schema)?, ..Bound::default() };
        let proof = hand_back_proof(fields.optional_text("hand_back_proof")?.as_ref()).map_err(Failure::schema)?;
        Ok(ask.carrying(&bound, proof))
    };
    let (caller, ask) = api.admit(request, &["polling_code", "code_verifier", "hand_back_proof"], read).await?;
    let wait = ask.wait;
    let polled = ask.of(&caller.store).await?;
    let asker = Asker { code: ask.code.as_ref(), client: None, source: caller.source, session: None };
    after_poll(&polled, asker, &caller.store, api.parts(), &api.settings().events).await;
    let mut response = api.dialect().answer(&polled);
    if let Some(wait) = wait {
        prefer::applied(&mut response, wait);
    }
    Ok(response)
}
