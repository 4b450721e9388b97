//! `wait`: a poll that returns when there is something to say.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_timer::Delay;

use super::SessionStore;
use super::carried::Carried;
use super::slot::waiters::Ticket;
use super::slot::{Session, Side, Status, View};
use crate::attempt::Attempt;
use crate::code::PollingCode;
use crate::poll_options::PollOptions;
use crate::session::Polled;

/// When a task looks again that is not on the list, since too many are.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl<T, C> SessionStore<T, C> {
    /// Polls, and if the session is pending, waits up to `timeout` for it to be completed, denied or cancelled or to
    /// expire. Returns as [`poll`](Self::poll) does; *pending* if nothing happened in time.
    ///
    /// It counts as one poll, made when it begins: one that comes too soon is told to slow down at once. Waiting is
    /// independent of the runtime (timeouts are kept by one thread of the `futures-timer` crate), and costs sessions
    /// that no task waits for nothing.
    ///
    /// # Time
    /// `timeout` is real time, whatever the store's clock shows, so a wait ends under any clock. The session's deadline
    /// is the store's time: it is looked at when as much real time has passed as remained, and when a sweep or a verb
    /// notes the expiry. So a test with a [`ManualClock`](crate::ManualClock) advances the clock and calls
    /// [`sweep`](Self::sweep) to see an expiry, and uses a short timeout to see none.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing: the grant is taken in the same step in which the future is ready, and stays
    /// for the next poll otherwise.
    ///
    /// # Cost and locks
    /// No lock. Some allocations to begin waiting; what is kept of a task that waits is some hundred bytes. Of the tasks
    /// that wait for one session at once, 64 are woken; more than that look once a second, so that neither the verb that
    /// wakes them nor a task that leaves has more to do.
    ///
    /// ```
    /// use counterfoil::{Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// let timeout = std::time::Duration::from_secs(30);
    /// // In an async function: `store.wait(&login.polling_code, timeout).await`.
    /// let polled = pollster::block_on(store.wait(&login.polling_code, timeout));
    /// assert!(matches!(polled, Polled::Completed(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait(&self, code: &PollingCode, timeout: Duration) -> Polled<T> {
        self.wait_as(code, timeout, Carried::default()).await
    }

    /// Waits as one attempt to redeem the login: [`wait`](Self::wait) as [`poll_attempt`](Self::poll_attempt) polls.
    ///
    /// ```
    /// use counterfoil::{Attempt, Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// let (attempt, timeout) = (Attempt::new([7; 16]), std::time::Duration::from_secs(30));
    /// for _ in 0..2 {
    ///     let polled = pollster::block_on(store.wait_attempt(&login.polling_code, timeout, attempt));
    ///     assert!(matches!(polled, Polled::Completed(_)));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait_attempt(&self, code: &PollingCode, timeout: Duration, attempt: Attempt) -> Polled<T>
    where
        T: Clone + Sync,
    {
        self.wait_with(code, timeout, &PollOptions::new().attempt(attempt)).await
    }

    /// Waits with what the options carry: [`wait`](Self::wait) as [`poll_with`](Self::poll_with) polls.
    ///
    /// ```
    /// use counterfoil::{PollOptions, Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// let timeout = std::time::Duration::from_secs(30);
    /// let polled = pollster::block_on(store.wait_with(&login.polling_code, timeout, &PollOptions::new()));
    /// assert!(matches!(polled, Polled::Completed(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait_with(&self, code: &PollingCode, timeout: Duration, options: &PollOptions) -> Polled<T>
    where
        T: Clone + Sync,
    {
        self.wait_as(code, timeout, Carried::new(options)).await
    }

    async fn wait_as(&self, code: &PollingCode, timeout: Duration, carried: Carried<'_, T>) -> Polled<T> {
        let first = self.poll_as(code, carried);
        let Polled::Pending { retry_after } = first else { return first };
        let (started, polled) = (Instant::now(), self.shared.time.now());
        loop {
            let Some(left) = timeout.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) else {
                let since = polled.until(self.shared.time.now());
                return self
                    .settled(code, carried)
                    .unwrap_or(Polled::Pending { retry_after: retry_after.saturating_sub(since) });
            };
            let session = self.shared.table.place(&code.0).session;
            // The task joins the list before it looks, so that it is on it or sees what has happened.
            let mut entry = poll_fn(|context| Poll::Ready(Entry::new(session, context))).await;
            let most = if entry.ticket.is_some() { left } else { left.min(LOOK_AGAIN) };
            let now = self.shared.time.now();
            let Some(view) = self.unsettled(code, carried) else {
                drop(entry);
                return self.poll_as(code, carried);
            };
            if entry.ticket.is_some() && !session.watch(&view) {
                continue;
            }
            // A coarse clock may stand a step before the deadline when the timer rings; the next round waits for the
            // rest.
            let limit = most.min(now.until(view.deadline)).max(Duration::from_millis(1));
            let mut delay = Delay::new(limit);
            poll_fn(|context| entry.poll(&mut delay, context)).await;
            drop(entry);
            if let Some(settled) = self.settled(code, carried) {
                return settled;
            }
        }
    }

    /// The outcome for a session that is not pending any more; one that is, is not polled.
    fn settled(&self, code: &PollingCode, carried: Carried<'_, T>) -> Option<Polled<T>> {
        if self.unsettled(code, carried).is_some() { None } else { Some(self.poll_as(code, carried)) }
    }

    /// A look at the session while a poll would be told *pending*: it is, or its grant is for the poll with the proof.
    fn unsettled(&self, code: &PollingCode, carried: Carried<'_, T>) -> Option<View> {
        loop {
            let found = self.find(Side::Polling, &code.0, self.shared.time.now())?;
            match found.status_for(&carried) {
                Some(Status::Pending) => return Some(found.view),
                Some(_) => return None,
                None => {}
            }
        }
    }
}

/// A task's place in a session's list of waiters, if there was one, given up when it is dropped.
struct Entry<'a, T, C> {
    session: Session<'a, T, C>,
    ticket: Option<Ticket>,
}

impl<'a, T, C> Entry<'a, T, C> {
    fn new(session: Session<'a, T, C>, context: &Context<'_>) -> Self {
        Self { session, ticket: session.join_waiters(context.waker()) }
    }

    /// Ready when the task was woken, when `delay` is over, or when another task polls, which needs another entry.
    fn poll(&mut self, delay: &mut Delay, context: &mut Context<'_>) -> Poll<()> {
        if self.ticket.as_ref().is_some_and(|ticket| ticket.is_woken() || !ticket.wakes(context.waker())) {
            return Poll::Ready(());
        }
        Pin::new(delay).poll(context)
    }
}

impl<T, C> Drop for Entry<'_, T, C> {
    fn drop(&mut self) {
        if let Some(ticket) = &self.ticket {
            self.session.leave_waiters(ticket);
        }
    }
}
