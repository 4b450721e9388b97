//! What is done after a poll that took the grant, or that came too late for it.

use super::context::Sessions;
use super::events::{Event, EventKind, EventSink};
use super::revocation::{Revocation, Why};
use super::tokens::Tokens;
use crate::source::Source;
use crate::{Polled, PollingCode, Secret, SessionId};

/// Who polled, and with which code.
pub(crate) struct Asker<'a> {
    pub(crate) code: Option<&'a PollingCode>,
    pub(crate) client: Option<&'a str>,
    pub(crate) source: Source,
}

/// Notes a redemption, and a poll that came after one, whose tokens are revoked then: the code may be in two hands. Does
/// nothing after any other poll. Returns the session's id, if it was looked up.
pub(crate) async fn after_poll(
    polled: &Polled<Secret>,
    asker: Asker<'_>,
    store: &impl Sessions,
    tokens: &impl Tokens,
    events: &EventSink,
) -> Option<SessionId> {
    let Asker { code, client, source } = asker;
    let kind = match polled {
        // Only an OAuth client is issued tokens, for which the id is needed.
        Polled::Completed(_) if client.is_some() || events.is_set() => EventKind::Redeemed,
        Polled::Redeemed => EventKind::RedeemedAgain,
        _ => return None,
    };
    let session = store.identify(code?).await.ok().flatten();
    events.note(&Event::new(kind, source).tenant(store.tenant()).session(session).client(client));
    if kind == EventKind::RedeemedAgain {
        let mut revocation = Revocation::new(store.tenant(), Why::AskedTwice);
        (revocation.session, revocation.client) = (session, client.map(str::to_owned));
        // The poll is told the same, whether they could be revoked or not.
        let _ = tokens.revoke(revocation).await;
    }
    session
}
