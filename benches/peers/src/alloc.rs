//! The allocator's own count of what is in use. Off but for the memory measurement: a predictable branch on one flag,
//! which all peers pay alike.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

static COUNTING: AtomicBool = AtomicBool::new(false);
static IN_USE: AtomicI64 = AtomicI64::new(0);

pub struct Counting;

/// Begins to count, from zero.
pub fn count() {
    COUNTING.store(true, Ordering::SeqCst);
}

/// Bytes in use more than when the counting began.
pub fn in_use() -> i64 {
    IN_USE.load(Ordering::SeqCst)
}

#[inline]
fn note(bytes: usize, sign: i64) {
    if COUNTING.load(Ordering::Relaxed) {
        IN_USE.fetch_add(sign * bytes as i64, Ordering::Relaxed);
    }
}

// SAFETY: everything is the system allocator's doing; zeroed allocations too, so that untouched pages stay untouched.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(layout.size(), -1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(layout.size(), -1);
        note(size, 1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.realloc(memory, layout, size) }
    }
}
