//! The allocator of this test binary: it tells of allocations under a shard's lock, and what is in memory that is freed.

#![allow(unsafe_code, reason = "an allocator is")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static ALLOCATOR: Watching = Watching;

struct Watching;

thread_local! {
    /// Whether this thread holds the books of a shard.
    static LOCKED: Cell<bool> = const { Cell::new(false) };
    /// How often it has allocated or freed meanwhile.
    static UNDER_LOCK: Cell<usize> = const { Cell::new(0) };
    /// A pattern to look for in what this thread frees.
    static PATTERN: Cell<Option<[u8; 32]>> = const { Cell::new(None) };
    static FOUND: Cell<usize> = const { Cell::new(0) };
}

fn note() {
    if LOCKED.try_with(Cell::get).unwrap_or(false) {
        UNDER_LOCK.set(UNDER_LOCK.get() + 1);
    }
}

// SAFETY: every call is passed on as it is.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note();
        if let Some(pattern) = PATTERN.try_with(Cell::get).ok().flatten() {
            FOUND.set(FOUND.get() + count(memory, layout.size(), pattern));
        }
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// How often the pattern stands in the memory, at addresses that are a multiple of eight.
pub(crate) fn count(memory: *const u8, size: usize, pattern: [u8; 32]) -> usize {
    (0..size.saturating_sub(31))
        .step_by(8)
        // SAFETY: the reads stay within the memory, which the caller owns. Some of it may be uninitialised, which a
        // volatile read does not mind on the machines that this is tested on.
        .filter(|at| (0..32).all(|byte| unsafe { memory.add(at + byte).read_volatile() } == pattern[byte]))
        .count()
}

/// Says that this thread holds a shard's books, until it is dropped.
pub(crate) struct Held(());

impl Held {
    pub(crate) fn new() -> Self {
        LOCKED.set(true);
        Self(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        LOCKED.set(false);
    }
}

/// How often this thread has allocated or freed while it held a shard's books.
pub(super) fn under_lock() -> usize {
    UNDER_LOCK.get()
}

/// Runs `act` and counts how often the pattern stands in what this thread frees meanwhile.
pub(super) fn freed(pattern: [u8; 32], act: impl FnOnce()) -> usize {
    FOUND.set(0);
    PATTERN.set(Some(pattern));
    act();
    PATTERN.set(None);
    FOUND.get()
}
