//! Beginning a session.

use std::sync::Arc;

use super::evict::{Evicted, Refused};
use super::{SessionRef, Table};
use crate::clock::Tick;
use crate::code::user::UserCode;
use crate::code::{Code, Proof};
use crate::memory::contain::discard;
use crate::memory::shard::Books;
use crate::memory::slot::Fresh;
use crate::memory::tenant::Tenant;

/// How often a new session looks for a slot before it gives up. More than one look is needed only if other threads take
/// what was found, or are still busy with it.
const ROUNDS: usize = 16;

pub(crate) struct Request<'a, C> {
    pub(crate) polling: Proof,
    pub(crate) login: Proof,
    pub(crate) tenant: &'a Arc<Tenant>,
    pub(crate) deadline: Tick,
    pub(crate) context: Option<C>,
}

pub(crate) struct Begun {
    pub(crate) polling: Code,
    pub(crate) login: Code,
}

impl<T, C> Table<T, C> {
    /// Begins a session. If no slot is free, remembered endings give way, the oldest first; a live session never.
    pub(crate) fn begin(
        &self,
        request: Request<'_, C>,
        user_code: Option<impl FnMut() -> UserCode>,
        now: Tick,
    ) -> Result<(Begun, Option<UserCode>), Refused> {
        let user_code = user_code.map(|draw| self.reserve_name(draw));
        let tenant = request.tenant;
        self.tenants.enter(tenant);
        match self.enter_session(request, user_code.as_ref(), now) {
            Ok((begun, session)) => {
                if let Some(code) = &user_code {
                    self.name(code, session);
                }
                Ok((begun, user_code))
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

    fn enter_session(
        &self,
        request: Request<'_, C>,
        user_code: Option<&UserCode>,
        now: Tick,
    ) -> Result<(Begun, SessionRef), Refused> {
        let start = request.polling.c as usize;
        let mut entry = Some(request);
        let mut refused = Refused::NotYet;
        for _ in 0..ROUNDS {
            let shard = match self.vacant_shard(start).or_else(|| self.ended_shard(now)) {
                Some(shard) => shard,
                None => match self.room(now) {
                    Ok(shard) => shard,
                    Err(Refused::NotYet) => {
                        std::thread::yield_now();
                        continue;
                    }
                    Err(full) => {
                        refused = full;
                        break;
                    }
                },
            };
            let mut evicted = Evicted { expired: None, gone: None };
            let begun = self.shards[shard].with(|books| {
                self.enter(books, shard as u32);
                let mut slot = books.vacancy();
                if slot.is_none() {
                    (slot, evicted) = self.evict(books, shard as u32, now);
                }
                let request = entry.take_if(|_| slot.is_some())?;
                Some(self.fill(books, shard as u32, slot?, request, user_code))
            });
            drop(evicted.expired);
            if let Some(gone) = evicted.gone {
                self.bury(gone);
            }
            if let Some(begun) = begun {
                return Ok(begun);
            }
            std::thread::yield_now();
        }
        // Its context is the caller's code; what was reserved for it must be given back after.
        discard(entry);
        Err(refused)
    }

    /// A shard with a free slot, the first from `start` on.
    fn vacant_shard(&self, start: usize) -> Option<usize> {
        let shards = self.shards.len();
        let start = start % shards;
        (start..shards).chain(0..start).find(|shard| self.shards[*shard].has_vacancy())
    }

    /// The shard with the session that ended before all others.
    fn ended_shard(&self, now: Tick) -> Option<usize> {
        self.enter_all();
        self.oldest_ending(now)
    }

    fn fill(
        &self,
        books: &mut Books,
        shard: u32,
        slot: u32,
        request: Request<'_, C>,
        user_code: Option<&UserCode>,
    ) -> (Begun, SessionRef) {
        let index = shard << self.shift | slot;
        let generation = self.session(index).begin(Fresh {
            polling: request.polling,
            login: request.login,
            tenant: request.tenant.id,
            deadline: request.deadline,
            context: request.context,
            paced: self.paced,
        });
        if let Some(code) = user_code {
            self.set_name(index, Some(code.number()));
        }
        books.open(slot, request.deadline, self.head(request.tenant.id, shard));
        let begun = Begun { polling: self.seal(request.polling, index), login: self.seal(request.login, index) };
        (begun, SessionRef { index, generation })
    }
}
