//! Doing what is due: expiring, wiping, forgetting.

use std::time::Duration;

use super::Table;
use crate::clock::Tick;
use crate::shard::{Books, Due, Extra, Shard};
use crate::slot::Hold;

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
        for done in 0..BATCH {
            let Some(due) = first(&books.deadlines, Duration::ZERO, now) else { return done };
            if let Some(hold) = self.expire(books, shard, due, now) {
                taken.holds.push((self.index(shard, due.slot()), hold));
            }
        }
        BATCH
    }

    fn wipe_due<'a>(&'a self, books: &mut Books, shard: usize, now: Tick, taken: &mut Taken<'a, T, C>) -> usize {
        for done in 0..BATCH {
            let Some(due) = first(&books.replays, self.rules.replay, now) else { return done };
            let index = self.index(shard, due.slot());
            let session = self.session(index);
            let Some(hold) = session.view_all().and_then(|view| session.wipe(&view)) else { return done };
            books.replays.remove(&due);
            taken.holds.push((index, hold));
        }
        BATCH
    }

    fn forget_due<'a>(&'a self, books: &mut Books, shard: usize, now: Tick, taken: &mut Taken<'a, T, C>) -> usize {
        for done in 0..BATCH {
            let Some(due) = first(&books.endings, self.rules.retention, now) else { return done };
            let Ok(left) = self.forget(books, shard, due) else { return done };
            books.back(due.slot());
            taken.left.push(left);
        }
        BATCH
    }
}

/// The first entry of a set that is due `after` its moment.
fn first(set: &std::collections::BTreeSet<Due>, after: Duration, now: Tick) -> Option<Due> {
    set.first().copied().filter(|due| due.at().after(after) <= now)
}
