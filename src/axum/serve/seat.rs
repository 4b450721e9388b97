//! `Seat`: what one connection waits for: for its client, or for the server.
//!
//! A connection *waits for its client* while no request is under way, and while a head or a body is incomplete. Only
//! then it may be closed to make room for another: no request that has come is lost.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

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
    called: Notify,
}

// ORDERING: `state` is one word that guards no other memory. Its changes are atomic exchanges, which all see the latest
// value, so that Relaxed suffices: of an evictor and a request that begins, one comes first.
impl Seat {
    /// Takes the time that all seats count from.
    pub(super) fn new(began: Instant) -> Self {
        let seat = Self { began, state: AtomicU64::new(BUSY), turns: AtomicUsize::new(0), called: Notify::new() };
        seat.wait();
        seat
    }

    /// Notes that the client is waited for from now on.
    pub(super) fn wait(&self) {
        let nanos = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let now = nanos.saturating_add(FIRST);
        let _ = self.state.compare_exchange(BUSY, now, Ordering::Relaxed, Ordering::Relaxed);
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

    /// Begins or ends a request.
    pub(super) fn turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
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
