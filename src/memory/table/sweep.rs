//! Doing what is due: expiring, wiping, forgetting.

use std::ops::ControlFlow;
use std::time::Duration;

use super::Table;
use super::evict::Gone;
use crate::State;
use crate::clock::Tick;
use crate::memory::shard::{Books, Due, Shard};
use crate::memory::slot::View;
use crate::memory::uncollected::Passed;
use crate::memory::word::KEPT;
use crate::sync::atomic::Ordering;

/// Entries that are dealt with under one hold of a shard's lock: a few microseconds' worth.
const BATCH: usize = 32;

/// How many batches a login that would be refused deals with, at most.
const BATCHES: usize = 2;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// Sessions whose time had run out, and that no verb had noted as expired.
    pub expired: usize,
    /// Ended sessions whose retention was over; their slots are free.
    pub forgotten: usize,
    /// Redeemed grants whose replay window was over; they are dropped.
    pub wiped: usize,
}

/// Whether a grant of the shard is kept for replays.
fn keeps(shard: &Shard) -> bool {
    // ORDERING: Relaxed: a grant is counted before its session is listed, and the list is taken with Acquire.
    shard.beside.kept.load(Ordering::Relaxed) > 0
}

/// What a batch has taken out, to be dropped without the lock. Its memory is reserved before the lock is taken.
struct Taken<T, C> {
    left: Vec<Passed<T, C>>,
    gone: Vec<Gone<T>>,
}

impl<T, C> Table<T, C> {
    pub(crate) fn sweep(&self, now: Tick) -> Swept {
        let mut swept = Swept::default();
        for shard in 0..self.shards.len() {
            while self.is_due(&self.shards[shard], now) {
                // What is due and pinned will be due at the next sweep, too.
                if self.sweep_batch(shard, now, BATCH, &mut swept).is_break() {
                    break;
                }
            }
        }
        swept
    }

    /// Expires sessions whose time is over, a bounded number of them. Returns whether there are more.
    pub(crate) fn expire_some(&self, now: Tick) -> bool {
        let mut batches = BATCHES;
        for (at, shard) in self.shards.iter().enumerate() {
            while shard.first_deadline().is_some_and(|first| first <= now) {
                if batches == 0 {
                    return true;
                }
                batches -= 1;
                let mut left = Vec::with_capacity(BATCH);
                shard.with(|books| {
                    self.enter(books, at as u32);
                    self.expire_due(books, at, now, BATCH, &mut left)
                });
                self.part_all(left);
            }
        }
        false
    }

    /// Drops what sessions have left.
    pub(super) fn part_all(&self, left: Vec<Passed<T, C>>) {
        for passed in left {
            passed.part(self.listener.as_ref());
        }
    }

    fn is_due(&self, shard: &Shard, now: Tick) -> bool {
        let due = |first: Option<Tick>, after: Duration| first.is_some_and(|first| first.after(after) <= now);
        shard.has_unentered()
            || due(shard.first_deadline(), Duration::ZERO)
            || due(shard.first_ending(), self.rules.retention)
            || keeps(shard) && due(shard.first_replay(), self.rules.replay)
    }

    /// Deals with a batch of what is due. Breaks if nothing was.
    fn sweep_batch(&self, shard: usize, now: Tick, batch: usize, swept: &mut Swept) -> ControlFlow<()> {
        let mut taken = Taken { left: Vec::with_capacity(2 * batch), gone: Vec::with_capacity(batch) };
        let more = self.shards[shard].with(|books| {
            self.enter(books, shard as u32);
            let passed = self.expire_due(books, shard, now, BATCH, &mut taken.left);
            swept.expired += taken.left.len();
            let (looked_at, wiped) = self.wipe_due(books, shard, now, &mut taken.left);
            swept.wiped += wiped;
            let forgotten = self.forget_due(books, shard, now, &mut taken.gone);
            swept.forgotten += forgotten;
            passed + looked_at + forgotten > 0 || !books.backlog.is_empty()
        });
        self.part_all(taken.left);
        for gone in taken.gone {
            self.bury(gone);
        }
        if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Takes deadlines that have passed out of the books, at most a batch, and returns how many those are.
    fn expire_due(
        &self,
        books: &mut Books,
        shard: usize,
        now: Tick,
        most: usize,
        left: &mut Vec<Passed<T, C>>,
    ) -> usize {
        let mut batch = [(Due::new(now, 0), None); BATCH];
        let mut count = 0;
        // The looks are taken together: their cache misses overlap, while the swaps that follow would wait for each in
        // turn.
        for entry in batch.iter_mut().take(most) {
            let Some(due) = books.deadlines.first().filter(|due| due.at() <= now) else { break };
            books.pop_deadline();
            *entry = (due, self.view_at(shard as u32, due));
            count += 1;
        }
        for (due, view) in batch.into_iter().take(count) {
            left.extend(self.pass(books, shard as u32, due, view));
        }
        count
    }

    /// Closes the replay windows that are over. Returns how many sessions were looked at, and how many grants taken out.
    fn wipe_due(&self, books: &mut Books, shard: usize, now: Tick, left: &mut Vec<Passed<T, C>>) -> (usize, usize) {
        let is_due = |due: Due| due.at().after(self.rules.replay) <= now;
        if !keeps(&self.shards[shard]) {
            books.skip_replays(is_due);
            return (0, 0);
        }
        let (mut looked_at, mut wiped) = (0, 0);
        while let Some(due) = books.first_replay().filter(|due| is_due(*due))
            && looked_at < BATCH
        {
            let session = self.session(self.index(shard, due.slot()));
            while let Some(view) = session.view_all().filter(|view| view.word.has(KEPT)) {
                debug_assert_eq!(view.word.state(), Some(State::Redeemed));
                // If a replay is reading it at this moment, the reader drops it.
                if let Some(hold) = session.close(&view) {
                    self.shards[shard].beside.kept.fetch_sub(1, Ordering::Relaxed);
                    left.push(hold.release().into());
                    wiped += 1;
                    break;
                }
            }
            books.pass_replay();
            looked_at += 1;
        }
        (looked_at, wiped)
    }

    /// Forgets what has been remembered long enough, but for sessions that threads are busy with.
    fn forget_due(&self, books: &mut Books, shard: usize, now: Tick, gone: &mut Vec<Gone<T>>) -> usize {
        let mut freed = [0; BATCH];
        let mut count = 0;
        for settled in [true, false] {
            let mut at = 0;
            while count < BATCH {
                let queue = if settled { &books.settled } else { &books.expired };
                let due = queue.get(at).filter(|due| due.at().after(self.rules.retention) <= now);
                let Some(slot) = due.map(|due| due.slot()) else { break };
                match self.forget(books, shard as u32, slot, settled, at) {
                    Ok(left) => {
                        freed[count] = slot;
                        count += 1;
                        let remains = &left.remains;
                        if remains.grant.is_some()
                            || remains.extra.is_some()
                            || left.user_code.is_some()
                            || left.tenant.is_some()
                        {
                            gone.push(left);
                        }
                    }
                    Err(()) => at += 1,
                }
            }
        }
        // In the order of the slots, so that sessions that begin after each other are neighbours again.
        let freed = &mut freed[..count];
        freed.sort_unstable_by(|one, other| other.cmp(one));
        for slot in freed {
            books.back(*slot);
        }
        count
    }

    pub(super) fn view_at(&self, shard: u32, due: Due) -> Option<View> {
        self.session(shard << self.shift | due.slot()).view_all()
    }
}
