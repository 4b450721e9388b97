//! Ending a session: by a verb, by its deadline; and entering in the books what has ended.

use super::{SessionRef, Table};
use crate::State;
use crate::attempt::Attempt;
use crate::clock::Tick;
use crate::memory::shard::list::{self, Ending};
use crate::memory::shard::{Backlog, Books, Due};
use crate::memory::slot::{Hold, Left, Session, View};
use crate::memory::uncollected::Passed;
use crate::sync::atomic::Ordering;

/// How many of a tenant's live sessions a refusal looks at: of each shard one, in a large table.
const ELDEST: usize = 24;
/// How many that have expired, as a verb has noted, it takes out of the tenant's way, at most.
const MOST_PASSED_OVER: usize = 64;
/// How many ended sessions are entered under one hold of a shard's lock, at most.
pub(crate) const MOST_AT_ONCE: usize = 32;

/// How many ended sessions a shard's list has before the thread that lists one enters them, unless another thread holds
/// the books: as many as one hold enters, so that the lock is taken seldom, and the thread that takes it next enters all of them.
const MANY: u64 = MOST_AT_ONCE as u64;

impl<T, C> Table<T, C> {
    /// Ends a live session as redeemed, denied or cancelled. `None`: it has changed since the view; look again.
    ///
    /// Lock-free: one swap of the word, two of the head of the list. A thread that is stalled in between keeps its own
    /// slot; and while it is, a full table asks to try again at once instead of naming a time.
    #[inline]
    pub(crate) fn end(
        &self,
        index: u32,
        session: Session<'_, T, C>,
        view: &View,
        to: State,
        now: Tick,
    ) -> Option<Left<T, C>> {
        let tenant = session.tenant();
        let ending = self.shard_of(index).0.beside.list.announce();
        let left = session.end(view, to, now)?;
        session.give_back_claim(view.word);
        self.list(ending, index, session, tenant);
        Some(left)
    }

