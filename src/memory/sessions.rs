//! `sessions`: a tenant's live sessions, without a secret, and how to cancel them.

use super::table::SessionRef;
use super::word::CONTEXT;
use super::{SessionStore, Status};
use crate::State;
use crate::clock::Tick;
use crate::error::SettleError;
use crate::session::{Listed, SessionId};

impl<T, C> SessionStore<T, C> {
    /// This tenant's live sessions, in no order, as each was when it was looked at.
    ///
    /// # Cost and locks
    /// In proportion to this tenant's live sessions. Each shard's lock for 64 of them at a time; the sessions are looked
    /// at without. Two listings at once take turns at each shard.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore, State};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// store.initiate()?;
    /// let listed = store.sessions();
    /// assert_eq!((listed.len(), listed[0].state), (1, State::Pending));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sessions(&self) -> Vec<Listed> {
        let now = self.shared.time.now();
        let table = &self.shared.table;
        let mut listed = Vec::new();
        let heads = &table.tenants.account(self.tenant.id).heads;
        for (at, (shard, head)) in table.shards.iter().zip(heads).enumerate() {
            let _turn = shard.listing.lock();
            let mut slots = [0; 64];
            let mut from = Some(head);
            loop {
                let count = shard.with(|books| books.walk(from.take(), &mut slots));
                listed.extend(slots[..count].iter().filter_map(|slot| self.listed(table.index(at, *slot), now)));
                if count < slots.len() {
                    break;
                }
            }
        }
        listed
    }

    fn listed(&self, index: u32, now: Tick) -> Option<Listed> {
        let table = &self.shared.table;
        let view = table.session(index).view_in(self.tenant.id)?;
        let state = match view.status(now, table.rules) {
            Status::Pending => State::Pending,
            Status::Ready => State::Completed,
            _ => return None,
        };
        let id = SessionRef { index, generation: view.word.generation() }.id();
        let mut listed = Listed::new(id, state, now.until(view.deadline));
        listed.has_context = view.word.has(CONTEXT);
        Some(listed)
    }

    /// Cancels a pending session of this tenant by its place in the listing.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel); [`SettleError::Unknown`] if the id is another tenant's or of a session long gone.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// for listed in store.sessions() {
    ///     store.cancel_session(listed.id)?;
    /// }
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Cancelled));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel_session(&self, id: SessionId) -> Result<(), SettleError> {
        let now = self.shared.time.now();
        let table = &self.shared.table;
        loop {
            let at = SessionRef::of(id);
            let session = table.session_at(at).ok_or(SettleError::Unknown)?;
            let view = session.view_in(self.tenant.id).ok_or(SettleError::Unknown)?;
            if view.word.generation() != at.generation {
                return Err(SettleError::Unknown);
            }
            let status = view.status(now, table.rules);
            if view.is_revocable(status) {
                table.lapse(at.index, session, &view);
                continue;
            }
            if status != Status::Pending {
                return Err(status.refusal());
            }
            if let Some(left) = table.end(at.index, session, &view, State::Cancelled, now) {
                drop(left);
                return Ok(());
            }
        }
    }

    /// Cancels all pending sessions of this tenant and returns how many those were. Sessions that begin meanwhile may
    /// be missed; grants that wait to be collected stay.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// store.initiate()?;
    /// store.for_tenant("acme").initiate()?;
    /// assert_eq!(store.cancel_all(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::must_use_candidate, reason = "most callers cancel for its effect")]
    pub fn cancel_all(&self) -> usize {
        self.sessions().into_iter().filter(|listed| self.cancel_session(listed.id).is_ok()).count()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{LoginOptions, ManualClock, Polled, Secret, SessionStore, SettleError, State};

    #[test]
    fn a_tenant_sees_and_cancels_its_own_sessions_only() {
        let clock = ManualClock::new();
        let store: SessionStore<Secret, u8> = SessionStore::builder().clock(clock.clone()).build().unwrap();
        let other = store.for_tenant("other");
        let one = store.initiate_with(LoginOptions::new().ttl(Duration::from_secs(9)).context(1)).unwrap();
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

        assert_eq!(other.cancel_session(listed[0].id), Err(SettleError::Unknown));
        assert_eq!(store.cancel_session(listed[0].id), Ok(()));
        assert_eq!(store.cancel_session(listed[0].id), Err(SettleError::Cancelled));
        assert_eq!(store.cancel_session(listed[1].id), Err(SettleError::Completed));
        assert!(matches!(store.poll(&one.polling_code), Polled::Cancelled));
        assert!(matches!(other.poll(&theirs.polling_code), Polled::Pending { .. }));
        assert_eq!(other.cancel_all(), 1);
        assert!(matches!(other.poll(&theirs.polling_code), Polled::Cancelled));
        assert!(matches!(store.poll(&two.polling_code), Polled::Completed(_)));
        assert_eq!(store.sessions().len(), 0);
    }
}
