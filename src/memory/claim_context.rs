//! `claim_context`: what was attached at the start is taken out.

use super::slot::{Side, Status};
use super::word::CONTEXT;
use super::{Found, SessionStore};
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
    /// No lock; one compare-and-swap.
    pub fn claim_context(&self, code: &LoginCode) -> Result<C, ClaimError> {
        let now = self.shared.time.now();
        loop {
            let Some(found) = self.find(Side::Login, &code.0, now) else {
                return Err(ClaimError::NotPending(crate::NotPending::Unknown));
            };
            let Found { session, view, status: Status::Pending, .. } = found else {
                return Err(ClaimError::NotPending(found.status.refusal()));
            };
            if !view.word.has(CONTEXT) {
                return Err(ClaimError::NoContext);
            }
            if let Some(mut hold) = session.claim_context(&view) {
                return hold.take_context().ok_or(ClaimError::NoContext);
            }
        }
    }
}
