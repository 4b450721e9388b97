//! `complete`: the signed-in user approves.

use super::{Found, SessionStore};
use crate::code::LoginCode;
use crate::error::{CompleteError, NotPending};
use crate::slot::{Side, Status};
use std::sync::atomic::Ordering;

impl<T, C> SessionStore<T, C> {
    /// Approves the login and leaves the grant for the tool's next poll. An attached context that nobody claimed is
    /// dropped.
    ///
    /// Of all `complete`, `deny` and `cancel` of one session exactly one succeeds.
    ///
    /// # Errors
    /// [`CompleteError`] with the grant and the reason, where the session is not pending.
    ///
    /// # Cost and locks
    /// **No lock**, whatever other threads hold: the code names the slot, a compare-and-swap reserves the place of the
    /// grant, and another completes the session with it. Until then it is pending for everybody, and a `deny` is not
    /// held up. Only another `complete` of the same session at the same moment waits, for those few instructions, since
    /// it cannot know yet how the first one ends. And where somebody [waits](crate::SessionStore) for the session,
    /// the list of waiters is locked to wake them, after the completion has happened.
    ///
    /// # Happens-before
    /// Everything before this call happens before the return of the poll that gets the grant.
    #[inline]
    pub fn complete(&self, code: &LoginCode, mut grant: T) -> Result<(), CompleteError<T>> {
        let now = self.shared.time.now();
        loop {
            let Some(found) = self.find(Side::Login, &code.0, now) else {
                return Err(CompleteError { grant, reason: NotPending::Unknown });
            };
            let Found { index, session, view, status: Status::Pending } = found else {
                return Err(CompleteError { grant, reason: found.status.refusal() });
            };
            let Some(hold) = session.reserve(&view) else { continue };
            match hold.publish(grant) {
                Ok(watched) => {
                    let table = &self.shared.table;
                    // ORDERING: Relaxed: a count for `stats`.
                    table.shard_of(index).0.completed.fetch_add(1, Ordering::Relaxed);
                    table.wake(index, watched);
                    return Ok(());
                }
                // It ended in between; look again for how.
                Err(back) => grant = back,
            }
        }
    }
}
