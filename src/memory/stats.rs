//! `stats`: how many sessions there are, and what became of the others.

use super::SessionStore;
use crate::session::Stats;
use crate::sync::atomic::{AtomicU64, Ordering};

impl<T, C> SessionStore<T, C> {
    /// Counts the sessions, all tenants' together.
    ///
    /// # Cost and locks
    /// The lock of each shard (sixteen at most), one after the other; what has ended since the books were open last is
    /// entered first. Nothing is scanned.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// store.initiate()?;
    /// let stats = store.stats();
    /// assert_eq!((stats.pending, stats.completed, stats.initiated), (1, 0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        let table = &self.shared.table;
        table.enter_all();
        let mut stats = Stats { max_sessions: table.capacity() as u64, ..Stats::default() };
        for shard in &table.shards {
            // ORDERING: Relaxed on all: counts.
            let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
            let (counts, beside) = (shard.with(|books| books.counts), &shard.beside);
            stats.initiated += counts.initiated;
            stats.redeemed += counts.redeemed;
            stats.denied += counts.denied;
            stats.cancelled += counts.cancelled;
            stats.forgotten += counts.forgotten;
            stats.approved += count(&beside.approved);
            stats.expired += count(&beside.expired);
            stats.uncollected += count(&beside.uncollected);
            stats.withdrawn += count(&beside.withdrawn);
        }
        let ended = stats.redeemed + stats.denied + stats.cancelled + stats.expired;
        // They are counted in several places, so the differences may be a moment's work below zero.
        stats.completed = stats.approved.saturating_sub(stats.redeemed + stats.uncollected + stats.withdrawn);
        stats.pending = stats.initiated.saturating_sub(ended + stats.completed);
        stats.remembered = ended.saturating_sub(stats.forgotten);
        stats
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{ManualClock, Polled, Secret, SessionStore};

    #[test]
    fn the_counts_follow_the_sessions() {
        let clock = ManualClock::new();
        let store: SessionStore<Secret> =
            SessionStore::builder().max_sessions(10).clock(clock.clone()).build().unwrap();
        let logins: Vec<_> = (0..6).map(|_| store.initiate().unwrap()).collect();
        store.complete(&logins[0].login_code, "a".into()).unwrap();
        assert!(matches!(store.poll(&logins[0].polling_code), Polled::Completed(_)));
        store.complete(&logins[1].login_code, "b".into()).unwrap();
        store.deny(&logins[2].login_code).unwrap();
        store.cancel(&logins[3].polling_code).unwrap();
        let stats = store.stats();
        assert_eq!((stats.pending, stats.completed, stats.remembered, stats.max_sessions), (2, 1, 3, 10));
        assert_eq!((stats.initiated, stats.approved, stats.redeemed), (6, 2, 1));
        assert_eq!((stats.denied, stats.cancelled, stats.expired), (1, 1, 0));

        clock.advance(Duration::from_secs(2 * 60 * 60));
        assert!(matches!(store.poll(&logins[1].polling_code), Polled::Expired));
        let stats = store.stats();
        assert_eq!((stats.completed, stats.expired, stats.uncollected), (0, 1, 1), "noted by a poll");
        store.sweep();
        let stats = store.stats();
        assert_eq!((stats.pending, stats.completed, stats.remembered), (0, 0, 3), "the three endings are forgotten");
        assert_eq!((stats.expired, stats.uncollected, stats.forgotten), (3, 1, 3));
    }
}
