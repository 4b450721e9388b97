//! `Seat`: what one connection waits for: for its client, or for the server.
//!
//! A connection *waits for its client* while no request is under way, and while a head or a body is incomplete. Only
//! then it may be closed to make room for another: no request that has come is lost.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The server works on a request.
const BUSY: u64 = 0;
/// The connection makes room for another. It stays so.
const CLOSING: u64 = 1;
/// Every larger value is the time since which it waits for its client, in nanoseconds from this on.
const FIRST: u64 = 2;

/// The state of a connection, shared with the [`Census`](super::census::Census).
#[derive(Debug)]
pub(super) struct Seat {
    began: Instant,
    state: AtomicU64,
    /// Counts the beginnings and ends of its requests: odd while one is answered. Only its own task changes it.
    turns: AtomicUsize,
    /// When the head that is read has begun, as in `state`; zero if none has.
    head: AtomicU64,
    /// Whether the body of the request has been read to its end.
    whole: AtomicBool,
    /// Whether everything has been written of the responses so far.
    flushed: AtomicBool,
    /// Whether the connection is closed with its next response.
    retired: AtomicBool,
    /// Whether the server ends.
    ending: AtomicBool,
    called: Notify,
}

// ORDERING: `state` is one word that guards no other memory. Its changes are atomic exchanges, which all see the latest
// value, so that Relaxed suffices: of an evictor and a request that begins, one comes first. The others are read and
// written by the connection's own task alone, but for the body of a request, which passes them on with itself.
impl Seat {
    /// Takes the time that all seats count from.
    pub(super) fn new(began: Instant) -> Self {
        let seat = Self {
            began,
            state: AtomicU64::new(BUSY),
            turns: AtomicUsize::new(0),
            head: AtomicU64::new(0),
            whole: AtomicBool::new(true),
            flushed: AtomicBool::new(true),
            retired: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            called: Notify::new(),
        };
        seat.wait();
        seat.begin_head();
        seat
    }

    /// Notes that the client is waited for from now on.
    pub(super) fn wait(&self) {
        let _ = self.state.compare_exchange(BUSY, self.now(), Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Now, as a state that waits.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(FIRST)
    }

    /// Notes that the server works from now on. Returns `false` if the connection makes room instead: then nothing that
    /// came may be acted on.
    pub(super) fn work(&self) -> bool {
        let change = |state| (state != CLOSING).then_some(BUSY);
        self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }

    /// Returns when the wait for the client began, as a number that orders seats. `None` if the server works.
    pub(super) fn waiting(&self) -> Option<u64> {
        Some(self.state.load(Ordering::Relaxed)).filter(|&state| state >= FIRST)
    }

    /// Has the connection closed, if its client is still waited for, and has been since `since`.
    pub(super) fn close(&self, since: u64) -> bool {
        let closed = self.state.compare_exchange(since, CLOSING, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if closed {
            self.called.notify_one();
        }
        closed
    }

    /// Ready when the connection is to make room.
    pub(super) async fn called(&self) {
        self.called.notified().await;
    }

    /// Notes that a head has begun, and is not whole. A byte more does not change when.
    pub(super) fn begin_head(&self) {
        if self.head.load(Ordering::Relaxed) == 0 {
            self.head.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Returns until when the client is waited for, between two requests: a head may take so long, and so may the time
    /// before it. `None` while a request is under way.
    pub(super) fn patience(&self, header: Duration, idle: Duration) -> Option<Instant> {
        let since = self.waiting().filter(|_| self.turns().is_multiple_of(2))?;
        let (since, most) = match self.head.load(Ordering::Relaxed) {
            0 => (since, idle),
            head => (head, header),
        };
        // One that is too far to be named is never reached.
        self.began.checked_add(Duration::from_nanos(since - FIRST))?.checked_add(most)
    }

    /// Begins a request.
    pub(super) fn begin_turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
        self.head.store(0, Ordering::Relaxed);
    }

    /// Ends a request: its response has been given to be written.
    pub(super) fn end_turn(&self) {
        self.flushed.store(false, Ordering::Relaxed);
        self.turns.fetch_add(1, Ordering::Relaxed);
        self.wait();
    }

    /// Notes that everything has been written.
    pub(super) fn flushed(&self) {
        self.flushed.store(true, Ordering::Relaxed);
    }

    /// Notes whether the body of the request has been read to its end.
    pub(super) fn set_whole(&self, whole: bool) {
        self.whole.store(whole, Ordering::Relaxed);
    }

    /// Whether nothing is being read or written.
    pub(super) fn is_at_rest(&self) -> bool {
        self.whole.load(Ordering::Relaxed) && self.flushed.load(Ordering::Relaxed)
    }

    /// Has the connection closed with its next response.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed) || self.is_ending()
    }

    /// Notes that the server ends.
    pub(super) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Returns the number of beginnings and ends so far.
    pub(super) fn turns(&self) -> usize {
        self.turns.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_seat_that_waits_for_its_client_is_closed() {
        let seat = Seat::new(Instant::now());
        let since = seat.waiting().unwrap();
        assert!(seat.work());
        assert_eq!(seat.waiting(), None);
        assert!(!seat.close(since));
        seat.wait();
        let since = seat.waiting().unwrap();
        assert!(seat.close(since));
        assert!(!seat.close(since), "once");
        assert_eq!(seat.waiting(), None);
        seat.wait();
        assert!(!seat.work(), "it stays closed");
    }
}
