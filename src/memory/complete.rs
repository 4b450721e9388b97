//! `complete`: the signed-in user approves.

use super::slot::{Reserve, Side, Status};
use super::{Found, SessionStore};
use crate::binding::Binding;
use crate::code::LoginCode;
use crate::error::{CompleteError, SettleError};
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
    /// between its two steps and stays there ([`SettleError::Completing`]).
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
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore, SettleError};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// let late = store.complete(&login.login_code, Secret::new("rt-2")).unwrap_err();
    /// assert_eq!((late.reason, late.grant.expose()), (SettleError::Completed, "rt-2"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn complete(&self, code: &LoginCode, grant: T) -> Result<(), CompleteError<T>> {
        self.complete_with(code, grant, None)
    }

    /// Approves the login: [`complete`](Self::complete), and only a poll that carries `proof` in
    /// [`PollOptions::hand_back`](crate::PollOptions::hand_back) redeems it. The browser takes the proof to the tool, on the
    /// person's own machine (RFC 8252, section 7.3).
    ///
    /// The proof is ignored if the session's [`Details::hand_back`](crate::Details::hand_back) names no
    /// address to hand it to.
    ///
    /// # Errors
    /// As [`complete`](Self::complete).
    ///
    /// ```
    /// use counterfoil::{Binding, Details, LoginOptions, PollOptions, Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let details = Details::new().hand_back("http://127.0.0.1:4711/done");
    /// let login = store.initiate_with(LoginOptions::new().details(details))?;
    /// store.complete_with(&login.login_code, Secret::new("rt-1"), Some(&Binding::new([7; 32])))?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }));
    /// let options = PollOptions::new().hand_back(Binding::new([7; 32]));
    /// assert!(matches!(store.poll_with(&login.polling_code, &options), Polled::Completed(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn complete_with(
        &self,
        code: &LoginCode,
        mut grant: T,
        proof: Option<&Binding>,
    ) -> Result<(), CompleteError<T>> {
        let now = self.shared.time.now();
        let mut looks = 0;
        loop {
            let Some(found) = self.find(Side::Login, &code.0, now) else {
                return Err(CompleteError { grant, reason: SettleError::Unknown });
            };
            let Found { index, session, view, status: Status::Pending } = found else {
                return Err(CompleteError { grant, reason: found.status.refusal() });
            };
            match session.reserve(&view) {
                Reserve::Held(hold) => match hold.publish(grant, proof) {
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
                Reserve::Taken => return Err(CompleteError { grant, reason: SettleError::Completing }),
            }
        }
    }
}
