//! A part of the table: its books behind a lock, and beside them what is touched without.
//!
//! A slot is decided by its word alone; the books only say where to look: which slots are free, what falls due when, in
//! which order sessions ended, and which live sessions a tenant has. Their memory is reserved when the store is built,
//! so nothing is allocated under the lock.
//!
//! A slot is in one place at a time:
//! - *free*: on the stack of free slots, or never used;
//! - *live*: in the heap of deadlines and in its tenant's list;
//! - *ended* by a verb: on the [`List`], or in the [`Backlog`], until a holder of the books enters it among the settled. Its deadline
//!   stays in the heap until that comes or the slot is freed, since taking it out of the middle is the most expensive
//!   part;
//! - *expired*: noted or not, it stays in the heap of deadlines until the books come to it in their order, and then
//!   stands among the expired.
//!
//! Orders rather than a timer wheel: they are exact to the tick, give the oldest ending and the next deadline at once,
//! have no more entries than there are slots, and need no cascade.

use super::slot::zeroed::OutOfMemory;
use crate::clock::Tick;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};

mod books;
mod deadlines;
mod due;
pub(crate) mod list;
mod place;

pub(crate) use books::{Backlog, Books, Head};
pub(crate) use due::{Due, MOST_SLOTS};
use list::List;

/// The most shards that a table has.
pub(crate) const MOST_SHARDS: u32 = 16;

/// A shard: its books, and what can be known and done without their lock.
///
/// The hints are written under the lock and read without; they may be a moment old. A thread that acts on one takes the
/// lock and looks again.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Shard {
    books: Mutex<Books>,
    first_deadline: AtomicU64,
    first_ending: AtomicU64,
    first_replay: AtomicU64,
    vacant: AtomicU32,
    /// Whether there is a [`Backlog`].
    backlog: AtomicBool,
    pub(crate) beside: Beside,
    /// Held by a listing for as long as it walks, since the books keep the place of one.
    pub(crate) listing: Mutex<()>,
}

/// What verbs touch that take no lock, on lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Beside {
    pub(crate) list: List,
    /// Grants that are kept for replays.
    pub(crate) kept: AtomicU64,
    /// Completions.
    pub(crate) approved: AtomicU64,
    /// Sessions whose time ran out, once a verb or a sweep has noted it.
    pub(crate) expired: AtomicU64,
    /// Those of the expired whose grant was never collected.
    pub(crate) uncollected: AtomicU64,
    pub(crate) withdrawn: AtomicU64,
}

/// No entry: later than any tick.
const NEVER: u64 = u64::MAX;

impl Shard {
    pub(crate) fn new(slots: u32) -> Result<Self, OutOfMemory> {
        Ok(Self {
            books: Mutex::new(Books::new(slots).map_err(|_| OutOfMemory)?),
            first_deadline: AtomicU64::new(NEVER),
            first_ending: AtomicU64::new(NEVER),
            first_replay: AtomicU64::new(NEVER),
            vacant: AtomicU32::new(slots),
            backlog: AtomicBool::new(false),
            beside: Beside {
                list: List::new(),
                kept: AtomicU64::new(0),
                approved: AtomicU64::new(0),
                expired: AtomicU64::new(0),
                uncollected: AtomicU64::new(0),
                withdrawn: AtomicU64::new(0),
            },
            listing: Mutex::new(()),
        })
    }

    /// Runs `f` with the books, and brings the hints up to date after.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Books) -> R) -> R {
        self.run(self.books.lock(), f)
    }

    /// The same, unless another thread holds the lock.
    pub(crate) fn try_with(&self, f: impl FnOnce(&mut Books)) {
        if let Some(books) = self.books.try_lock() {
            self.run(books, f);
        }
    }

    fn run<R>(&self, mut books: MutexGuard<'_, Books>, f: impl FnOnce(&mut Books) -> R) -> R {
        #[cfg(all(test, not(counterfoil_loom)))]
        let _held = crate::memory::tests::allocator::Held::new();
        let result = f(&mut books);
        let raw = |first: Option<Tick>| first.map_or(NEVER, Tick::raw);
        // ORDERING: Relaxed: hints. The lock orders the books themselves. But a thread that finds no deadline passed, and
        // so takes no lock, must see what was done about those that were, to tenants' counts: Release pairs with the
        // Acquire in `first_deadline`.
        self.first_deadline.store(raw(books.deadlines.first().map(Due::at)), Ordering::Release);
        self.first_ending.store(raw(books.first_ending()), Ordering::Relaxed);
        self.first_replay.store(raw(books.first_replay().map(Due::at)), Ordering::Relaxed);
        self.vacant.store(books.vacant(), Ordering::Relaxed);
        self.backlog.store(!books.backlog.is_empty(), Ordering::Relaxed);
        result
    }

    #[cfg(all(test, not(counterfoil_loom)))]
    pub(crate) fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock()
    }

    #[cfg(all(test, not(counterfoil_loom)))]
    pub(crate) fn locked(&self) -> bool {
        self.books.is_locked()
    }

    pub(crate) fn first_deadline(&self) -> Option<Tick> {
        Self::tick(self.first_deadline.load(Ordering::Acquire))
    }

    pub(crate) fn first_ending(&self) -> Option<Tick> {
        Self::tick(self.first_ending.load(Ordering::Relaxed))
    }

    pub(crate) fn first_replay(&self) -> Option<Tick> {
        Self::tick(self.first_replay.load(Ordering::Relaxed))
    }

    fn tick(raw: u64) -> Option<Tick> {
        (raw != NEVER).then(|| Tick::from_raw(raw))
    }

    /// Whether sessions have ended that are not in the books yet.
    pub(crate) fn has_unentered(&self) -> bool {
        !self.beside.list.is_empty() || self.backlog.load(Ordering::Relaxed)
    }

    pub(crate) fn has_vacancy(&self) -> bool {
        self.vacant.load(Ordering::Relaxed) > 0
    }
}
