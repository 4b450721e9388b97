//! All slots, the shards that keep their books, and the index of user codes.
//!
//! This is the concurrent map from code to session. A code carries the number of its slot, so finding a session is an
//! index and a constant-time comparison: no hash, no probe, no lock, whatever else goes on. Locks are taken where a
//! session begins, ends or is forgotten, one shard at a time, and none is ever held while a caller's code runs.
//!
//! Lock order: a shard's books, then the index of user codes or the registry of tenants. Nobody takes them the other
//! way round.

use std::sync::Arc;
use std::time::Duration;

use ahash::RandomState;
use dashmap::DashMap;

use crate::State;
use crate::clock::Tick;
use crate::code::{Code, Proof};
use crate::shard::{Books, MOST_SLOTS, Shard};
use crate::slot::zeroed::{self, OutOfMemory};
use crate::slot::{Cold, Hold, Rules, Session, Slot, Status};
use crate::tenant::{Tenant, Tenants};

mod begin;
mod sweep;

pub(crate) use begin::{Full, Request};
pub use sweep::Swept;

/// The most shards that there are.
const MOST_SHARDS: u32 = 16;
/// Below this, another shard would not be worth its books: the smallest stores have one.
const LEAST_SLOTS: u32 = 1 << 6;
/// What sixteen shards of the largest size hold.
pub(crate) const MOST_SESSIONS: usize = (MOST_SHARDS * MOST_SLOTS) as usize;

const PLACE_MASK: u64 = (1 << 40) - 1;

/// A session by its place and generation: what an index may keep of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionRef {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

pub(crate) struct Table<T, C> {
    slots: zeroed::Table<Slot>,
    cold: zeroed::Table<Cold<T, C>>,
    pub(crate) shards: Box<[Shard]>,
    shift: u32,
    mask: RandomState,
    pub(crate) rules: Rules,
    paced: bool,
    tenants: Arc<Tenants>,
    tenant_bound: Option<u32>,
    pub(crate) user_codes: DashMap<u64, SessionRef, RandomState>,
    #[cfg(feature = "wait")]
    pub(crate) waiters: crate::waiters::Waiters,
}

/// What `build` decides about the table.
pub(crate) struct Plan {
    pub(crate) sessions: u32,
    pub(crate) rules: Rules,
    pub(crate) paced: bool,
    pub(crate) tenant_bound: Option<u32>,
}

impl<T, C> Table<T, C> {
    pub(crate) fn new(plan: &Plan, tenants: Arc<Tenants>) -> Result<Self, OutOfMemory> {
        let even = plan.sessions.div_ceil(MOST_SHARDS).next_power_of_two();
        let per_shard = even.clamp(LEAST_SLOTS, MOST_SLOTS);
        let shards = (0..plan.sessions.div_ceil(per_shard))
            .map(|shard| Shard::new(per_shard.min(plan.sessions - shard * per_shard)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            slots: zeroed::Table::new(plan.sessions as usize)?,
            cold: zeroed::Table::new(plan.sessions as usize)?,
            shards,
            shift: per_shard.trailing_zeros(),
            mask: RandomState::new(),
            rules: plan.rules,
            paced: plan.paced,
            tenants,
            tenant_bound: plan.tenant_bound,
            user_codes: DashMap::with_hasher(RandomState::new()),
            #[cfg(feature = "wait")]
            waiters: crate::waiters::Waiters::default(),
        })
    }

    /// Forty bits that depend on the secret and on this store: they hide the slot's number in the code. Sixty-four bits
    /// of the secret are enough for that, and save a multiplication that the slot's address would wait for.
    #[inline]
    fn mask(&self, proof: &Proof) -> u64 {
        self.mask.hash_one(proof.a) & PLACE_MASK
    }

    fn seal(&self, proof: Proof, index: u32) -> Code {
        Code { proof, place: self.mask(&proof) ^ u64::from(index) }
    }

    /// Where the code says that its session is. For codes that this store did not make, some slot or none.
    #[inline]
    pub(crate) fn place(&self, code: &Code) -> Option<(u32, Session<'_, T, C>)> {
        let place = usize::try_from(code.place ^ self.mask(&code.proof)).ok()?;
        let session = Session::new(self.slots.get(place)?, self.cold.get(place)?);
        Some((u32::try_from(place).ok()?, session))
    }

