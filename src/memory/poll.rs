//! `poll`: the command-line tool asks.

use std::time::Duration;

use super::carried::{Carried, Repeatable};
use super::slot::{Side, Status};
use super::word::ATTEMPT;
use super::{Found, SessionStore};
use crate::State;
use crate::attempt::Attempt;
use crate::clock::Tick;
use crate::code::PollingCode;
use crate::pace::Pacing;
use crate::poll_options::PollOptions;
use crate::session::Polled;
use crate::sync::yield_now;

/// How often a repeated poll looks whether the attempt that redeemed the session is written down.
const LOOKS: usize = 3;

/// When to poll again if it is not.
const SOON: Duration = Duration::from_millis(1);

impl<T, C> SessionStore<T, C> {
    /// Asks how the login stands and, if it is completed, takes the grant.
    ///
    /// Exactly one poll redeems a completed session, however many come at once. An end that happened stays the answer
    /// for as long as it is remembered. A pending session that is polled too often is told to slow down; a settled one
    /// never is, nor is a first poll.
    ///
    /// # Cost and locks
    /// Waits for no lock. A pending session: no write but the note of the poll if there is a pace. The poll that redeems
    /// swaps the session's word and puts the session on a list of those that have ended. If the list has 32, it tries
    /// the lock of the shard's books and, unless another thread holds it, enters what is listed. The first
    /// verb that sees that a deadline has passed writes that down, too.
    ///
    /// # Panics
    /// With [replays](crate::Delivery::replay), if the grant's `Clone` does; the grant stays for the next poll.
    ///
    /// # Happens-before
    /// The `complete` that brought the grant happens before its return from here.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Pending { .. }));
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Redeemed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn poll(&self, code: &PollingCode) -> Polled<T> {
        self.poll_as(code, Carried::default())
    }

    /// Polls as one attempt to redeem the login: [`poll`](Self::poll), and the poll that redeems may be repeated with the
    /// same attempt. It gets a clone of the grant, again for ten seconds (or the retention, if that is shorter); all
    /// other polls are told that the login is redeemed.
    ///
    /// For replies that may be lost on the way. The grant is kept until the ten seconds are over and a sweep or a verb
    /// comes by, or its slot is needed. If a repetition overtakes the poll that is redeeming at this moment, it may be
    /// told *pending*: poll again.
    ///
    /// ```
    /// use counterfoil::{Attempt, Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    ///
    /// let attempt = Attempt::new([7; 16]); // sixteen random bytes
    /// assert!(matches!(store.poll_attempt(&login.polling_code, attempt), Polled::Completed(_)));
    /// assert!(matches!(store.poll_attempt(&login.polling_code, attempt), Polled::Completed(_)), "again");
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Redeemed), "but to no other poll");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn poll_attempt(&self, code: &PollingCode, attempt: Attempt) -> Polled<T>
    where
        T: Clone + Sync,
    {
        self.poll_as(code, Carried { attempt: Some(Repeatable { attempt, clone: T::clone }), ..Carried::default() })
    }

    /// Polls with what the options carry: [`poll`](Self::poll), and as [`poll_attempt`](Self::poll_attempt) if they name an
    /// attempt.
    ///
    /// Of a session with a [binding](crate::LoginOptions::binding), a poll that does not carry it is answered exactly as one
    /// with an unknown code, and is not noted for the pace. Of a session that was
    /// [completed with a proof](Self::complete_with), a poll that does not carry it is told *pending*.
    ///
    /// ```
    /// use counterfoil::{Binding, LoginOptions, PollOptions, Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate_with(LoginOptions::new().binding(Binding::new([7; 32])))?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Unknown));
    /// let options = PollOptions::new().binding(Binding::new([7; 32]));
    /// assert!(matches!(store.poll_with(&login.polling_code, &options), Polled::Pending { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cost and locks
    /// As [`poll`](Self::poll); for a session with a binding or a proof two compare-and-swaps more.
    pub fn poll_with(&self, code: &PollingCode, options: &PollOptions) -> Polled<T>
    where
        T: Clone + Sync,
    {
        self.poll_as(code, Carried::new(options))
    }

    // Out of line, what an ordinary poll does not carry is written to memory and read again: 21 instructions of 472.
    #[inline(always)]
    #[expect(clippy::inline_always)]
    pub(super) fn poll_as(&self, code: &PollingCode, carried: Carried<'_, T>) -> Polled<T> {
        let now = self.shared.time.now();
        let mut looks = 0;
        loop {
            let Some(found) = self.find(Side::Polling, &code.0, now) else { return Polled::Unknown };
            let Some(status) = found.status_for(&carried) else { continue };
            return match status {
                Status::Pending => self.pending(&found, now),
                Status::Ready => match self.redeem(&found, carried.attempt, now) {
                    Some(grant) => Polled::Completed(grant),
                    // Another thread was faster; look again.
                    None => continue,
                },
                Status::Replayable => match self.replay(&found, carried.attempt) {
                    Replayed::Grant(grant) => Polled::Completed(grant),
                    Replayed::NotYours => Polled::Redeemed,
                    Replayed::Changed => continue,
                    Replayed::NotYet if looks < LOOKS => {
                        looks += 1;
                        yield_now();
                        continue;
                    }
                    Replayed::NotYet => Polled::Pending { retry_after: SOON },
                },
                Status::Redeemed => Polled::Redeemed,
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

    #[inline]
    fn redeem(&self, found: &Found<'_, T, C>, attempt: Option<Repeatable<T>>, now: Tick) -> Option<T> {
        let Found { index, session, view, .. } = found;
        let table = &self.shared.table;
        match (self.shared.delivery.replay, attempt) {
            (None, None) => table.end(*index, *session, view, State::Redeemed, now)?.grant.take(),
            (Some(replay), _) => table.end_kept(*index, *session, view, None, now)?.replay(replay.clone),
            (None, Some(Repeatable { attempt, clone })) => {
                table.end_kept(*index, *session, view, Some(attempt), now)?.replay(clone)
            }
        }
    }

    /// The grant of a redeemed session, once more.
    fn replay(&self, found: &Found<'_, T, C>, attempt: Option<Repeatable<T>>) -> Replayed<T> {
        let Found { session, view, .. } = found;
        let of_attempt = view.word.has(ATTEMPT);
        let clone = match (self.shared.delivery.replay, attempt) {
            (Some(replay), _) if !of_attempt => replay.clone,
            (_, Some(Repeatable { clone, .. })) if of_attempt => clone,
            _ => return Replayed::NotYours,
        };
        if of_attempt && view.is_unstamped() {
            return Replayed::NotYet;
        }
        let Some(hold) = session.hold(view) else { return Replayed::Changed };
        if of_attempt && !attempt.is_some_and(|attempt| session.is_attempt(attempt.attempt)) {
            return Replayed::NotYours;
        }
        hold.replay(clone).map_or(Replayed::Changed, Replayed::Grant)
    }
}

/// What a redeemed session has for a poll.
enum Replayed<T> {
    Grant(T),
    /// Another attempt has redeemed it.
    NotYours,
    /// Which attempt has redeemed it is being written down at this moment.
    NotYet,
    /// The session has changed since the look at it.
    Changed,
}
