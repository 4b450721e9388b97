//! All slots, the shards that keep their books, and the index of user codes.
//!
//! This is the concurrent map from code to session. A code carries the number of its slot, so finding a session is an
//! index and a constant-time comparison: no hash, no probe, no lock, whatever else goes on. A session that ends is
//! listed without a lock, too ([`shard`](super::shard)). A shard's lock is taken when a session begins or is forgotten,
//! and by `sweep`, `stats` and listings: one at a time, for a bounded number of entries, and never while a caller's code
//! runs or memory is allocated.
//!
//! Lock order: a shard's books, then a tenant's keeper. The maps of user codes and of tenants' names are locked alone.

use std::sync::Arc;

use ahash::RandomState;
use dashmap::DashMap;

use super::contain::discard;
use super::index::index;
use super::shard::{MOST_SHARDS, MOST_SLOTS, Shard};
use super::slot::zeroed::{self, OutOfMemory, Pages};
use super::slot::{Cold, Rules, Session, Slot, Status};
use super::tenant::Tenants;
use super::uncollected::Listener;
use crate::clock::Tick;
use crate::code::{Code, Proof};
use crate::session::SessionId;
use crate::settings::MAX_SESSIONS;
use crate::sync::atomic::AtomicU64;

mod begin;
pub(crate) mod end;
pub(crate) mod evict;
mod names;
pub(crate) mod sweep;

/// Below this, another shard would not be worth its books: the smallest stores have one.
const LEAST_SLOTS: u32 = 1 << 6;
/// Sixteen shards of the largest size hold any store.
const _: () = assert!(MAX_SESSIONS <= (MOST_SHARDS * MOST_SLOTS) as usize);

const PLACE_MASK: u64 = (1 << 40) - 1;

/// A session by its place and generation: what an index may keep of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionRef {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl SessionRef {
    /// Its name outside of the store.
    pub(crate) fn id(self) -> SessionId {
        SessionId::new(u64::from(self.generation) << 32 | u64::from(self.index))
    }

    /// The place that an id names, which may be anybody's or nowhere.
    pub(crate) fn of(id: SessionId) -> Self {
        Self { index: id.get() as u32, generation: (id.get() >> 32) as u32 }
    }
}

/// What a code leads to.
pub(crate) struct Place<'a, T, C> {
    pub(crate) index: u32,
    pub(crate) session: Session<'a, T, C>,
    /// Whether the code names this place, and was not folded into the table.
    pub(crate) within: bool,
}

pub(crate) struct Table<T, C> {
    slots: zeroed::Table<Slot>,
    cold: zeroed::Table<Cold<T, C>>,
    pub(crate) shards: Box<[Shard]>,
    shift: u32,
    /// One less than the largest power of two that is not above the number of slots.
    fold: u64,
    mask: RandomState,
    pub(crate) rules: Rules,
    pub(crate) tenants: Arc<Tenants>,
    tenant_bound: Option<u32>,
    pub(crate) user_codes: DashMap<u64, SessionRef, RandomState>,
    /// The user code of each slot's session and one, zero for none. Read and written under the shard's lock.
    names: zeroed::Table<AtomicU64>,
    /// Called with grants that expired before they were collected.
    pub(crate) listener: Option<Listener<T>>,
}

/// What `build` decides about the table.
pub(crate) struct Plan {
    pub(crate) sessions: u32,
    pub(crate) rules: Rules,
    pub(crate) tenant_bound: Option<u32>,
    pub(crate) pages: Pages,
}

