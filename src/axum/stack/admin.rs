//! `/sessions`: the live logins of a tenant, for its administrator, who can cancel them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts as Head;
use axum::response::Response;
use serde_json::{Value, json};

use super::api::Api;
use super::credentials;
use crate::axum::server::{Access, AccessType, Event, EventKind, Host, Sessions, Tokens};
use crate::axum::wire::{Failure, done, json_answer};
use crate::{BackendError, Listed, SessionId, SettleError, State as Stands};

/// The most logins in a response.
const MOST: usize = 1000;

impl<B: Sessions, A: Access, K: Tokens> Api<B, A, K> {
    /// Admits an administrator: returns the store scoped to its tenant.
    async fn administer(&self, head: &Head) -> Result<B, Failure> {
        Host::of(head)?;
        let credentials = credentials::read(&head.headers)?;
        if credentials.access_type != AccessType::Admin {
            return Err(Failure::known(
                401,
                "ADMIN_AUTHENTICATION_REQUIRED",
                "This is for administrators: send x-stack-access-type: admin, with x-stack-secret-server-key.",
            ));
        }
        let tenant = self.access().admit(&credentials).await;
        let tenant = tenant.map_err(|error| Failure::access(error, credentials.access_type))?;
        Ok(self.store(&tenant))
    }
}

/// `GET /sessions`: live logins, those first that have the least time left, and how many there are.
pub(super) async fn list<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    head: Head,
) -> Result<Response, Failure> {
    let store = api.administer(&head).await?;
    let mut sessions = store.sessions().await?;
    sessions.sort_unstable_by_key(|session| session.remaining);
    let listed: Vec<Value> = sessions.iter().take(MOST).map(line).collect();
    Ok(json_answer(StatusCode::OK, &json!({ "sessions": listed, "total": sessions.len() })))
}

/// `DELETE /sessions/{id}`: cancels a pending login. Its tool is told that it was cancelled.
pub(super) async fn cancel<B: Sessions, A: Access, K: Tokens>(
    State(api): State<Api<B, A, K>>,
    Path(id): Path<String>,
    head: Head,
) -> Result<Response, Failure> {
    let store = api.administer(&head).await?;
    let id: SessionId = id.parse().map_err(|_| unknown())?;
    store.cancel_session(id).await.map_err(|error| match error {
        BackendError::Refused(SettleError::Unknown) => unknown(),
        BackendError::Refused(_) => {
            Failure::own(409, "SESSION_NOT_PENDING", "This login is not pending any more; it cannot be cancelled.")
        }
        BackendError::Unavailable(unavailable) => unavailable.into(),
    })?;
    let source = api.settings().source(&head);
    api.settings().events.note(&Event::new(EventKind::Cancelled, source).tenant(store.tenant()).session(id));
    Ok(done("cancelled", &json!({ "success": true })))
}

/// A login as an administrator sees it: no code, and nothing of what is attached to it.
fn line(session: &Listed) -> Value {
    json!({
        "id": session.id.to_string(),
        "state": if session.state == Stands::Completed { "completed" } else { "pending" },
        "remaining_millis": u64::try_from(session.remaining.as_millis()).unwrap_or(u64::MAX),
        "has_context": session.has_context,
    })
}

fn unknown() -> Failure {
    Failure::own(404, "SESSION_NOT_FOUND", "No live login of this project has this id.")
}
