//! A shape that the crate might have had: `DashMap` from polling key to slot, and the session in its slot. Completion
//! goes straight to the slot, as the crate's does. In the second form the polling code carries the slot's number as a
//! hint, and the slot's line is fetched while the map is probed.
//!
//! Falls short: it measures the shape, so it has no tenants, contexts, retention or bound, the slot's number is not
//! masked, and expiry walks all slots.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use ahash::RandomState;
use dashmap::DashMap;
use parking_lot::Mutex;

use crate::codes::{Key, coarse_millis, millis, push, word};
use crate::peer::{Answer, Kind, Peer, Room};

const PENDING: u8 = 1;
const COMPLETED: u8 = 2;
const REDEEMED: u8 = 3;
const EXPIRED: u8 = 4;

#[derive(Default)]
#[repr(align(64))]
struct Slot {
    state: AtomicU8,
    deadline: AtomicU64,
    polling: Proof,
    login: Proof,
}

#[derive(Default)]
struct Proof {
    a: AtomicU64,
    b: AtomicU64,
    c: AtomicU32,
}

impl Proof {
    fn write(&self, key: Key) {
        self.a.store(key.a, Ordering::Relaxed);
        self.b.store(key.b, Ordering::Relaxed);
        self.c.store(key.c, Ordering::Relaxed);
    }

    fn read(&self) -> Key {
        let (a, b) = (self.a.load(Ordering::Relaxed), self.b.load(Ordering::Relaxed));
        Key { a, b, c: self.c.load(Ordering::Relaxed) }
    }
}

pub struct MapSlot<const HINTED: bool> {
    map: DashMap<Key, u32, RandomState>,
    slots: Box<[Slot]>,
    grants: Box<[Mutex<Option<String>>]>,
    fresh: AtomicUsize,
    ttl: u64,
}

impl<const HINTED: bool> MapSlot<HINTED> {
    #[inline]
    fn prefetch(&self, polling: &str) {
        #[cfg(target_arch = "x86_64")]
        if HINTED && let Some(slot) = word(polling.as_bytes(), 4).and_then(|at| self.slots.get(at as usize)) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: the address is that of a slot; a prefetch reads nothing.
            #[allow(unsafe_code)]
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(slot).cast());
            }
        }
    }

    fn slot(&self, polling: &str) -> Option<usize> {
        self.prefetch(polling);
        self.map.get(&Key::parse(polling)?).map(|slot| *slot as usize)
    }

    fn is_live(slot: &Slot) -> bool {
        coarse_millis() < slot.deadline.load(Ordering::Relaxed)
    }

    fn swap(slot: &Slot, from: u8, to: u8) -> bool {
        slot.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl<const HINTED: bool> Peer for MapSlot<HINTED> {
    const NAME: &'static str = if HINTED { "map → slot, prefetched" } else { "map → slot" };
    const KIND: Kind = Kind::Shape;
    const SOURCE: &'static str = include_str!("map_slot.rs");
    const CODE: usize = 40;

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let sessions = room.sessions + room.beyond;
        Self {
            map: DashMap::with_capacity_and_hasher(sessions, RandomState::new()),
            slots: (0..sessions).map(|_| Slot::default()).collect(),
            grants: (0..sessions).map(|_| Mutex::default()).collect(),
            fresh: AtomicUsize::new(0),
            ttl: millis(room.ttl),
        }
    }

    fn initiate(&self) -> (String, String) {
        let at = self.fresh.fetch_add(1, Ordering::Relaxed);
        let slot = &self.slots[at];
        let (polling, login) = (Key::random(), Key::random());
        slot.polling.write(polling);
        slot.login.write(login);
        slot.deadline.store(coarse_millis() + self.ttl, Ordering::Relaxed);
        slot.state.store(PENDING, Ordering::Release);
        self.map.insert(polling, at as u32);
        let text = |key: Key| {
            let mut text = String::with_capacity(Self::CODE);
            key.write(&mut text);
            push(&mut text, at as u64);
            text
        };
        (text(polling), text(login))
    }

    #[inline]
    fn poll(&self, polling: &str) -> Answer<String> {
        let Some(at) = self.slot(polling) else { return Answer::Unknown };
        let slot = &self.slots[at];
        match slot.state.load(Ordering::Acquire) {
            REDEEMED => Answer::Used,
            _ if !Self::is_live(slot) => Answer::Expired,
            PENDING => Answer::Pending,
            _ => match self.grants[at].lock().take() {
                Some(grant) if Self::swap(slot, COMPLETED, REDEEMED) => Answer::Completed(grant),
                _ => Answer::Used,
            },
        }
    }

    #[inline]
    fn complete(&self, login: &str, grant: String) -> bool {
        let Some(at) = word(login.as_bytes(), 4).map(|at| at as usize) else { return false };
        let (Some(slot), Some(key)) = (self.slots.get(at), Key::parse(login)) else { return false };
        if slot.login.read() != key || !Self::is_live(slot) {
            return false;
        }
        // The lock is the session's own, so that a poll never sees the state without the grant.
        let mut held = self.grants[at].lock();
        let won = Self::swap(slot, PENDING, COMPLETED);
        if won {
            *held = Some(grant);
        }
        won
    }

    fn expire(&self) {
        let used = self.fresh.load(Ordering::Relaxed).min(self.slots.len());
        for (slot, grant) in self.slots[..used].iter().zip(&self.grants) {
            if slot.state.load(Ordering::Acquire) != EXPIRED && !Self::is_live(slot) {
                self.map.remove(&slot.polling.read());
                slot.state.store(EXPIRED, Ordering::Release);
                grant.lock().take();
            }
        }
    }
}
