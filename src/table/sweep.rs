//! Doing what is due: expiring, wiping, forgetting.

use std::time::Duration;

use super::Table;
use crate::clock::Tick;
use crate::shard::{Books, Due, Extra, Shard};
use crate::slot::{Hold, View};

/// Entries that are dealt with under one hold of a shard's lock: a few microseconds' worth.
const BATCH: usize = 32;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sessions whose time had run out.
    pub expired: usize,
    /// Ended sessions whose retention was over; their slots are free.
    pub forgotten: usize,
    /// Redeemed grants whose replay window was over; they are dropped.
    pub wiped: usize,
}

/// What a batch has taken out, to be dropped after the lock.
struct Taken<'a, T, C> {
    holds: Vec<(u32, Hold<'a, T, C>)>,
    left: Vec<(Option<T>, Extra)>,
}

impl<T, C> Table<T, C> {
    pub(crate) fn sweep(&self, now: Tick) -> Swept {
        let mut swept = Swept::default();
        for shard in 0..self.shards.len() {
            while self.is_due(&self.shards[shard], now) {
                // What is due but held by somebody will be due at the next sweep, too.
                if self.sweep_batch(shard, now, &mut swept) == 0 {
                    break;
                }
            }
        }
        swept
    }

    fn is_due(&self, shard: &Shard, now: Tick) -> bool {
        let due = |first: Option<Tick>, after: Duration| first.is_some_and(|first| first.after(after) <= now);
        due(shard.first_deadline(), Duration::ZERO)
            || due(shard.first_ending(), self.rules.retention)
            || due(shard.first_replay(), self.rules.replay)
    }

    /// Deals with a batch of what is due and answers how many entries that were.
    fn sweep_batch(&self, shard: usize, now: Tick, swept: &mut Swept) -> usize {
        let mut taken = Taken { holds: Vec::new(), left: Vec::new() };
        let entries = self.shards[shard].with(|books| {
            let expired = self.expire_due(books, shard, now, &mut taken);
            swept.expired += taken.holds.len();
            let wiped = self.wipe_due(books, shard, now, &mut taken);
            let forgotten = self.forget_due(books, shard, now, &mut taken);
            swept.wiped += wiped;
            swept.forgotten += forgotten;
            expired + wiped + forgotten
        });
        for (index, hold) in taken.holds {
            let watched = hold.watched();
            drop(hold);
            self.wake(index, watched);
        }
        drop(taken.left);
        entries
    }

    fn expire_due<'a>(&'a self, books: &mut Books, shard: usize, now: Tick, taken: &mut Taken<'a, T, C>) -> usize {
        let batch = self.batch(books.deadlines(), shard, Duration::ZERO, now);
        for (due, view) in &batch {
            if let Some(hold) = self.expire(books, shard, *due, *view, now) {
                taken.holds.push((self.index(shard, due.slot()), hold));
            }
        }
        batch.len()
    }

    fn wipe_due<'a>(&'a self, books: &mut Books, shard: usize, now: Tick, taken: &mut Taken<'a, T, C>) -> usize {
        let before = taken.holds.len();
        for (due, view) in self.batch(books.replays.iter().copied(), shard, self.rules.replay, now) {
            let index = self.index(shard, due.slot());
            // One that a replay is reading at this moment is left for the next sweep.
            if let Some(hold) = view.and_then(|view| self.session(index).wipe(&view)) {
                books.replays.remove(&due);
                taken.holds.push((index, hold));
            }
        }
        taken.holds.len() - before
    }

    fn forget_due(&self, books: &mut Books, shard: usize, now: Tick, taken: &mut Taken<'_, T, C>) -> usize {
        let mut forgotten = 0;
        for (due, _) in self.batch(books.endings.iter(), shard, self.rules.retention, now) {
            if let Ok(left) = self.forget(books, shard, due) {
                books.back(due.slot());
                forgotten += 1;
                if left.0.is_some() || !left.1.is_empty() {
                    taken.left.push(left);
                }
            }
        }
        forgotten
    }

    /// The first entries of a set that are due `after` their moment, with a look at each session.
    ///
    /// The looks are taken together: their cache misses overlap, where the swaps that follow would wait for each in
    /// turn.
    fn batch(
        &self,
        set: impl Iterator<Item = Due>,
        shard: usize,
        after: Duration,
        now: Tick,
    ) -> Vec<(Due, Option<View>)> {
        let due = set.take_while(|due| due.at().after(after) <= now).take(BATCH);
        due.map(|due| (due, self.view_at(shard, due))).collect()
    }

    pub(super) fn view_at(&self, shard: usize, due: Due) -> Option<View> {
        self.session(self.index(shard, due.slot())).view_all()
    }
}
