//! The slot, and the session in it: what begins, what is looked at, what is freed.

use std::mem::MaybeUninit;

use subtle::ConstantTimeEq;

use super::extra::Extra;
use super::status::View;
#[cfg(feature = "wait")]
use super::waiters::Waiters;
use super::zeroed::Zeroed;
use crate::attempt::Attempt;
use crate::clock::Tick;
use crate::code::Proof;
use crate::memory::contain::Contained;
use crate::memory::word::{AtomicWord, CONTEXT, EXTRA, GRANT};
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::sync::{UnsafeCell, spin_loop};

/// A code's 160 bits in a slot.
#[derive(Debug)]
#[repr(C)]
pub(super) struct AtomicProof {
    a: AtomicU64,
    b: AtomicU64,
}

/// The hot part of a session.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(super) word: AtomicWord,
    pub(super) deadline: AtomicU64,
    pub(super) polling: AtomicProof,
    pub(super) login: AtomicProof,
    pub(super) polling_c: AtomicU32,
    pub(super) login_c: AtomicU32,
    pub(super) tenant: AtomicU32,
    /// How many ticks before its deadline the session was redeemed, denied or cancelled; zero until the thread that did
    /// so has written it down.
    pub(super) ended: AtomicU32,
}

/// The cold part of a session.
pub(crate) struct Cold<T, C> {
    /// The last poll, and how often polls came too soon; see [`pace`].
    pub(super) note: AtomicU64,
    /// The tasks that wait for the session.
    #[cfg(feature = "wait")]
    pub(super) waiters: Waiters,
    /// The attempt that redeemed the session; means something while `ATTEMPT` stands.
    pub(super) attempt: [AtomicU64; 2],
    /// How many tasks wait, on the list or off it in a moment.
    #[cfg(feature = "wait")]
    pub(super) waiting: AtomicU32,
    /// The next slot in the shard's list of ended sessions; see [`list`](super::shard::list).
    pub(super) next: AtomicU32,
    /// Holds a value while `GRANT` stands, and while a completer that has set `WRITING` is between its two swaps.
    pub(super) grant: UnsafeCell<MaybeUninit<T>>,
    /// Holds a value while `CONTEXT` stands, and while `READING` does.
    pub(super) context: UnsafeCell<MaybeUninit<C>>,
    /// Holds a value while `EXTRA` stands: from the session's beginning until its slot is freed. Read by who keeps the
    /// slot from being freed.
    pub(super) extra: UnsafeCell<Option<Box<Extra>>>,
}

// SAFETY: the cells are handed from thread to thread by the word's swaps, one owner at a time, which `Send` allows.
// `&T` is shared between threads only by replays, and a `Replay` or `Repeatable` is made only for `T: Sync`; `&C` only by
// reads of the context, which only `C: Sync` has. The rest is atomic.
unsafe impl<T: Send, C: Send> Sync for Cold<T, C> {}

// SAFETY: all fields are integers.
unsafe impl Zeroed for Slot {
    #[cfg(any(counterfoil_loom, counterfoil_shuttle))]
    fn zero() -> Self {
        let proof = || AtomicProof { a: AtomicU64::new(0), b: AtomicU64::new(0) };
        Self {
            word: AtomicWord::new(),
            deadline: AtomicU64::new(0),
            polling: proof(),
            login: proof(),
            polling_c: AtomicU32::new(0),
            login_c: AtomicU32::new(0),
            tenant: AtomicU32::new(0),
            ended: AtomicU32::new(0),
        }
    }
}

// SAFETY: integers, a pointer that may be null, a boxed value that may be missing (a null pointer, too), and two cells
// whose contents may be uninitialised and are never dropped with them.
unsafe impl<T, C> Zeroed for Cold<T, C> {
    #[cfg(any(counterfoil_loom, counterfoil_shuttle))]
    fn zero() -> Self {
        Self {
            note: AtomicU64::new(0),
            #[cfg(feature = "wait")]
            waiters: Waiters::default(),
            #[cfg(feature = "wait")]
            waiting: AtomicU32::new(0),
            attempt: [AtomicU64::new(0), AtomicU64::new(0)],
            next: AtomicU32::new(0),
            grant: UnsafeCell::new(MaybeUninit::uninit()),
            context: UnsafeCell::new(MaybeUninit::uninit()),
            extra: UnsafeCell::new(None),
        }
    }
}

/// Which of a session's two codes is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Polling,
    Login,
}

/// What a new session starts with.
pub(crate) struct Fresh<C> {
    pub(crate) polling: Proof,
    pub(crate) login: Proof,
    pub(crate) tenant: u32,
    pub(crate) deadline: Tick,
    /// Contained, since a refused login drops it.
    pub(crate) context: Contained<C>,
    /// Whether polls are paced, so that the note must be cleared.
    pub(crate) paced: bool,
    /// What only some sessions have.
    pub(crate) extra: Option<Box<Extra>>,
}

