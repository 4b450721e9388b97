//! An allocator that counts the bytes that are taken.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};

/// The system's allocator, with a count. A binary makes it its global allocator.
pub(crate) struct Counting;

static TAKEN: AtomicIsize = AtomicIsize::new(0);
static MOST: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is passed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = layout.size().cast_signed();
        MOST.fetch_max(TAKEN.fetch_add(size, Ordering::Relaxed) + size, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The bytes that are taken now.
pub(crate) fn taken() -> isize {
    TAKEN.load(Ordering::Relaxed)
}

/// Begins to look for the most that is taken at any one time.
pub(crate) fn mark() {
    MOST.store(taken(), Ordering::Relaxed);
}

/// The most that was taken at any one time since then.
pub(crate) fn most() -> isize {
    MOST.load(Ordering::Relaxed)
}
