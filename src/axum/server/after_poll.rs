//! What is done after a poll that took the grant, or that came too late for it. No answer waits for it.

use std::sync::Arc;

use super::access::Access;
use super::beside::beside;
use super::context::Sessions;
use super::events::{Event, EventKind, EventSink};
use super::parts::Parts;
use super::revocation::{Revocation, Why};
use super::tokens::Tokens;
use crate::source::Source;
use crate::{Polled, PollingCode, Secret, SessionId};

/// Who polled, and with which code.
pub(crate) struct Asker<'a> {
    pub(crate) code: Option<&'a PollingCode>,
    pub(crate) client: Option<&'a str>,
    pub(crate) source: Source,
    /// The session, if it was looked up.
    pub(crate) session: Option<SessionId>,
}

/// Returns the id of the session whose grant this poll has taken, for the tokens that are issued then. `None` if it took
/// none, or if the store does not know any more.
pub(crate) async fn redeemed(
    polled: &Polled<Secret>,
    code: Option<&PollingCode>,
    store: &impl Sessions,
) -> Option<SessionId> {
    match polled {
        Polled::Completed(_) => store.identify(code?).await.ok().flatten(),
        _ => None,
    }
}

/// Notes a redemption, and a poll that came after one, whose tokens are revoked then: the code may be in two hands. Does
/// nothing after any other poll. It goes on when the caller has its answer, or has gone away.
pub(crate) async fn after_poll<B: Sessions, A: Access, K: Tokens>(
    polled: &Polled<Secret>,
    asker: Asker<'_>,
    store: &B,
    parts: &Arc<Parts<B, A, K>>,
    events: &EventSink,
) {
    let kind = match polled {
        Polled::Completed(_) if events.is_set() => EventKind::Redeemed,
        Polled::Redeemed => EventKind::RedeemedAgain,
        _ => return,
    };
    let Asker { code: Some(code), client, source, session } = asker else { return };
    let (code, client) = (code.clone(), client.map(str::to_owned));
    let (store, parts, events) = (store.clone(), parts.clone(), events.clone());
    let rest = async move {
        let session = match session {
            None => store.identify(&code).await.ok().flatten(),
            known => known,
        };
        let event = Event::new(kind, source).tenant(store.tenant()).session(session);
        events.note(&event.client(client.as_deref()));
        if kind == EventKind::RedeemedAgain {
            let mut revocation = Revocation::new(store.tenant(), Why::AskedTwice);
            (revocation.session, revocation.client) = (session, client);
            // The poll is told the same, whether they could be revoked or not.
            let _ = parts.tokens.revoke(revocation).await;
        }
    };
    beside(rest).await;
}
