//! `POST /auth/cli/poll`: a poll of the command-line tool.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::api::Api;
use crate::axum::server::{Access, Sessions, Tokens};
use crate::axum::wire::{Ask, Failure, Fields, TwoKeys, prefer};

pub(super) async fn poll<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    let max_wait = api.settings().max_wait;
    let read = |fields: &mut Fields<'_>, headers: &HeaderMap| {
        Ask::read(&fields.text("polling_code")?, headers, max_wait).map_err(|TwoKeys| Failure::schema(TwoKeys::TEXT))
    };
    let (caller, ask) = api.admit(request, &["polling_code"], read).await?;
    let wait = ask.wait;
    // Neither dialect has a status for "slow down".
    let polled = ask.of(&caller.store.unpaced()).await?;
    let mut response = api.dialect().answer(&polled);
    if let Some(wait) = wait {
        prefer::applied(&mut response, wait);
    }
    Ok(response)
}