impl<T, C> Table<T, C> {
    pub(crate) fn new(plan: &Plan, tenants: Arc<Tenants>, listener: Option<Listener<T>>) -> Result<Self, OutOfMemory> {
        let even = plan.sessions.div_ceil(MOST_SHARDS).next_power_of_two();
        let per_shard = even.clamp(LEAST_SLOTS, MOST_SLOTS);
        let shards = (0..plan.sessions.div_ceil(per_shard))
            .map(|shard| Shard::new(per_shard.min(plan.sessions - shard * per_shard)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            slots: zeroed::Table::new(plan.sessions as usize, plan.pages)?,
            cold: zeroed::Table::new(plan.sessions as usize, plan.pages)?,
            shards,
            shift: per_shard.trailing_zeros(),
            fold: (1 << plan.sessions.ilog2()) - 1,
            mask: RandomState::new(),
            rules: plan.rules,
            tenants,
            tenant_bound: plan.tenant_bound,
            user_codes: index(plan.sessions),
            names: zeroed::Table::new(plan.sessions as usize, plan.pages)?,
            listener,
        })
    }

    /// Forty bits that depend on the secret and on this store: they hide the slot's number in the code. Sixty-four bits
    /// of the secret are enough for that, and save a multiplication that the slot's address would wait for.
    #[inline]
    fn mask(&self, proof: &Proof) -> u64 {
        self.mask.hash_one(proof.a) & PLACE_MASK
    }

    /// The code of a session's secret and place.
    pub(crate) fn seal(&self, proof: Proof, index: u32) -> Code {
        Code { proof, place: self.mask(&proof) ^ u64::from(index) }
    }

    /// The place at which the code says that its session is. A code that this store did not make leads to some slot, so that it
    /// takes the same time to find that it is none of ours: the place is folded into the table, and the code is no
    /// session's whatever its secret is.
    #[inline]
    pub(crate) fn place(&self, code: &Code) -> Place<'_, T, C> {
        let place = code.place ^ self.mask(&code.proof);
        let within = place < self.slots.len() as u64;
        let index = if within { place } else { place & self.fold } as u32;
        Place { index, session: self.session(index), within }
    }

    /// The slot that an id from outside names, if there is one.
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
        let session = self.session_at(at)?;
        loop {
            let (view, proof) = session.login_proof()?;
            if view.word.generation() != at.generation {
                return None;
            }
            let status = view.status(now, self.rules);
            if view.is_revocable(status) {
                self.lapse(at.index, session, &view);
                continue;
            }
            return (status != Status::Unknown).then(|| self.seal(proof, at.index));
        }
    }

    pub(crate) fn shard_of(&self, index: u32) -> (&Shard, u32) {
        (&self.shards[(index >> self.shift) as usize], index & ((1 << self.shift) - 1))
    }

    pub(crate) fn index(&self, shard: usize, slot: u32) -> u32 {
        // There are at most sixteen shards.
        (shard as u32) << self.shift | slot
    }

    /// The memory in which grants and contexts lie.
    #[cfg(test)]
    #[cfg(not(counterfoil_loom))]
    pub(crate) fn cold_memory(&self) -> *const [u8] {
        let cold: &[Cold<T, C>] = &self.cold;
        std::ptr::slice_from_raw_parts(cold.as_ptr().cast(), size_of_val(cold))
    }

    /// Holds every lock of the table while `during` runs.
    #[cfg(test)]
    #[cfg(not(counterfoil_loom))]
    pub(crate) fn stall<R>(&self, during: impl FnOnce() -> R) -> R {
        let _books: Vec<_> = self.shards.iter().map(Shard::lock).collect();
        let _listings: Vec<_> = self.shards.iter().map(|shard| shard.listing.lock()).collect();
        let _codes: Vec<_> = self.user_codes.shards().iter().map(|shard| shard.write()).collect();
        self.tenants.stall(during)
    }
}

/// Drops what the words still own, and wipes the secrets of the slots.
impl<T, C> Drop for Table<T, C> {
    fn drop(&mut self) {
        for shard in 0..self.shards.len() {
            let used = self.shards[shard].with(|books| books.used());
            for slot in 0..used {
                let session = self.session(self.index(shard, slot));
                if let Some(view) = session.view_all() {
                    if view.word.is_live() {
                        drop(session.expire(&view));
                    }
                    if let Ok(mut remains) = session.free() {
                        discard(&mut remains.grant);
                    }
                }
            }
        }
    }
}