/// What a freed slot leaves, to be dropped without a lock.
pub(crate) struct Remains<T> {
    /// The grant that was kept for replays.
    pub(crate) grant: Option<T>,
    pub(crate) extra: Option<Box<Extra>>,
}

/// A slot with its cold part, and the session that is in it.
pub(crate) struct Session<'a, T, C> {
    pub(super) hot: &'a Slot,
    pub(super) cold: &'a Cold<T, C>,
}

impl<T, C> Clone for Session<'_, T, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, C> Copy for Session<'_, T, C> {}

impl<'a, T, C> Session<'a, T, C> {
    #[inline]
    pub(crate) fn new(hot: &'a Slot, cold: &'a Cold<T, C>) -> Self {
        Self { hot, cold }
    }

    /// Begins a session and returns its generation.
    ///
    /// The caller took the slot from the free list, so no other thread writes to it; holders of stale codes may be
    /// reading.
    pub(crate) fn begin(self, mut fresh: Fresh<C>) -> u32 {
        let mut flags = 0;
        if let Some(context) = fresh.context.0.take() {
            // SAFETY: the slot is free and the caller's alone: no flag stands, so the cell holds nothing and no other
            // thread touches it.
            self.cold.context.with_mut(|cell| unsafe { (*cell).write(context) });
            flags |= CONTEXT;
        }
        if let Some(extra) = fresh.extra.take() {
            flags |= self.put_extra(extra);
        }
        self.write(Side::Polling, fresh.polling);
        self.write(Side::Login, fresh.login);
        // ORDERING: Release on each field; see the head of this file. They pair with the Acquire loads in `look`.
        self.hot.tenant.store(fresh.tenant, Ordering::Release);
        self.hot.deadline.store(fresh.deadline.raw(), Ordering::Release);
        self.hot.ended.store(0, Ordering::Release);
        let word = self.hot.word.load().next(flags);
        if fresh.paced {
            self.clear_note(word.generation());
        }
        self.hot.word.store(word);
        word.generation()
    }

    fn write(self, side: Side, proof: Proof) {
        let (ab, c) = self.proof(side);
        // ORDERING: Release; they pair with the Acquire loads in `read`.
        ab.a.store(proof.a, Ordering::Release);
        ab.b.store(proof.b, Ordering::Release);
        c.store(proof.c, Ordering::Release);
    }

    #[inline]
    fn read(self, side: Side) -> Proof {
        let (ab, c) = self.proof(side);
        // ORDERING: Acquire; they pair with the Release stores in `write`, and keep `unchanged` behind them.
        Proof { a: ab.a.load(Ordering::Acquire), b: ab.b.load(Ordering::Acquire), c: c.load(Ordering::Acquire) }
    }

    #[inline]
    fn proof(self, side: Side) -> (&'a AtomicProof, &'a AtomicU32) {
        match side {
            Side::Polling => (&self.hot.polling, &self.hot.polling_c),
            Side::Login => (&self.hot.login, &self.hot.login_c),
        }
    }

    /// Returns the session as it stands, if `proof` is its secret and `tenant` its tenant.
    ///
    /// All parts of the view are of one moment. Wait-free except while other threads change the session.
    #[inline]
    pub(crate) fn view(self, side: Side, proof: &Proof, tenant: u32) -> Option<View> {
        self.look(|| bool::from(self.read(side).ct_eq(proof)) && self.tenant() == tenant)
    }

    /// The same for any tenant; returns the tenant too.
    pub(crate) fn view_any(self, side: Side, proof: &Proof) -> Option<(View, u32)> {
        let mut tenant = 0;
        let view = self.look(|| {
            tenant = self.tenant();
            self.read(side).ct_eq(proof).into()
        })?;
        Some((view, tenant))
    }

    /// The same for an operator of the tenant, who needs no proof.
    pub(crate) fn view_in(self, tenant: u32) -> Option<View> {
        self.look(|| self.tenant() == tenant)
    }

    /// The same for the thread that keeps the books.
    pub(crate) fn view_all(self) -> Option<View> {
        self.look(|| true)
    }

    /// The session, with its login code's secret.
    pub(crate) fn login_proof(self) -> Option<(View, Proof)> {
        let mut proof = None;
        let view = self.look(|| {
            proof = Some(self.read(Side::Login));
            true
        })?;
        Some((view, proof?))
    }

    /// The tenant of the slot's session, or of the last one that it had.
    pub(crate) fn tenant(self) -> u32 {
        // ORDERING: Acquire; pairs with the Release store in `begin`.
        self.hot.tenant.load(Ordering::Acquire)
    }

    /// Writes down the attempt that redeemed the session.
    pub(super) fn set_attempt(self, attempt: Attempt) {
        for (word, half) in self.cold.attempt.iter().zip(attempt.words()) {
            // ORDERING: Relaxed: the stamp that follows publishes them.
            word.store(half, Ordering::Relaxed);
        }
    }

