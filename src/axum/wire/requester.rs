//! The program and the machine that begin a login, as a request shows them.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

use crate::source::Source;
use crate::{Requester, Secret};

/// Returns who sends a request: the address, the header `User-Agent`, and the name that the tool gives itself.
pub(crate) fn requester(source: Source, headers: &HeaderMap, name: Option<&Secret>) -> Requester {
    let mut requester = Requester::new();
    if let Some(address) = source.address() {
        requester = requester.address(address);
    }
    if let Some(agent) = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).filter(|agent| !agent.is_empty())
    {
        requester = requester.agent(agent);
    }
    match name {
        Some(name) => requester.name(name.expose()),
        None => requester,
    }
}
