//! Finding a slot for a new session: a free one, or that of the session that ended first.

use std::sync::Arc;
use std::time::Duration;

use super::{SessionRef, Table};
use crate::State;
use crate::clock::Tick;
use crate::code::user::UserCode;
use crate::code::{Code, Proof};
use crate::shard::{Books, Due, Extra, Shard};
use crate::slot::{Fresh, Hold, View};
use crate::state::GRANT;
use crate::tenant::Tenant;

/// How often a new session looks for a slot before it gives up; with a thousand threads at a full table's last slot,
/// somebody may.
const ROUNDS: usize = 100;

pub(crate) struct Request<'a, C> {
    pub(crate) tenant: &'a Arc<Tenant>,
    pub(crate) deadline: Tick,
    pub(crate) context: Option<C>,
    /// Draws user codes, where one is asked for.
    pub(crate) user_code: Option<fn() -> UserCode>,
}

pub(crate) struct Begun {
    pub(crate) polling: Code,
    pub(crate) login: Code,
    pub(crate) user: Option<UserCode>,
}

/// No room; try again after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full(pub(crate) Duration);

/// What an evicted session left behind, to be dropped without a lock.
struct Left<T, C> {
    /// Of a session that expired with this eviction.
    uncollected: Option<T>,
    /// Of the session that gave way. Where somebody is busy with the one that expired, that is another.
    kept: Option<T>,
    context: Option<C>,
    extra: Extra,
    /// The slot whose session expired while somebody waited for it.
    watched: Option<u32>,
}

impl<T, C> Table<T, C> {
    /// Begins a session. Where no slot is free, remembered endings give way, the oldest first; a live session never.
    pub(crate) fn begin(&self, request: Request<'_, C>, now: Tick) -> Result<Begun, Full> {
        let mut entry = Entry { polling: Proof::random(), login: Proof::random(), request: Some(request) };
        // More than one round is needed only where others take what was found, or are still busy with it.
        for _ in 0..ROUNDS {
            let found = self.vacant_shard(entry.polling.c as usize).or_else(|| self.oldest_ending(now));
            let shard = match found {
                Some(shard) => shard,
                None => self.room(now)?,
            };
            let mut left =
                Left { uncollected: None, kept: None, context: None, extra: Extra::default(), watched: None };
            let begun = self.shards[shard].with(|books| {
                let slot = books.vacancy().or_else(|| self.evict(books, shard, now, &mut left))?;
                self.fill(books, shard, slot, &mut entry)
            });
            if let Some(index) = left.watched {
                self.wake(index, true);
            }
            drop(left);
            if let Some(begun) = begun {
                return Ok(begun);
            }
            std::thread::yield_now();
        }
        Err(Full(Duration::from_millis(1)))
    }

    /// A shard with a free slot, the first from `start` on.
    fn vacant_shard(&self, start: usize) -> Option<usize> {
        let shards = self.shards.len();
        let start = start % shards;
        (start..shards).chain(0..start).find(|shard| self.shards[*shard].has_vacancy())
    }

