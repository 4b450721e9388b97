//! `POST /auth/cli/poll`: the command-line tool asks.

use axum::extract::{Request, State};
use axum::response::Response;

use super::access::Access;
use super::api::Api;
use super::failure::Failure;
use super::prefer;
use super::tokens::Tokens;
use crate::{Polled, PollingCode};

pub(super) async fn poll<A: Access, K: Tokens>(
    State(api): State<Api<A, K>>,
    request: Request,
) -> Result<Response, Failure> {
    let (store, mut fields, headers) = api.admit(request).await?;
    let text = fields.text("polling_code")?;
    let wait = prefer::wait(&headers).map(|wait| wait.min(api.max_wait())).filter(|wait| !wait.is_zero());

    // Neither dialect has a word for "slow down", so nobody is told to.
    let store = store.unpaced();
    let polled = match (PollingCode::parse(text.expose()), wait) {
        (Err(_), _) => Polled::Unknown,
        (Ok(code), None) => store.poll(&code),
        (Ok(code), Some(wait)) => store.wait(&code, wait).await,
    };
    let mut response = api.dialect().answer(&polled);
    if let Some(wait) = wait {
        prefer::applied(&mut response, wait);
    }
    Ok(response)
}
