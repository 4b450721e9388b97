//! `identify`: the name of the session that a polling code opens.

use super::SessionStore;
use super::slot::Side;
use crate::code::PollingCode;
use crate::session::SessionId;

impl<T, C> SessionStore<T, C> {
    /// Returns the name of the session that a polling code opens: the one of listings, for a log. `None` if no session of
    /// this tenant has the code.
    ///
    /// # Cost and locks
    /// That of a pending poll, without a note.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// assert_eq!(store.identify(&login.polling_code), Some(login.id));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn identify(&self, code: &PollingCode) -> Option<SessionId> {
        let found = self.find(Side::Polling, &code.0, self.shared.time.now())?;
        Some(found.at().id())
    }
}
