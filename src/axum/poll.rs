//! `POST /auth/cli/poll`: the command-line tool asks.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::access::Access;
use super::api::Api;
use super::failure::Failure;
use super::fields::Fields;
use super::prefer;
use super::tokens::Tokens;
use crate::{Polled, PollingCode};

pub(super) async fn poll<A: Access, K: Tokens>(
    State(api): State<Api<A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    let max_wait = api.max_wait();
    let read = |fields: &mut Fields<'_>, headers: &HeaderMap| {
        let code = PollingCode::parse(fields.text("polling_code")?.expose()).ok();
        Ok((code, prefer::wait(headers, max_wait)))
    };
    let (store, (code, wait)) = api.admit(request, &["polling_code"], read).await?;
    // Neither dialect has a word for "slow down", so nobody is told to.
    let store = store.unpaced();
    // Nothing else of the request is kept while the client waits.
    let polled = match (code, wait) {
        (None, _) => Polled::Unknown,
        (Some(code), None) => store.poll(&code),
        (Some(code), Some(wait)) => store.wait(&code, wait).await,
    };
    let mut response = api.dialect().answer(&polled);
    if let Some(wait) = wait {
        prefer::applied(&mut response, wait);
    }
    Ok(response)
}
