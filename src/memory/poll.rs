//! `poll`: the command-line tool asks.

use std::fmt;
use std::time::Duration;

use super::slot::{Pacing, Side, Status};
use super::{Found, SessionStore};
use crate::State;
use crate::clock::Tick;
use crate::code::PollingCode;

/// The answer to a poll.
#[must_use = "a completed answer holds the grant, which is handed out once"]
pub enum Polled<T> {
    /// Not yet. The next poll is welcome after `retry_after` (zero if the store sets no pace).
    Pending {
        /// The time until the next poll is welcome.
        retry_after: Duration,
    },
    /// Not yet, and the poll came too soon (`slow_down` in RFC 8628, section 3.5).
    SlowDown {
        /// The time to leave between polls from now on.
        retry_after: Duration,
    },
    /// Approved, with the grant. No other poll gets it, but for [replays](crate::Delivery::replay).
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
    /// Returns how the login stands and, if it is completed, takes the grant.
    ///
    /// Exactly one poll redeems a completed session, however many come at once. An end that happened stays the answer
    /// for as long as it is remembered. A pending session that is polled too often is told to slow down; a settled one
    /// never is, nor is a first poll.
    ///
    /// # Cost and locks
    /// Waits for no lock. A pending session: no write but the note of the poll if there is a pace. The poll that redeems
    /// swaps the session's word and puts the session on a list of those that have ended. If the list has four, it tries
    /// the lock of the shard's books and, unless another thread holds it, enters some dozen of what is listed. The first
    /// verb that sees that a deadline has passed writes that down, too.
    ///
    /// # Panics
    /// With [replays](crate::Delivery::replay), if the grant's `Clone` does; the grant stays for the next poll.
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
                    // Another thread was faster; look again.
                    None => continue,
                },
                Status::Redeemed => Polled::Used,
                Status::Denied => Polled::Denied,
                Status::Cancelled => Polled::Cancelled,
                Status::Expired => Polled::Expired,
                Status::Unknown => Polled::Unknown,
            };
        }
    }

    fn pending(&self, found: &Found<'_, T, C>, now: Tick) -> Polled<T> {
        let Some(interval) = self.poll_interval() else {
            return Polled::Pending { retry_after: Duration::ZERO };
        };
        let pacing = Pacing { interval, lag: self.shared.time.lag(), again: self.again };
        let pace = found.session.pace(found.view.word.generation(), now, pacing);
        if pace.too_soon {
            Polled::SlowDown { retry_after: pace.interval }
        } else {
            Polled::Pending { retry_after: pace.interval }
        }
    }

    fn redeem(&self, found: &Found<'_, T, C>, now: Tick) -> Option<T> {
        let Found { index, session, view, status } = found;
        let table = &self.shared.table;
        let Some(replay) = self.shared.delivery.replay else {
            return table.end(*index, *session, view, State::Redeemed, now)?.grant.take();
        };
        let hold =
            if *status == Status::Ready { table.end_kept(*index, *session, view, now)? } else { session.hold(view)? };
        hold.replay(&replay)
    }
}