    /// The shard with the session that ended before all others, or whose time ran out without anybody noting it.
    fn oldest_ending(&self, now: Tick) -> Option<usize> {
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
    fn room(&self, now: Tick) -> Result<usize, Full> {
        let mut next: Option<Tick> = None;
        for (at, shard) in self.shards.iter().enumerate() {
            let books = shard.read();
            let first = books.deadlines().next().map(Due::at);
            if books.vacant() > 0 || !books.endings.is_empty() || first.is_some_and(|first| first <= now) {
                return Ok(at);
            }
            next = next.into_iter().chain(first).min();
        }
        let wait = next.map_or(Duration::ZERO, |next| now.until(next));
        Err(Full(wait.max(Duration::from_millis(1))))
    }

    /// Forgets the shard's oldest ending and answers its slot.
    fn evict(&self, books: &mut Books, shard: usize, now: Tick, left: &mut Left<T, C>) -> Option<u32> {
        let expired = books.deadlines().next().filter(|due| due.at() <= now);
        if let Some(due) = expired
            && books.endings.first().is_none_or(|ending| due.at() <= ending.at())
            && let Some(mut hold) = self.expire(books, shard, due, self.view_at(shard, due), now)
        {
            left.uncollected = hold.take_grant();
            left.context = hold.take_context();
            left.watched = hold.watched().then(|| self.index(shard, due.slot()));
        }
        // The first that nobody is busy with; that is nearly always the first.
        let (ending, grant) = books.endings.iter().find_map(|ending| {
            let grant = self.session(self.index(shard, ending.slot())).free().ok()?;
            Some((ending, grant))
        })?;
        left.kept = grant;
        left.extra = self.strike(books, shard, ending);
        Some(ending.slot())
    }

    /// Frees the slot of a remembered session and strikes it out.
    pub(super) fn forget(&self, books: &mut Books, shard: usize, ending: Due) -> Result<(Option<T>, Extra), ()> {
        let left = self.session(self.index(shard, ending.slot())).free().map_err(drop)?;
        Ok((left, self.strike(books, shard, ending)))
    }

    fn strike(&self, books: &mut Books, shard: usize, ending: Due) -> Extra {
        let deadline = self.session(self.index(shard, ending.slot())).deadline();
        let extra = books.forget(ending, deadline);
        if let Some(number) = extra.user_code {
            self.user_codes.remove(&number);
        }
        extra
    }

    fn fill(&self, books: &mut Books, shard: usize, slot: u32, entry: &mut Entry<'_, C>) -> Option<Begun> {
        // A second call cannot be: the first has answered. Still, the slot is not lost.
        let Some(request) = entry.request.take() else {
            books.back(slot);
            return None;
        };
        let index = self.index(shard, slot);
        let generation = self.session(index).begin(Fresh {
            polling: entry.polling,
            login: entry.login,
            tenant: request.tenant.id,
            deadline: request.deadline,
            context: request.context,
            paced: self.paced,
        });
        let user = request.user_code.map(|draw| self.name(SessionRef { index, generation }, draw));
        let extra = Extra {
            tenant: (request.tenant.id != 0).then(|| request.tenant.clone()),
            user_code: user.as_ref().map(UserCode::number),
        };
        books.open(slot, request.deadline, extra);
        Some(Begun { polling: self.seal(entry.polling, index), login: self.seal(entry.login, index), user })
    }

    /// A user code that nobody has. There are so many that a second draw is rare and a third is news.
    fn name(&self, session: SessionRef, draw: fn() -> UserCode) -> UserCode {
        loop {
            let code = draw();
            if let dashmap::Entry::Vacant(vacant) = self.user_codes.entry(code.number()) {
                vacant.insert(session);
                return code;
            }
        }
    }

    /// Takes a session that is due out of the live ones: expires it, unless it has ended otherwise, and enters its end.
    /// `view` is a recent look at it.
    pub(super) fn expire<'a>(
        &'a self,
        books: &mut Books,
        shard: usize,
        due: Due,
        mut view: Option<View>,
        now: Tick,
    ) -> Option<Hold<'a, T, C>> {
        let session = self.session(self.index(shard, due.slot()));
        if !books.pass(due) {
            return None;
        }
        loop {
            let seen = view?;
            let (state, hold) = match seen.word.state()? {
                state @ (State::Pending | State::Completed) => {
                    let Some(hold) = session.expire(&seen) else {
                        view = session.view_all();
                        continue;
                    };
                    books.counts.uncollected += u64::from(state == State::Completed);
                    (State::Expired, Some(hold))
                }
                state => (state, None),
            };
            let replayed = state == State::Redeemed && seen.word.has(GRANT);
            self.end(books, due.slot(), seen.ended(now), state, replayed);
            return hold;
        }
    }
}

/// A session on its way into the table.
struct Entry<'a, C> {
    polling: Proof,
    login: Proof,
    /// Taken when the slot is filled.
    request: Option<Request<'a, C>>,
}
