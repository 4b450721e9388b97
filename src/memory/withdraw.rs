//! `withdraw`: an approval is taken back.

use super::slot::{Side, Status};
use super::{Found, SessionStore};
use crate::State;
use crate::code::LoginCode;
use crate::error::SettleError;
use crate::session::Withdrawn;
use crate::sync::atomic::Ordering;

impl<T, C> SessionStore<T, C> {
    /// Takes an approval back, while its grant is not collected, and returns the grant; refuses the login, if it is
    /// pending. The tool's polls are told *denied*.
    ///
    /// # Errors
    /// [`SettleError`], if the session has ended. *Redeemed* says that the tool has the grant: revoke it where it was
    /// issued.
    ///
    /// # Cost and locks
    /// As [`deny`](Self::deny).
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore, Withdrawn};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// let Withdrawn::TakenBack(token) = store.withdraw(&login.login_code)? else { panic!() };
    /// assert_eq!(token.expose(), "rt-1");
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Denied));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn withdraw(&self, code: &LoginCode) -> Result<Withdrawn<T>, SettleError> {
        let now = self.shared.time.now();
        loop {
            let found = self.find(Side::Login, &code.0, now).ok_or(SettleError::Unknown)?;
            let Found { index, session, view, status: Status::Pending | Status::Ready } = found else {
                return Err(found.status.refusal());
            };
            if let Some(mut left) = self.shared.table.end(index, session, &view, State::Denied, now) {
                let Some(grant) = left.grant.take() else { return Ok(Withdrawn::Denied) };
                // ORDERING: Relaxed: a count for `stats`.
                self.shared.table.shard_of(index).0.beside.withdrawn.fetch_add(1, Ordering::Relaxed);
                return Ok(Withdrawn::TakenBack(grant));
            }
        }
    }
}