    /// Redeems a completed session and keeps its grant for replays; otherwise like [`end`](Self::end).
    pub(crate) fn end_kept<'a>(
        &self,
        index: u32,
        session: Session<'a, T, C>,
        view: &View,
        attempt: Option<Attempt>,
        now: Tick,
    ) -> Option<Hold<'a, T, C>> {
        let tenant = session.tenant();
        let beside = &self.shard_of(index).0.beside;
        let ending = beside.list.announce();
        let hold = session.end_kept(view, attempt, now)?;
        // ORDERING: Relaxed: a hint for sweeps; the listing that follows orders it.
        beside.kept.fetch_add(1, Ordering::Relaxed);
        session.give_back_claim(view.word);
        self.list(ending, index, session, tenant);
        Some(hold)
    }

    #[inline]
    fn list(&self, ending: Ending<'_>, index: u32, session: Session<'_, T, C>, tenant: u32) {
        self.release(tenant);
        let (shard, slot) = self.shard_of(index);
        if ending.list(slot, session.link()) >= MANY {
            shard.try_with(|books| self.enter(books, index >> self.shift));
        }
    }

    /// Makes an expiry final: ends a live session whose deadline has passed, or closes a replay window that is over. The
    /// session is looked at again after that.
    #[cold]
    pub(crate) fn lapse(&self, index: u32, session: Session<'_, T, C>, view: &View) {
        if view.word.is_live() {
            let tenant = session.tenant();
            // Until the tenant has one live session less, as in `end`.
            let ending = self.shard_of(index).0.beside.list.announce();
            if let Some(hold) = session.expire(view) {
                session.give_back_claim(view.word);
                self.note_expired(index, view, tenant);
                let passed = self.passed(index, view, tenant, hold);
                drop(ending);
                passed.part(self.listener.as_ref());
            }
        } else if let Some(hold) = session.close(view) {
            self.shard_of(index).0.beside.kept.fetch_sub(1, Ordering::Relaxed);
            drop(hold);
        }
    }

    /// Expires a session of the tenant whose time is over, if no verb has noted it. Looks at a bounded number of the
    /// tenant's live sessions, in each shard at those that began first.
    ///
    /// # Errors
    /// The first deadline of those, if there is no such session. `None` if it is not known yet: too many that have
    /// expired stood before the live ones. They do so no longer at the next look.
    pub(crate) fn lapse_eldest(&self, tenant: u32, now: Tick) -> Result<(), Option<Tick>> {
        let (mut first, mut passed_over) = (None, MOST_PASSED_OVER);
        let mut slots = [0; ELDEST];
        let mut views = [None; ELDEST];
        let each = (ELDEST / self.shards.len()).max(1);
        for (at, shard) in self.shards.iter().enumerate() {
            let (head, unentered) = (self.head(tenant, at as u32), shard.has_unentered());
            let count = shard.with(|books| {
                // Sessions that have ended must not stand in the way of those that began after them.
                if unentered {
                    self.enter(books, at as u32);
                }
                loop {
                    let count = books.eldest(head, &mut slots[..each]);
                    let before = passed_over;
                    for (slot, view) in slots[..count].iter().zip(&mut views) {
                        *view = self.session(self.index(at, *slot)).view_in(tenant);
                        let expired = view.is_some_and(|view| view.word.state() == Some(State::Expired));
                        if expired && passed_over > 0 {
                            books.set_aside(*slot, head);
                            passed_over -= 1;
                        }
                    }
                    if passed_over == before {
                        return count;
                    }
                }
            });
            for (slot, view) in slots[..count].iter().zip(&views) {
                match view.filter(|view| view.word.is_live()) {
                    Some(view) if view.deadline <= now => {
                        let index = self.index(at, *slot);
                        self.lapse(index, self.session(index), &view);
                        return Ok(());
                    }
                    Some(view) => first = first.into_iter().chain([view.deadline]).min(),
                    None => {}
                }
            }
        }
        Err(first.filter(|_| passed_over > 0))
    }

    /// What a session leaves that the caller has expired, and lets go here; with its tenant, if somebody is to be told.
    fn passed(&self, index: u32, view: &View, tenant: u32, hold: Hold<'_, T, C>) -> Passed<T, C> {
        let tells = self.listener.is_some() && view.word.state() == Some(State::Completed);
        // While the slot is held, its tenant is there.
        let tenant = if tells { self.tenants.account(tenant).tenant() } else { None };
        let id = SessionRef { index, generation: view.word.generation() }.id();
        Passed { left: hold.release(), whose: tenant.map(|tenant| (tenant, id)) }
    }

    /// Counts a session that the caller has expired. The books come to it by its deadline.
    pub(super) fn note_expired(&self, index: u32, view: &View, tenant: u32) {
        let beside = &self.shard_of(index).0.beside;
        if view.word.state() == Some(State::Completed) {
            // ORDERING: Relaxed on both: counts for `stats`.
            beside.uncollected.fetch_add(1, Ordering::Relaxed);
        }
        beside.expired.fetch_add(1, Ordering::Relaxed);
        self.release(tenant);
    }

    /// Counts one live session of the tenant less, if they are bounded.
    fn release(&self, tenant: u32) {
        if self.tenant_bound.is_some() {
            self.tenants.account(tenant).release();
        }
    }

    /// Enters in the books of a shard what its list has, a bounded number under one hold of the lock; more are listed if
    /// the lock was held for long.
    pub(crate) fn enter(&self, books: &mut Books, shard: u32) {
        let mut steps = 2 * MOST_AT_ONCE;
        let session = |slot: u32| self.session(shard << self.shift | slot);
        let Backlog { listed, turned } = &mut books.backlog;
        if listed.is_none() && turned.is_none() {
            *listed = self.shards[shard as usize].beside.list.take();
        }
        // The list has the last first. It is turned round, so that endings are entered in their order.
        while let Some(slot) = *listed {
            if steps == 0 {
                return;
            }
            steps -= 1;
            let link = session(slot).link();
            // ORDERING: Relaxed on all: the list was taken with Acquire, and its slots are those of the books' holder.
            *listed = list::slot(link.load(Ordering::Relaxed).into());
            link.store(turned.map_or(0, |slot| slot + 1), Ordering::Relaxed);
            *turned = Some(slot);
        }
        for _ in 0..steps.min(MOST_AT_ONCE) {
            let Some(slot) = books.backlog.turned else { return };
            let session = session(slot);
            books.backlog.turned = list::slot(session.link().load(Ordering::Relaxed).into());
            // It has ended and is not freed before it is entered.
            if let Some(view) = session.view_all()
                && let Some(state) = view.word.state()
            {
                let ended = view.ended(view.deadline);
                books.enter_settled(Due::new(ended, slot), state, self.head(session.tenant(), shard));
            }
        }
    }

    /// Enters what all lists have, one shard after the other; of each a bounded number. Returns whether that was all.
    pub(crate) fn enter_some(&self) -> bool {
        let mut all = true;
        for (at, shard) in self.shards.iter().enumerate() {
            if shard.has_unentered() {
                all &= shard.with(|books| {
                    self.enter(books, at as u32);
                    books.backlog.is_empty()
                });
            }
        }
        all
    }

    /// Enters what all lists have now.
    pub(crate) fn enter_all(&self) {
        while !self.enter_some() {}
    }

    /// Whether a thread is in the middle of ending a session.
    pub(crate) fn is_ending(&self) -> bool {
        self.shards.iter().any(|shard| shard.beside.list.is_announced())
    }

    /// The head of the tenant's list of live sessions in a shard.
    pub(super) fn head(&self, tenant: u32, shard: u32) -> &crate::memory::shard::Head {
        // There are at most sixteen shards.
        &self.tenants.account(tenant).heads[shard as usize]
    }

    /// Takes the first deadline of a shard out of the books, which has passed: expires the session, unless it has ended
    /// otherwise. `view` is a recent look at it.
    pub(super) fn pass(&self, books: &mut Books, shard: u32, due: Due, mut view: Option<View>) -> Option<Passed<T, C>> {
        let index = shard << self.shift | due.slot();
        let session = self.session(index);
        loop {
            let seen = view?;
            match seen.word.state()? {
                State::Pending | State::Completed => {
                    let Some(hold) = session.expire(&seen) else {
                        view = session.view_all();
                        continue;
                    };
                    let tenant = session.tenant();
                    session.give_back_claim(seen.word);
                    self.note_expired(index, &seen, tenant);
                    books.enter_expired(due, self.head(tenant, shard));
                    return Some(self.passed(index, &seen, tenant, hold));
                }
                // A verb has noted it before.
                State::Expired => books.enter_expired(due, self.head(session.tenant(), shard)),
                // It stands among the settled, or will do so.
                State::Redeemed | State::Denied | State::Cancelled => {}
            }
            return None;
        }
    }
}
