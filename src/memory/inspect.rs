//! `inspect`: what a page may show of a login.

use std::time::Duration;

use super::slot::Side;
use super::word::CONTEXT;
use super::{SessionStore, Status};
use crate::State;
use crate::code::LoginCode;

/// What a confirm page needs to know, and nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Where the session stands.
    pub state: State,
    /// The time until its deadline; zero if it has ended.
    pub remaining: Duration,
    /// The tenant that it belongs to.
    pub tenant: String,
    /// Whether a context is attached and unclaimed.
    pub has_context: bool,
}

impl<T, C> SessionStore<T, C> {
    /// Shows where a login stands, by its login code. `None` if no session of this tenant has the code.
    ///
    /// # Cost and locks
    /// No lock, and no write but that of an expiry that no verb has noted; one small allocation for the tenant's name.
    #[must_use]
    pub fn inspect(&self, code: &LoginCode) -> Option<Inspection> {
        let now = self.shared.time.now();
        let found = self.find(Side::Login, &code.0, now)?;
        let (state, live) = match found.status {
            Status::Pending => (State::Pending, true),
            Status::Ready => (State::Completed, true),
            Status::Replayable | Status::Redeemed => (State::Redeemed, false),
            Status::Denied => (State::Denied, false),
            Status::Cancelled => (State::Cancelled, false),
            Status::Expired => (State::Expired, false),
            Status::Unknown => return None,
        };
        Some(Inspection {
            state,
            remaining: if live { now.until(found.view.deadline) } else { Duration::ZERO },
            tenant: self.tenant_name().to_owned(),
            has_context: state == State::Pending && found.view.word.has(CONTEXT),
        })
    }

    /// The store scoped to the tenant that a login code belongs to, for a page whose address carries nothing else.
    /// `None` if no session has the code.
    ///
    /// # Cost and locks
    /// The tenant's own lock, for a moment.
    #[must_use]
    pub fn tenant_of(&self, code: &LoginCode) -> Option<Self> {
        let table = &self.shared.table;
        let session = table.place(&code.0).session;
        let (_, id) = session.view_any(Side::Login, &code.0.proof)?;
        let tenant = table.tenants.account(id).tenant()?;
        let scoped = Self { shared: self.shared.clone(), tenant, paced: self.paced, again: self.again };
        // The session may have been forgotten since, and its tenant's number given to another. While it is there, its
        // tenant is.
        scoped.find(Side::Login, &code.0, self.shared.time.now()).is_some().then_some(scoped)
    }
}
