//! What a session's word and times mean at a given moment: the one place that knows their order.

use std::time::Duration;

use crate::State;
use crate::clock::Tick;
use crate::memory::word::{GRANT, KEPT, Word};

/// A session at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) word: Word,
    pub(crate) deadline: Tick,
    /// How many ticks before the deadline it ended; zero if that is still being written down.
    pub(super) stamp: u32,
}

/// How long endings are remembered, and grants replayed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) retention: Duration,
    /// For any poll, or for the attempt that redeemed the session.
    pub(crate) replay: Duration,
}

/// What a verb may do with a session now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    /// Completed; the grant is in place.
    Ready,
    /// Redeemed, and still within the replay window.
    Replayable,
    Redeemed,
    Denied,
    Cancelled,
    Expired,
    /// Forgotten: as good as never there.
    Unknown,
}

impl View {
    /// The status at `now`.
    ///
    /// An end that happened comes first, then the deadline, then the rest: a redeemed session stays *redeemed* after
    /// its deadline, and a pending or completed one is *expired* from its deadline on, whether or not a sweep has
    /// been there.
    #[inline]
    pub(crate) fn status(&self, now: Tick, rules: Rules) -> Status {
        let status = match self.word.state() {
            None => return Status::Unknown,
            Some(State::Pending) if now < self.deadline => return Status::Pending,
            Some(State::Completed) if now < self.deadline => return Status::Ready,
            Some(State::Pending | State::Completed | State::Expired) => Status::Expired,
            Some(State::Redeemed) => Status::Redeemed,
            Some(State::Denied) => Status::Denied,
            Some(State::Cancelled) => Status::Cancelled,
        };
        let ended = self.ended(now);
        if now >= ended.after(rules.retention) {
            Status::Unknown
        } else if status == Status::Redeemed && self.replayable() && now < ended.after(rules.replay) {
            Status::Replayable
        } else {
            status
        }
    }

    fn replayable(&self) -> bool {
        self.word.has(KEPT) && self.word.has(GRANT)
    }

    /// Whether `status` follows from the time alone: the word still lets a thread with an earlier reading of the clock
    /// complete the session, or take its grant. The answer must not be given before the word rules that out.
    #[inline]
    pub(crate) fn is_revocable(&self, status: Status) -> bool {
        match status {
            Status::Pending | Status::Ready | Status::Replayable => false,
            _ => self.word.is_live() || self.word.has(KEPT),
        }
    }

    /// Whether the end of the session is still being written down.
    pub(crate) fn is_unstamped(&self) -> bool {
        self.stamp == 0
    }

    /// When the session ended, for one that has; `now` if the thread that ended it is still writing that down.
    pub(crate) fn ended(&self, now: Tick) -> Tick {
        match self.word.state() {
            Some(State::Redeemed | State::Denied | State::Cancelled) if self.stamp == 0 => now,
            Some(State::Redeemed | State::Denied | State::Cancelled) => self.deadline.before(self.stamp),
            _ => self.deadline,
        }
    }
}
