//! Making room: which session gives way to a new one.

use std::sync::Arc;
use std::time::Duration;

use super::Table;
use crate::clock::Tick;
use crate::memory::contain::discard;
use crate::memory::shard::{Books, Due, MOST_SHARDS};
use crate::memory::slot::Remains;
use crate::memory::tenant::Tenant;
use crate::memory::uncollected::Passed;
use crate::sync::atomic::Ordering;

/// How many endings that other threads are busy with are passed over under one hold of a shard's lock.
const LOOKS: usize = 32;

/// Why there is no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// All slots hold live sessions; the first of them falls due after this long.
    Full(Duration),
    /// A slot is about to become free.
    NotYet,
}

/// What sessions that gave way left behind, to be dropped without a lock. Its memory is reserved before the lock is taken.
pub(super) struct Evicted<T, C> {
    /// Of a session that expired with this eviction.
    expired: Option<Passed<T, C>>,
    /// Of more, if threads are busy with those that were to give way.
    more: Vec<Passed<T, C>>,
    /// Of the session that gave way.
    gone: Option<Gone<T>>,
}

impl<T, C> Evicted<T, C> {
    /// For the first attempt, with room for one that expires; for the next ones, with room for many.
    pub(super) fn new(first: bool) -> Self {
        Self { expired: None, more: if first { Vec::new() } else { Vec::with_capacity(LOOKS) }, gone: None }
    }

    fn is_full(&self) -> bool {
        self.expired.is_some() && self.more.len() == self.more.capacity()
    }

    fn keep(&mut self, left: Passed<T, C>) {
        if self.expired.is_none() { self.expired = Some(left) } else { self.more.push(left) }
    }
}

/// How far the search for a session that gives way has come in each shard: over those that threads are busy with.
#[derive(Default)]
pub(super) struct Search {
    passed: [usize; MOST_SHARDS as usize],
    /// The time of the first ending that has not been looked at, in shards that have been searched.
    next: [Option<Tick>; MOST_SHARDS as usize],
}

/// What a forgotten session left behind, to be dropped without a lock.
pub(super) struct Gone<T> {
    pub(super) remains: Remains<T>,
    pub(super) user_code: Option<u64>,
    pub(super) tenant: Option<Arc<Tenant>>,
}

impl<T, C> Table<T, C> {
    /// The shard with the session that ended before all others, or whose time ran out without a verb noting it; and when
    /// the first of the other shards' ended. Sessions that the search has passed do not count.
    pub(super) fn oldest_ending(&self, search: &Search, now: Tick) -> Option<(usize, Tick)> {
        let (mut first, mut second) = (None, Tick::MAX);
        for (at, shard) in self.shards.iter().enumerate() {
            let expired = shard.first_deadline().filter(|deadline| *deadline <= now);
            let Some(ended) = [shard.first_ending(), expired].into_iter().flatten().min() else { continue };
            let ended = search.next[at].map_or(ended, |next| ended.max(next));
            match first {
                Some((_, earliest)) if earliest <= ended => second = second.min(ended),
                _ => {
                    second = first.map_or(second, |(_, earliest)| earliest);
                    first = Some((at, ended));
                }
            }
        }
        first.map(|(at, _)| (at, second))
    }

    /// A shard that has room after all.
    ///
    /// The hints may be of different moments: an ending that has become a free slot in between shows in none of them.
    /// So a login is refused on the strength of the books alone.
    ///
    /// # Errors
    /// [`Refused::Full`]. If a thread is in the middle of ending a session, or one that has ended is not entered,
    /// [`Refused::NotYet`].
    pub(super) fn room(&self, now: Tick) -> Result<usize, Refused> {
        let mut next: Option<Tick> = None;
        let mut ending = false;
        for (at, shard) in self.shards.iter().enumerate() {
            let (room, first) = shard.with(|books| {
                // Before the list is entered: an ending that is listed in between is found there.
                ending |= shard.beside.list.is_announced();
                self.enter(books, at as u32);
                ending |= !books.backlog.is_empty();
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

    /// Forgets the shard's oldest ending that no thread is busy with, if it is not later than `until`, and returns its
    /// slot. Fails after a bounded number of looks; the search then goes on from there.
    pub(super) fn evict(
        &self,
        books: &mut Books,
        shard: u32,
        (now, until): (Tick, Tick),
        search: &mut Search,
        evicted: &mut Evicted<T, C>,
    ) -> Option<u32> {
        let passed = search.passed[shard as usize];
        let (mut looked_at, mut deadlines, mut next) = (0, 0, [0, 0]);
        let stopped_at = loop {
            let heads = [books.settled.get(next[0]), books.expired.get(next[1])];
            let first = heads.into_iter().zip([0, 1]).filter_map(|(due, at)| Some((*due?, at))).min();
            let ended = first.map(|(ending, _)| ending.at());
            // Deadlines stand in the same order: what has expired, and no verb has noted, joins the endings here.
            if let Some(due) = books.deadlines.first().filter(|due| due.at() <= now)
                && ended.is_none_or(|ended| due.at() < ended)
            {
                if deadlines == LOOKS || evicted.is_full() {
                    break Some(due.at());
                }
                deadlines += 1;
                books.pop_deadline();
                if let Some(left) = self.pass(books, shard, due, self.view_at(shard, due)) {
                    evicted.keep(left);
                }
                continue;
            }
            let Some((ending, queue)) = first else { break None };
            if ending.at() > until || looked_at == passed + LOOKS {
                break Some(ending.at());
            }
            if looked_at >= passed
                && let Ok(gone) = self.forget(books, shard, ending.slot(), queue == 0, next[queue])
            {
                evicted.gone = Some(gone);
                return Some(ending.slot());
            }
            looked_at += 1;
            next[queue] += 1;
        };
        search.passed[shard as usize] = looked_at.max(passed);
        search.next[shard as usize] = Some(stopped_at.unwrap_or(Tick::MAX));
        None
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
        let remains = session.free().map_err(drop)?;
        if remains.grant.is_some() {
            self.shards[shard as usize].beside.kept.fetch_sub(1, Ordering::Relaxed);
        }
        books.strike(settled, at);
        Ok(Gone { remains, user_code: self.take_name(index), tenant: self.tenants.leave(tenant) })
    }

    /// Drops what sessions that gave way have left.
    pub(super) fn bury_all(&self, evicted: Evicted<T, C>) {
        if let Some(passed) = evicted.expired {
            passed.part(self.listener.as_ref());
        }
        self.part_all(evicted.more);
        if let Some(gone) = evicted.gone {
            self.bury(gone);
        }
    }

    /// Drops what forgotten sessions have left.
    pub(super) fn bury(&self, mut gone: Gone<T>) {
        if let Some(number) = gone.user_code {
            self.unname(number);
        }
        discard(&mut gone.remains.grant);
    }
}
