//! Tables that cost nothing until they are touched.

#[cfg(counterfoil_loom)]
use std::ops::Deref;

/// The table does not fit the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfMemory;

/// A type of which zeroed memory is a valid value.
///
/// # Safety
/// All-zero bytes must be a valid value of the type, and dropping a value must do nothing.
pub(crate) unsafe trait Zeroed: Sized {
    /// The zero value, for builds in which memory cannot simply be zeroed (loom's atomics keep a record of their own).
    #[cfg(counterfoil_loom)]
    fn zero() -> Self;
}

// SAFETY: an integer.
unsafe impl Zeroed for crate::sync::atomic::AtomicU64 {
    #[cfg(counterfoil_loom)]
    fn zero() -> Self {
        Self::new(0)
    }
}

#[cfg(not(counterfoil_loom))]
pub(crate) use memory::Table;

#[cfg(not(counterfoil_loom))]
mod memory {
    use std::alloc::{Layout, alloc_zeroed, dealloc};
    use std::ptr::NonNull;

    use std::ops::Deref;

    use crate::memory::slot::zeroed::{OutOfMemory, Zeroed};

    /// What the allocator aligns to without being asked. For more than that it would fetch memory and write the zeroes
    /// itself, page by page; for this it takes zero pages from the operating system, which backs them when they are
    /// first written. So a table for a million sessions costs a store of ten nothing.
    const ALIGN: usize = 16;

    /// A fixed number of zero values.
    pub(crate) struct Table<Z> {
        base: NonNull<u8>,
        layout: Layout,
        first: NonNull<Z>,
        len: usize,
    }

    // SAFETY: a table owns its values as a `Box<[Z]>` does.
    unsafe impl<Z: Send> Send for Table<Z> {}
    // SAFETY: as above.
    unsafe impl<Z: Sync> Sync for Table<Z> {}

    impl<Z: Zeroed> Table<Z> {
        pub(crate) fn new(len: usize) -> Result<Self, OutOfMemory> {
            let values = Layout::array::<Z>(len).map_err(|_| OutOfMemory)?;
            // Room to move the first value to its own alignment.
            let slack = align_of::<Z>().saturating_sub(ALIGN);
            let size = values.size().checked_add(slack).filter(|_| values.size() > 0).ok_or(OutOfMemory)?;
            let layout = Layout::from_size_align(size, ALIGN).map_err(|_| OutOfMemory)?;
            // SAFETY: the layout's size is not zero.
            let base = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(OutOfMemory)?;
            let shift = base.as_ptr().align_offset(align_of::<Z>());
            // SAFETY: both addresses are multiples of `ALIGN` or finer, so the shift is at most `slack`, and the result
            // is within the allocation.
            let first = unsafe { base.add(shift) }.cast::<Z>();
            Ok(Self { base, layout, first, len })
        }
    }

    impl<Z> Deref for Table<Z> {
        type Target = [Z];

        #[inline]
        fn deref(&self) -> &[Z] {
            // SAFETY: `first` is aligned and followed by `len` values within the allocation; they were zero, which
            // `Zeroed` says is valid, and have only been changed through `&Z` since.
            unsafe { std::slice::from_raw_parts(self.first.as_ptr(), self.len) }
        }
    }

    impl<Z> Drop for Table<Z> {
        fn drop(&mut self) {
            // SAFETY: allocated in `new` with this layout, and not freed before. The values need no drop: see `Zeroed`.
            unsafe { dealloc(self.base.as_ptr(), self.layout) };
        }
    }
}

/// The same for loom, value by value.
#[cfg(counterfoil_loom)]
pub(crate) struct Table<Z>(Box<[Z]>);

#[cfg(counterfoil_loom)]
impl<Z: Zeroed> Table<Z> {
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as above")]
    pub(crate) fn new(len: usize) -> Result<Self, OutOfMemory> {
        Ok(Self((0..len).map(|_| Z::zero()).collect()))
    }
}

#[cfg(counterfoil_loom)]
impl<Z> Deref for Table<Z> {
    type Target = [Z];

    fn deref(&self) -> &[Z] {
        &self.0
    }
}

#[cfg(all(test, not(counterfoil_loom)))]
mod tests {
    use super::*;
    use crate::memory::slot::session::Slot;

    #[test]
    fn a_table_is_aligned_and_zero() {
        for len in [1, 2, 3, 1000] {
            let table = Table::<Slot>::new(len).unwrap();
            assert_eq!(table.len(), len);
            assert!(table.as_ptr().is_aligned());
            assert!(table.iter().all(|slot| slot.word.load().state().is_none()));
        }
        assert!(Table::<Slot>::new(0).is_err());
        assert!(Table::<Slot>::new(usize::MAX / 64).is_err());
        assert!(Table::<Slot>::new(1 << 50).is_err(), "the system says no, and that is an error");
    }
}
