//! Making room: which session gives way to a new one.

use std::sync::Arc;
use std::time::Duration;

use super::Table;
use crate::clock::Tick;
use crate::memory::contain::discard;
use crate::memory::shard::{Books, Due, Shard};
use crate::memory::slot::Left;
use crate::memory::tenant::Tenant;
use crate::sync::atomic::Ordering;

/// How many endings that other threads are busy with are passed over under one hold of a shard's lock.
const LOOKS: usize = 64;

/// Why there is no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// All slots hold live sessions; the first of them falls due after this long.
    Full(Duration),
    /// A slot is about to become free.
    NotYet,
}

/// What a session that gave way left behind, to be dropped without a lock.
pub(super) struct Evicted<T, C> {
    /// Of a session that expired with this eviction.
    pub(super) expired: Option<Left<T, C>>,
    /// Of the session that gave way; another one, if a thread is busy with the one that expired.
    pub(super) gone: Option<Gone<T>>,
}

/// What a forgotten session left behind, to be dropped without a lock.
pub(super) struct Gone<T> {
    pub(super) grant: Option<T>,
    pub(super) user_code: Option<u64>,
    pub(super) tenant: Option<Arc<Tenant>>,
}

impl<T, C> Table<T, C> {
    /// The shard with the session that ended before all others, or whose time ran out without a verb noting it.
    pub(super) fn oldest_ending(&self, now: Tick) -> Option<usize> {
        let ended = |shard: &Shard| {
            let expired = shard.first_deadline().filter(|deadline| *deadline <= now);
            [shard.first_ending(), expired].into_iter().flatten().min()
        };
        let dated = self.shards.iter().enumerate().filter_map(|(at, shard)| Some((ended(shard)?, at)));
        dated.min().map(|(_, at)| at)
    }

    /// A shard that has room after all.
    ///
    /// The hints may be of different moments: an ending that has become a free slot in between shows in none of them.
    /// So a login is refused on the strength of the books alone.
    ///
    /// # Errors
    /// [`Refused::Full`]. If a thread is in the middle of ending a session, [`Refused::NotYet`].
    pub(super) fn room(&self, now: Tick) -> Result<usize, Refused> {
        let mut next: Option<Tick> = None;
        let mut ending = false;
        for (at, shard) in self.shards.iter().enumerate() {
            let (room, first) = shard.with(|books| {
                // First who is about to list a slot, then what is listed: the other way round, a slot that is listed
                // in between would be seen in neither place.
                ending |= shard.beside.list.is_announced();
                self.enter(books, at as u32);
                let first = books.deadlines.first().map(Due::at);
                let ended = books.first_ending().is_some() || first.is_some_and(|first| first <= now);
                (books.vacant() > 0 || ended, first)
            });
            if room {
                return Ok(at);
            }
            next = next.into_iter().chain(first).min();
        }
        let wait = next.map_or(Duration::ZERO, |next| now.until(next));
        if ending { Err(Refused::NotYet) } else { Err(Refused::Full(wait.max(Duration::from_millis(1)))) }
    }

    /// The time until the next live session falls due: when there may be room again. Deadlines of sessions that have
    /// ended are passed over, a bounded number; if there are more, it is the time of the next of those.
    pub(crate) fn next_deadline(&self, now: Tick) -> Duration {
        let mut looks = LOOKS;
        let mut next: Option<Tick> = None;
        for (at, shard) in self.shards.iter().enumerate() {
            let first = shard.with(|books| {
                loop {
                    let first = books.deadlines.first()?;
                    let view = self.view_at(at as u32, first);
                    let live = view.is_some_and(|view| view.word.is_live());
                    if live || looks == 0 || first.at() <= now {
                        return Some(first.at());
                    }
                    looks -= 1;
                    books.pass();
                    // One may have expired already, by a later reading of the clock than this.
                    drop(self.pass(books, at as u32, first, view));
                }
            });
            next = next.into_iter().chain(first).min();
        }
        next.map_or(Duration::ZERO, |next| now.until(next)).max(Duration::from_millis(1))
    }

    /// Forgets the shard's oldest ending that no thread is busy with, and returns its slot.
    pub(super) fn evict(&self, books: &mut Books, shard: u32, now: Tick) -> (Option<u32>, Evicted<T, C>) {
        let mut evicted = Evicted { expired: None, gone: None };
        let mut looks = 0;
        // Deadlines that have passed before the oldest ending: at most one of them is a live session's.
        while let Some(due) = books.deadlines.first()
            && due.at() <= now
            && books.first_ending().is_none_or(|ending| due.at() <= ending)
            && evicted.expired.is_none()
            && looks < LOOKS
        {
            books.pass();
            evicted.expired = self.pass(books, shard, due, self.view_at(shard, due));
            looks += 1;
        }
        let mut next = [0, 0];
        for _ in 0..LOOKS {
            let heads = [books.settled.get(next[0]), books.expired.get(next[1])];
            let Some((ending, queue)) = heads.into_iter().zip([0, 1]).filter_map(|(due, at)| Some((*due?, at))).min()
            else {
                break;
            };
            if let Ok(gone) = self.forget(books, shard, ending.slot(), queue == 0, next[queue]) {
                evicted.gone = Some(gone);
                return (Some(ending.slot()), evicted);
            }
            next[queue] += 1;
        }
        (None, evicted)
    }

    /// Frees the slot of a remembered session and strikes it out of the books: the `at`th of the settled, or of the
    /// expired. Fails if a thread is busy with it.
    pub(super) fn forget(
        &self,
        books: &mut Books,
        shard: u32,
        slot: u32,
        settled: bool,
        at: usize,
    ) -> Result<Gone<T>, ()> {
        let index = shard << self.shift | slot;
        let session = self.session(index);
        let tenant = session.tenant();
        let grant = session.free().map_err(drop)?;
        if grant.is_some() {
            self.shards[shard as usize].beside.kept.fetch_sub(1, Ordering::Relaxed);
        }
        books.forget(settled, at);
        Ok(Gone { grant, user_code: self.take_name(index), tenant: self.tenants.leave(tenant) })
    }

    /// Drops what forgotten sessions have left.
    pub(super) fn bury(&self, gone: Gone<T>) {
        if let Some(number) = gone.user_code {
            self.unname(number);
        }
        discard(gone.grant);
    }
}
