//! `wait`: a poll that answers when there is something to say.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_timer::Delay;

use super::{Found, Polled, SessionStore};
use crate::code::PollingCode;
use crate::slot::{Side, Status};

impl<T, C> SessionStore<T, C> {
    /// Polls, and where the session is pending, waits up to `timeout` for it to be completed, denied or cancelled or to
    /// expire. Answers as [`poll`](Self::poll) does; *pending* where nothing happened in time.
    ///
    /// It counts as one poll, made when it begins: one that comes too soon is told to slow down at once. Waiting is
    /// independent of the runtime (timeouts are kept by one thread of the `futures-timer` crate), and costs sessions
    /// on which nobody waits nothing.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing: the grant is taken in the same step in which the future is ready, and stays
    /// for the next poll otherwise.
    ///
    /// # Cost and locks
    /// One lock in a sharded map to begin waiting. `complete` takes it only for sessions that are waited for.
    pub async fn wait(&self, code: &PollingCode, timeout: Duration) -> Polled<T> {
        let first = self.poll(code);
        let Polled::Pending { retry_after } = first else { return first };
        let started = self.shared.time.now();
        let end = started.after(timeout);
        loop {
            let now = self.shared.time.now();
            let left = now.until(end);
            if left.is_zero() {
                return self.after_wait(code, retry_after.saturating_sub(started.until(now)));
            }
            let Some((index, _)) = self.shared.table.place(&code.0) else { return Polled::Unknown };
            let listener = self.shared.table.waiters.listen(index);
            let found = self.find(Side::Polling, &code.0, now);
            let Some(Found { session, view, status: Status::Pending, .. }) = found else {
                self.shared.table.waiters.leave(index, listener);
                return self.after_wait(code, Duration::ZERO);
            };
            if !session.watch(&view) {
                self.shared.table.waiters.leave(index, listener);
                continue;
            }
            // A coarse clock may stand a step before the deadline when the timer rings; the next round waits for the
            // rest.
            let limit = left.min(now.until(view.deadline)).max(Duration::from_millis(1));
            either(listener, Delay::new(limit)).await;
            if let Some(settled) = self.settled(code) {
                return settled;
            }
        }
    }

    /// The answer of a session that is not pending any more; not counted as a poll where it is.
    fn settled(&self, code: &PollingCode) -> Option<Polled<T>> {
        let found = self.find(Side::Polling, &code.0, self.shared.time.now());
        let pending = found.is_some_and(|found| matches!(found.status, Status::Pending));
        if pending { None } else { Some(self.poll(code)) }
    }

    fn after_wait(&self, code: &PollingCode, retry_after: Duration) -> Polled<T> {
        self.settled(code).unwrap_or(Polled::Pending { retry_after })
    }
}

/// Waits for the first of two.
async fn either(one: impl Future, other: impl Future) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        if one.as_mut().poll(context).is_ready() || other.as_mut().poll(context).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
