//! `poll`: the command-line tool asks.

use std::fmt;
use std::time::Duration;

use super::{Found, SessionStore};
use crate::State;
use crate::clock::Tick;
use crate::code::PollingCode;
use crate::slot::{Side, Status};

/// The answer to a poll.
#[must_use = "a completed answer holds the grant, which is handed out once"]
pub enum Polled<T> {
    /// Not yet. The next poll is welcome after `retry_after` (zero where the store sets no pace).
    Pending {
        /// The time until the next poll is welcome.
        retry_after: Duration,
    },
    /// Not yet, and the poll came too soon (`slow_down` in RFC 8628, section 3.5).
    SlowDown {
        /// The time to leave between polls from now on.
        retry_after: Duration,
    },
    /// Approved: here is the grant. Nobody else gets it.
    Completed(T),
    /// The grant was handed out before.
    Used,
    /// Refused in the browser.
    Denied,
    /// Given up by the tool itself.
    Cancelled,
    /// Its time ran out first.
    Expired,
    /// No session has this code: it was never there, is forgotten, or belongs to another tenant.
    Unknown,
}

/// The grant is not shown, whatever its type.
impl<T> fmt::Debug for Polled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending { retry_after } => f.debug_struct("Pending").field("retry_after", retry_after).finish(),
            Self::SlowDown { retry_after } => f.debug_struct("SlowDown").field("retry_after", retry_after).finish(),
            Self::Completed(_) => f.write_str("Completed(redacted)"),
            Self::Used => f.write_str("Used"),
            Self::Denied => f.write_str("Denied"),
            Self::Cancelled => f.write_str("Cancelled"),
            Self::Expired => f.write_str("Expired"),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

impl<T, C> SessionStore<T, C> {
    /// Asks how the login stands and, where it is completed, takes the grant.
    ///
    /// Exactly one poll redeems a completed session, however many come at once. An end that happened stays the answer
    /// for as long as it is remembered. A pending session that is polled too often is told to slow down; a settled one
    /// never is, nor is a first poll.
    ///
    /// # Cost and locks
    /// A pending session: no lock, and no write but the note of the poll where there is a pace. The poll that redeems
    /// takes the lock of one shard for the books.
    ///
    /// # Happens-before
    /// The `complete` that brought the grant happens before its return from here.
    #[inline]
    pub fn poll(&self, code: &PollingCode) -> Polled<T> {
        let now = self.shared.time.now();
        loop {
            let Some(found) = self.find(Side::Polling, &code.0, now) else { return Polled::Unknown };
            return match found.status {
                Status::Pending => self.pending(&found, now),
                Status::Ready | Status::Replayable => match self.redeem(&found, now) {
                    Some(grant) => Polled::Completed(grant),
                    // Somebody else was faster; look again.
                    None => continue,
                },
                Status::Redeemed => Polled::Used,
                Status::Denied => Polled::Denied,
                Status::Cancelled => Polled::Cancelled,
                Status::Expired if self.expire(&found) => Polled::Expired,
                // Somebody with an earlier reading of the clock was faster; look again.
                Status::Expired => continue,
                Status::Unknown => Polled::Unknown,
            };
        }
    }

    fn pending(&self, found: &Found<'_, T, C>, now: Tick) -> Polled<T> {
        let Some(interval) = self.poll_interval() else {
            return Polled::Pending { retry_after: Duration::ZERO };
        };
        let pace = found.session.pace(found.view.word.generation(), now, interval, self.again);
        if pace.too_soon {
            Polled::SlowDown { retry_after: pace.interval }
        } else {
            Polled::Pending { retry_after: pace.interval }
        }
    }

    fn redeem(&self, found: &Found<'_, T, C>, now: Tick) -> Option<T> {
        let Found { index, session, view, status } = found;
        let Some(replay) = self.shared.delivery.replay else {
            let mut hold = session.redeem(view, false, now)?;
            self.shared.table.retire(*index, &hold, now, State::Redeemed, false);
            return hold.take_grant();
        };
        let hold = if *status == Status::Ready {
            let hold = session.redeem(view, true, now)?;
            self.shared.table.retire(*index, &hold, now, State::Redeemed, true);
            hold
        } else {
            session.hold(view)?
        };
        hold.replay(&replay)
    }

    /// Takes an expired session out of the live ones, and wipes a grant that nobody collected. Answers whether the
    /// session has expired for good.
    fn expire(&self, found: &Found<'_, T, C>) -> bool {
        if found.view.word.state() == Some(State::Expired) {
            return true;
        }
        let Some(hold) = found.session.expire(&found.view) else { return false };
        self.shared.table.retire(found.index, &hold, hold.deadline(), State::Expired, false);
        true
    }
}
