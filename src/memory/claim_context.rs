//! `claim_context`: what was attached at the start is taken out.

use super::slot::{Session, Side, Status, View};
use super::word::CONTEXT;
use super::{Found, SessionStore};
use crate::clock::Tick;
use crate::code::LoginCode;
use crate::error::ClaimError;

impl<T, C> SessionStore<T, C> {
    /// Takes the context that was attached at `initiate`, once, while the session is pending. The session stays as it
    /// is.
    ///
    /// # Errors
    /// [`ClaimError::NoContext`] if there is none or it was claimed before, [`ClaimError::NotPending`] if the
    /// session is over.
    ///
    /// # Cost and locks
    /// No lock, no wait; one compare-and-swap. If another thread is [reading](Self::context) it at this moment, one clone.
    ///
    /// ```
    /// use counterfoil::{ClaimError, LoginOptions, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret, &str>::builder().build()?;
    /// let login = store.initiate_with(LoginOptions::new().context("read"))?;
    /// assert_eq!(store.claim_context(&login.login_code), Ok("read"));
    /// assert_eq!(store.claim_context(&login.login_code), Err(ClaimError::NoContext));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn claim_context(&self, code: &LoginCode) -> Result<C, ClaimError> {
        let now = self.shared.time.now();
        loop {
            let (session, view) = self.with_context(code, now)?;
            if let Some(mut hold) = session.claim_context(&view) {
                let owned = hold.take_context();
                // While others read it, it stays where it is and the last of them drops it. Whoever began to read it has
                // left the means of cloning it before.
                let copy = || hold.copy_context(*self.shared.clone_context.get()?);
                return owned.or_else(copy).ok_or(ClaimError::NoContext);
            }
        }
    }

    /// The pending session of that code, while it has its context.
    pub(super) fn with_context(&self, code: &LoginCode, now: Tick) -> Result<(Session<'_, T, C>, View), ClaimError> {
        let Some(found) = self.find(Side::Login, &code.0, now) else {
            return Err(ClaimError::NotPending(crate::SettleError::Unknown));
        };
        let Found { session, view, status: Status::Pending, .. } = found else {
            return Err(ClaimError::NotPending(found.status.refusal()));
        };
        if view.word.has(CONTEXT) { Ok((session, view)) } else { Err(ClaimError::NoContext) }
    }
}
