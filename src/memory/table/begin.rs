//! Beginning a session.

use std::cell::Cell;
use std::sync::Arc;

use super::evict::{Evicted, Refused, Search};
use super::{SessionRef, Table};
use crate::clock::Tick;
use crate::code::user::UserCode;
use crate::memory::shard::{Books, MOST_SHARDS};
use crate::memory::slot::Fresh;
use crate::memory::tenant::Tenant;
use crate::sync::yield_now;

/// How often a new session looks for a slot before it gives up. More than one look is needed only if other threads take
/// what was found, or are still busy with it.
const ROUNDS: usize = 2 * MOST_SHARDS as usize;
/// In so many of them, the one that gives way is the first to have ended in the whole table; after that, in its shard.
const ORDERED: usize = 8;

/// How many sessions in a row a thread begins in the same shard, if there is room: what it wrote last is in its
/// processor's cache still, and two threads seldom want the same lock. Two threads take 0.7 of the time of those that
/// choose for each session.
const IN_A_ROW: u32 = 256;

/// The shard at which this thread looks for room first: any number, which changes after some sessions to one that is drawn.
fn home(drawn: u32) -> u32 {
    thread_local!(static HOME: Cell<(u32, u32)> = const { Cell::new((0, 0)) });
    let next = |home: &Cell<(u32, u32)>| {
        let (left, shard) = home.get();
        let next = if left == 0 { (IN_A_ROW - 1, drawn) } else { (left - 1, shard) };
        home.set(next);
        next.1
    };
    // A destructor of another thread-local value may begin a session when this one is gone.
    HOME.try_with(next).unwrap_or(drawn)
}

impl<T, C> Table<T, C> {
    /// Begins a session and returns its place. If no slot is free, remembered endings give way, the oldest first; a live session never.
    pub(crate) fn begin(
        &self,
        tenant: &Arc<Tenant>,
        fresh: Fresh<C>,
        user_code: Option<impl FnMut() -> UserCode>,
        now: Tick,
    ) -> Result<(SessionRef, Option<UserCode>), Refused> {
        let user_code = user_code.map(|draw| self.draw_name(draw));
        self.tenants.enter(tenant);
        match self.enter_session(fresh, user_code.as_ref(), now) {
            Ok(session) => {
                if let Some(code) = &user_code {
                    self.name(code, session);
                }
                Ok((session, user_code))
            }
            Err(refused) => {
                if let Some(code) = user_code {
                    self.unname(code.number());
                }
                drop(self.tenants.leave(tenant.id));
                Err(refused)
            }
        }
    }

    fn enter_session(&self, fresh: Fresh<C>, user_code: Option<&UserCode>, now: Tick) -> Result<SessionRef, Refused> {
        let start = home(fresh.polling.c) as usize;
        let mut entry = Some(fresh);
        let mut refused = Refused::NotYet;
        let mut search = Search::default();
        for round in 0..ROUNDS {
            let (shard, until) = match self.shard_with_room(start, &search, now) {
                Some(found) => found,
                None => match self.room(now) {
                    Ok(shard) => (shard, Tick::MAX),
                    Err(Refused::NotYet) => {
                        yield_now();
                        continue;
                    }
                    Err(full) => {
                        refused = full;
                        break;
                    }
                },
            };
            let until = if round < ORDERED { until } else { Tick::MAX };
            let mut evicted = Evicted::new(round == 0);
            let begun = self.shards[shard].with(|books| {
                self.enter(books, shard as u32);
                let mut slot = books.vacancy();
                if slot.is_none() {
                    slot = self.evict(books, shard as u32, (now, until), &mut search, &mut evicted);
                }
                let fresh = entry.take_if(|_| slot.is_some())?;
                Some(self.fill(books, shard as u32, slot?, fresh, user_code))
            });
            self.bury_all(evicted);
            if let Some(begun) = begun {
                return Ok(begun);
            }
            yield_now();
        }
        Err(refused)
    }

    /// A shard with a free slot, the first from `start` on, or with the session that ended before all others.
    fn shard_with_room(&self, start: usize, search: &Search, now: Tick) -> Option<(usize, Tick)> {
        if let Some(shard) = self.vacant_shard(start) {
            return Some((shard, Tick::MAX));
        }
        self.enter_some();
        self.oldest_ending(search, now)
    }

    /// A shard with a free slot, the first from `start` on.
    fn vacant_shard(&self, start: usize) -> Option<usize> {
        let shards = self.shards.len();
        let start = start % shards;
        (start..shards).chain(0..start).find(|shard| self.shards[*shard].has_vacancy())
    }

    fn fill(
        &self,
        books: &mut Books,
        shard: u32,
        slot: u32,
        fresh: Fresh<C>,
        user_code: Option<&UserCode>,
    ) -> SessionRef {
        let index = shard << self.shift | slot;
        let (tenant, deadline) = (fresh.tenant, fresh.deadline);
        let generation = self.session(index).begin(fresh);
        if let Some(code) = user_code {
            self.set_name(index, Some(code.number()));
        }
        books.open(slot, deadline, self.head(tenant, shard));
        SessionRef { index, generation }
    }
}
