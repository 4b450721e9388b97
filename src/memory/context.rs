//! `context`: what was attached at the start is looked at.

use super::SessionStore;
use crate::code::LoginCode;
use crate::error::ClaimError;

impl<T, C: Clone + Sync> SessionStore<T, C> {
    /// Returns a clone of the context that was attached at `initiate`, while the session is pending and nobody has
    /// [claimed](Self::claim_context) it. Nothing changes: it may be looked at again, and claimed.
    ///
    /// # Errors
    /// As [`claim_context`](Self::claim_context).
    ///
    /// # Cost and locks
    /// No lock; two compare-and-swaps and one clone. The first look in a store sets a cell, once. No other thread waits for
    /// the clone: a claim at the same moment clones the context too, and what settles the session leaves it to be dropped
    /// by this call.
    ///
    /// # Panics
    /// If the context's `Clone` does; it stays where it is.
    ///
    /// ```
    /// use counterfoil::{ClaimError, LoginOptions, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret, &str>::builder().build()?;
    /// let login = store.initiate_with(LoginOptions::new().context("read"))?;
    /// assert_eq!(store.context(&login.login_code), Ok("read"));
    /// assert_eq!(store.claim_context(&login.login_code), Ok("read"));
    /// assert_eq!(store.context(&login.login_code), Err(ClaimError::NoContext));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn context(&self, code: &LoginCode) -> Result<C, ClaimError> {
        let now = self.shared.time.now();
        loop {
            let (session, view) = self.with_context(code, now)?;
            // For claims at the same moment; the swap below publishes it.
            let clone = *self.shared.clone_context.get_or_init(|| C::clone);
            if let Some(hold) = session.read_context(&view) {
                return hold.copy_context(clone).ok_or(ClaimError::NoContext);
            }
        }
    }
}