    /// Whether it was `attempt` that redeemed the session, whose stamp the caller has seen and which it holds.
    pub(crate) fn is_attempt(self, attempt: Attempt) -> bool {
        // ORDERING: Relaxed: written before the stamp (Release), which was read with Acquire.
        let [a, b] = self.cold.attempt.each_ref().map(|word| word.load(Ordering::Relaxed));
        attempt == Attempt::from_words([a, b])
    }

    /// The link to the next slot in the list of ended sessions. Only the thread that ended the session writes it, before
    /// it lists the slot; only the thread that keeps the books reads it, after.
    pub(crate) fn link(self) -> &'a AtomicU32 {
        &self.cold.next
    }

    #[inline]
    fn look(self, mut matches: impl FnMut() -> bool) -> Option<View> {
        loop {
            let word = self.hot.word.load();
            word.state()?;
            let mine = matches();
            // ORDERING: Acquire on both; they pair with the Release stores in `begin` and `stamp`.
            let deadline = Tick::from_raw(self.hot.deadline.load(Ordering::Acquire));
            let stamp = self.hot.ended.load(Ordering::Acquire);
            if self.hot.word.unchanged(word) {
                return mine.then_some(View { word, deadline, stamp });
            }
            spin_loop();
        }
    }

    /// Frees a slot whose session has ended, unless a thread is busy with it. What it returns is for the caller to drop
    /// once it holds no lock.
    ///
    /// Only for a slot that is entered in the books as ended.
    pub(crate) fn free(self) -> Result<Remains<T>, Busy> {
        let word = self.hot.word.load();
        if word.state().is_none() || word.is_live() || word.pinned() {
            return Err(Busy);
        }
        self.hot.word.swap(word, word.freed()).map_err(|_| Busy)?;
        let grant = word.has(GRANT).then(|| self.take_grant());
        let extra = if word.has(EXTRA) { self.take_extra() } else { None };
        self.write(Side::Polling, Proof::default());
        self.write(Side::Login, Proof::default());
        Ok(Remains { grant, extra })
    }

    /// Takes the grant out of its cell, and wipes the cell. Only for the thread that owns it: by a swap that cleared
    /// `GRANT`, or by one that set `WRITING` and a value that was written since.
    pub(super) fn take_grant(self) -> T {
        // SAFETY: the caller's swap cleared `GRANT`, which stood only while the cell held a value; no other thread has
        // cleared it since, and no replay is reading (`KEPT` was cleared before, and no other pin was held). Or the
        // caller's swap set `WRITING`, and no other thread touches the cell before the caller has set `GRANT` or let go
        // of its pin.
        self.cold.grant.with_mut(|cell| unsafe { take(&mut *cell) })
    }

    /// Takes the context out of its cell, and wipes the cell. Only for the thread that owns it: by a swap that cleared
    /// `CONTEXT` while `READING` did not stand, or by one that cleared `READING` after `CONTEXT`, with no pin but its own.
    pub(super) fn take_context(self) -> C {
        // SAFETY: the caller's swap cleared `CONTEXT`, which stood only while the cell held a value, and no thread was
        // reading. Or it cleared `READING`, under which the value stayed in place after `CONTEXT` was cleared; those who
        // read it have let go of their pins, and none begins to without `CONTEXT`.
        self.cold.context.with_mut(|cell| unsafe { take(&mut *cell) })
    }
}

/// Moves the value out and leaves zeroes: it may be a key that lies in the cell itself.
///
/// # Safety
/// The cell holds a value, and is read as a value no more.
unsafe fn take<V>(cell: &mut MaybeUninit<V>) -> V {
    // SAFETY: the caller's promise.
    let value = unsafe { cell.assume_init_read() };
    // SAFETY: the cell is the caller's, and any bytes may be in it. The barrier keeps the zeroes: all the compiler knows is
    // that they are looked at.
    unsafe { std::ptr::write_bytes(cell, 0, 1) };
    std::hint::black_box(cell);
    value
}

/// The slot cannot be freed now: its session has not ended, or a thread is busy with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

#[cfg(all(test, not(any(counterfoil_loom, counterfoil_shuttle))))]
mod tests {
    use super::*;
    use crate::Secret;

    #[test]
    fn a_slot_is_one_cache_line() {
        assert_eq!(size_of::<Slot>(), 64);
        assert_eq!(align_of::<Slot>(), 64);
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn the_cold_part_of_a_token_without_context() {
        let waiters = if cfg!(feature = "wait") { 8 } else { 0 };
        assert_eq!(size_of::<Cold<Secret, ()>>(), 40 + waiters + size_of::<Secret>());
    }

    #[test]
    fn what_was_taken_out_leaves_no_byte_behind() {
        let mut cell = MaybeUninit::new([0xa5_u8; 32]);
        // SAFETY: the cell holds a value, and its bytes are looked at as bytes after.
        let (value, left) = unsafe { (take(&mut cell), cell.assume_init()) };
        assert_eq!((value, left), ([0xa5; 32], [0; 32]));
    }
}