    /// The slot that an id from outside names, if there is such a slot.
    pub(crate) fn session_at(&self, at: SessionRef) -> Option<Session<'_, T, C>> {
        Some(Session::new(self.slots.get(at.index as usize)?, self.cold.get(at.index as usize)?))
    }

    /// How many sessions there can be.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn session(&self, index: u32) -> Session<'_, T, C> {
        Session::new(&self.slots[index as usize], &self.cold[index as usize])
    }

    /// The login code of a session that an index named, if it is still there and not forgotten.
    pub(crate) fn login_code(&self, at: SessionRef, now: Tick) -> Option<Code> {
        let (view, proof) = self.session(at.index).login_proof()?;
        let there = view.word.generation() == at.generation && view.status(now, self.rules) != Status::Unknown;
        there.then(|| self.seal(proof, at.index))
    }

    pub(crate) fn shard_of(&self, index: u32) -> (&Shard, u32) {
        (&self.shards[(index >> self.shift) as usize], index & ((1 << self.shift) - 1))
    }

    pub(crate) fn index(&self, shard: usize, slot: u32) -> u32 {
        // There are at most sixteen shards.
        (shard as u32) << self.shift | slot
    }

    /// Enters the end of a session that the holder has just brought about.
    pub(crate) fn retire(&self, index: u32, hold: &Hold<'_, T, C>, ended: Tick, state: State, replayed: bool) {
        let (shard, slot) = self.shard_of(index);
        shard.with(|books| {
            // A sweep that came by between the swap and this has entered it already. The slot is this session's: it is
            // held.
            if books.is_live(slot) {
                self.end(books, slot, ended, state, replayed);
                books.counts.uncollected += u64::from(hold.uncollected());
            }
        });
        self.wake(index, hold.watched());
    }

    fn end(&self, books: &mut Books, slot: u32, ended: Tick, state: State, replayed: bool) {
        books.end(slot, ended, state, replayed);
        if self.tenant_bound.is_some() {
            self.tenant(books, slot).release();
        }
    }

    fn tenant<'a>(&'a self, books: &'a Books, slot: u32) -> &'a Arc<Tenant> {
        books.extra(slot).and_then(|extra| extra.tenant.as_ref()).unwrap_or(&self.tenants.default)
    }

    /// The tenant of the session in a slot.
    pub(crate) fn tenant_at(&self, index: u32, id: u32) -> Option<Arc<Tenant>> {
        let (shard, slot) = self.shard_of(index);
        let books = shard.read();
        let tenant = self.tenant(&books, slot);
        (tenant.id == id).then(|| tenant.clone())
    }

    /// Wakes whoever waits for the session in a slot; `watched` says whether anybody may.
    #[cfg_attr(not(feature = "wait"), expect(clippy::unused_self))]
    pub(crate) fn wake(&self, index: u32, watched: bool) {
        #[cfg(feature = "wait")]
        if watched {
            self.waiters.wake(index);
        }
        #[cfg(not(feature = "wait"))]
        let _ = (index, watched);
    }

    /// The time until the next live session falls due: when a full store may have room again.
    pub(crate) fn next_deadline(&self, now: Tick) -> Duration {
        let first = self.shards.iter().filter_map(|shard| shard.with(Books::first_live)).min();
        first.map_or(Duration::ZERO, |first| now.until(first)).max(Duration::from_millis(1))
    }

    /// Holds every lock of the table while `during` runs.
    #[cfg(test)]
    #[cfg(not(counterfoil_loom))]
    pub(crate) fn stall<R>(&self, during: impl FnOnce() -> R) -> R {
        let _books: Vec<_> = self.shards.iter().map(Shard::read).collect();
        let _codes: Vec<_> = self.user_codes.shards().iter().map(|shard| shard.write()).collect();
        self.tenants.stall(during)
    }
}

/// Drops what the words still own, and wipes the secrets of the slots.
impl<T, C> Drop for Table<T, C> {
    fn drop(&mut self) {
        for shard in 0..self.shards.len() {
            let used = self.shards[shard].read().used();
            for slot in 0..used {
                let session = self.session(self.index(shard, slot));
                if let Some(view) = session.view_all() {
                    drop(session.expire(&view));
                    drop(session.free());
                }
            }
        }
    }
}
