//! `inspect` and `locate`: what a page may show of a login.

use std::time::Duration;

use super::slot::Side;
use super::word::{CONTEXT, EXTRA};
use super::{Found, SessionStore, Status};
use crate::State;
use crate::clock::Tick;
use crate::code::LoginCode;
use crate::session::Inspected;

impl<T, C> SessionStore<T, C> {
    /// Shows a login, by its login code. `None` if no session of this tenant has the code.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore, State};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// assert_eq!(store.inspect(&login.login_code).map(|shown| shown.state), Some(State::Pending));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cost and locks
    /// No lock, and no write but for a session whose time has run out; one small allocation for the tenant's name.
    #[must_use]
    pub fn inspect(&self, code: &LoginCode) -> Option<Inspected> {
        let now = self.shared.time.now();
        loop {
            let found = self.find(Side::Login, &code.0, now)?;
            let mut shown = self.inspected(&found, now)?;
            let word = found.view.word;
            if word.has(EXTRA) {
                // It has changed since the look; look again.
                let Some(hold) = found.session.hold(&found.view) else { continue };
                hold.look_at_extra(word, |extra| {
                    shown.details.clone_from(&extra.details);
                    shown.began_ago = Some(extra.began.until(now));
                });
            }
            return Some(shown);
        }
    }

    /// Finds the tenant that a login code belongs to, for a page whose address carries nothing else: returns the store
    /// scoped to it, and shows the login. `None` if no session has the code.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.for_tenant("acme").initiate()?;
    /// assert!(store.inspect(&login.login_code).is_none(), "this handle is another tenant's");
    /// let (acme, shown) = store.locate(&login.login_code).expect("it has just begun");
    /// assert_eq!((acme.tenant(), shown.tenant.as_str()), ("acme", "acme"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cost and locks
    /// The tenant's own lock, for a moment.
    #[must_use]
    pub fn locate(&self, code: &LoginCode) -> Option<(Self, Inspected)> {
        let table = &self.shared.table;
        let session = table.place(&code.0).session;
        let (_, id) = session.view_any(Side::Login, &code.0.proof)?;
        let tenant = table.tenants.account(id).tenant()?;
        let scoped = Self { shared: self.shared.clone(), tenant, paced: self.paced, again: self.again };
        // The session may have been forgotten since, and its tenant's number given to another. While it is there, its
        // tenant is.
        let shown = scoped.inspect(code)?;
        Some((scoped, shown))
    }

    fn inspected(&self, found: &Found<'_, T, C>, now: Tick) -> Option<Inspected> {
        let (state, live) = match found.status {
            Status::Pending => (State::Pending, true),
            Status::Ready => (State::Completed, true),
            Status::Replayable | Status::Redeemed => (State::Redeemed, false),
            Status::Denied => (State::Denied, false),
            Status::Cancelled => (State::Cancelled, false),
            Status::Expired => (State::Expired, false),
            Status::Unknown => return None,
        };
        let remaining = if live { now.until(found.view.deadline) } else { Duration::ZERO };
        let mut shown = Inspected::new(found.at().id(), self.tenant(), state, remaining);
        shown.has_context = state == State::Pending && found.view.word.has(CONTEXT);
        Some(shown)
    }
}
