//! `complete`: the signed-in user approves.

use super::slot::{Reserve, Side, Status};
use super::{Found, SessionStore};
use crate::code::LoginCode;
use crate::error::{CompleteError, NotPending};
use crate::sync::atomic::Ordering;
use crate::sync::yield_now;

/// How often a `complete` looks how another one of the same session ends. That takes a few instructions, unless its
/// thread has been stopped in the middle of them.
const LOOKS: usize = 3;

impl<T, C> SessionStore<T, C> {
    /// Approves the login and leaves the grant for the tool's next poll. An attached context that was not claimed is
    /// dropped.
    ///
    /// Of all `complete`, `deny` and `cancel` of one session exactly one succeeds.
    ///
    /// # Errors
    /// [`CompleteError`] with the grant and the reason, if the session is not pending; or if another `complete` of it is
    /// between its two steps and stays there ([`NotPending::Completing`]).
    ///
    /// # Cost and locks
    /// **No lock**, whatever other threads hold, and no wait for another thread: the code names the slot, a
    /// compare-and-swap reserves the place of the grant, and another completes the session with it. Until then it is
    /// pending for every caller, and a `deny` is not held up. Another `complete` of the same session looks a few times
    /// how the first one ends, and then gives its grant back. If tasks [wait](crate::SessionStore) for the session, their
    /// list is taken by one swap, and they are woken after the completion has happened.
    ///
    /// # Happens-before
    /// Everything before this call happens before the return of the poll that gets the grant.
    #[inline]
    pub fn complete(&self, code: &LoginCode, mut grant: T) -> Result<(), CompleteError<T>> {
        let now = self.shared.time.now();
        let mut looks = 0;
        loop {
            let Some(found) = self.find(Side::Login, &code.0, now) else {
                return Err(CompleteError { grant, reason: NotPending::Unknown });
            };
            let Found { index, session, view, status: Status::Pending } = found else {
                return Err(CompleteError { grant, reason: found.status.refusal() });
            };
            match session.reserve(&view) {
                Reserve::Held(hold) => match hold.publish(grant) {
                    Ok(left) => {
                        // ORDERING: Relaxed: a count for `stats`.
                        self.shared.table.shard_of(index).0.beside.approved.fetch_add(1, Ordering::Relaxed);
                        drop(left);
                        return Ok(());
                    }
                    // It ended in between; look again for how.
                    Err(back) => grant = back,
                },
                Reserve::Changed => {}
                Reserve::Taken if looks < LOOKS => {
                    looks += 1;
                    yield_now();
                }
                Reserve::Taken => return Err(CompleteError { grant, reason: NotPending::Completing }),
            }
        }
    }
}
