//! `sessions`: a tenant's live sessions, without a secret, and how to cancel them.

use std::time::Duration;

use super::{SessionStore, Status};
use crate::State;
use crate::error::NotPending;
use crate::shard::Due;
use crate::state::CONTEXT;
use crate::table::SessionRef;

/// Names a session to an operator: not a code, and good for nothing but [`SessionStore::cancel_session`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId {
    index: u32,
    generation: u32,
}

/// A live session in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// To cancel it by.
    pub id: SessionId,
    /// `Pending` or `Completed`.
    pub state: State,
    /// The time until its deadline.
    pub remaining: Duration,
    /// Whether a context is attached and unclaimed.
    pub has_context: bool,
}

impl<T, C> SessionStore<T, C> {
    /// This tenant's live sessions, in no order, as each was when it was looked at.
    ///
    /// # Cost and locks
    /// In proportion to the live sessions of all tenants. Each shard's lock once, while its entries are copied; the
    /// sessions are looked at without.
    #[must_use]
    pub fn sessions(&self) -> Vec<Listed> {
        let now = self.shared.time.now();
        let table = &self.shared.table;
        let mut listed = Vec::new();
        for (number, shard) in table.shards.iter().enumerate() {
            let slots: Vec<u32> = shard.read().deadlines().map(Due::slot).collect();
            for slot in slots {
                let index = table.index(number, slot);
                let Some(view) = table.session(index).view_in(self.tenant.id) else { continue };
                let state = match view.status(now, table.rules) {
                    Status::Pending => State::Pending,
                    Status::Ready => State::Completed,
                    _ => continue,
                };
                listed.push(Listed {
                    id: SessionId { index, generation: view.word.generation() },
                    state,
                    remaining: now.until(view.deadline),
                    has_context: view.word.has(CONTEXT),
                });
            }
        }
        listed
    }

    /// Cancels a pending session of this tenant by its place in the listing.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel); [`NotPending::Unknown`] where the id is another tenant's or of a session long gone.
    pub fn cancel_session(&self, id: SessionId) -> Result<(), NotPending> {
        let now = self.shared.time.now();
        let table = &self.shared.table;
        loop {
            let at = SessionRef { index: id.index, generation: id.generation };
            let session = table.session_at(at).ok_or(NotPending::Unknown)?;
            let view = session.view_in(self.tenant.id).ok_or(NotPending::Unknown)?;
            if view.word.generation() != id.generation {
                return Err(NotPending::Unknown);
            }
            match view.status(now, table.rules) {
                Status::Pending => {}
                other => return Err(other.refusal()),
            }
            if let Some(hold) = session.end(&view, State::Cancelled, now) {
                table.retire(id.index, &hold, now, State::Cancelled, false);
                return Ok(());
            }
        }
    }

    /// Cancels all pending sessions of this tenant and answers how many those were. Sessions that begin meanwhile may
    /// be missed; grants that wait to be collected stay.
    #[expect(clippy::must_use_candidate, reason = "most callers cancel for its effect")]
    pub fn cancel_all(&self) -> usize {
        self.sessions().into_iter().filter(|listed| self.cancel_session(listed.id).is_ok()).count()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Login, ManualClock, NotPending, Polled, Secret, SessionStore, State};

    #[test]
    fn a_tenant_sees_and_cancels_its_own_sessions_only() {
        let clock = ManualClock::new();
        let store: SessionStore<Secret, u8> = SessionStore::builder().clock(clock.clone()).build().unwrap();
        let other = store.tenant("other");
        let one = store.initiate_with(Login::new().ttl(Duration::from_secs(9)).context(1)).unwrap();
        let two = store.initiate().unwrap();
        let theirs = other.initiate().unwrap();
        store.complete(&two.login_code, "b".into()).unwrap();

        clock.advance(Duration::from_secs(4));
        let mut listed = store.sessions();
        listed.sort_by_key(|listed| listed.remaining);
        assert_eq!(listed.len(), 2);
        assert_eq!(
            (listed[0].state, listed[0].remaining, listed[0].has_context),
            (State::Pending, Duration::from_secs(5), true)
        );
        assert_eq!((listed[1].state, listed[1].has_context), (State::Completed, false));

        assert_eq!(other.cancel_session(listed[0].id), Err(NotPending::Unknown));
        assert_eq!(store.cancel_session(listed[0].id), Ok(()));
        assert_eq!(store.cancel_session(listed[0].id), Err(NotPending::Cancelled));
        assert_eq!(store.cancel_session(listed[1].id), Err(NotPending::Completed));
        assert!(matches!(store.poll(&one.polling_code), Polled::Cancelled));
        assert!(matches!(other.poll(&theirs.polling_code), Polled::Pending { .. }));
        assert_eq!(other.cancel_all(), 1);
        assert!(matches!(other.poll(&theirs.polling_code), Polled::Cancelled));
        assert!(matches!(store.poll(&two.polling_code), Polled::Completed(_)));
        assert_eq!(store.sessions().len(), 0);
    }
}
