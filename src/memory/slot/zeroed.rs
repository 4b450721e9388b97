//! Tables that cost nothing until they are touched.

#[cfg(any(counterfoil_loom, counterfoil_shuttle))]
use std::ops::Deref;

/// The table does not fit the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfMemory;

/// Which pages a table asks the operating system for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// As the system is set.
    Usual,
    /// Huge ones, if the table fills some.
    Huge,
}

/// A type of which zeroed memory is a valid value.
///
/// # Safety
/// All-zero bytes must be a valid value of the type, and dropping a value must do nothing.
pub(crate) unsafe trait Zeroed: Sized {
    /// The zero value, for builds in which memory cannot simply be zeroed (loom's and shuttle's atomics keep a record of their own).
    #[cfg(any(counterfoil_loom, counterfoil_shuttle))]
    fn zero() -> Self;
}

// SAFETY: an integer.
unsafe impl Zeroed for crate::sync::atomic::AtomicU64 {
    #[cfg(any(counterfoil_loom, counterfoil_shuttle))]
    fn zero() -> Self {
        Self::new(0)
    }
}

#[cfg(not(any(counterfoil_loom, counterfoil_shuttle)))]
pub(crate) use memory::Table;

#[cfg(not(any(counterfoil_loom, counterfoil_shuttle)))]
mod memory {
    use std::alloc::{Layout, alloc_zeroed, dealloc};
    use std::ptr::NonNull;

    use std::ops::Deref;

    use crate::memory::slot::zeroed::{OutOfMemory, Pages, Zeroed};

    /// What the allocator aligns to without being asked. For more than that it would fetch memory and write the zeroes
    /// itself, page by page; for this it takes zero pages from the operating system, which backs them when they are
    /// first written. So a table for a million sessions costs a store of ten nothing.
    const ALIGN: usize = 16;

    /// The size of a huge page on x86-64 and most other processors.
    #[cfg(target_os = "linux")]
    const HUGE: usize = 2 << 20;

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
        pub(crate) fn new(len: usize, pages: Pages) -> Result<Self, OutOfMemory> {
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
            if pages == Pages::Huge {
                advise(base, size);
            }
            Ok(Self { base, layout, first, len })
        }
    }

    /// Asks for huge pages in the part of the memory that they can fill. Advice: what the system does with it is no error.
    #[cfg(target_os = "linux")]
    fn advise(base: NonNull<u8>, size: usize) {
        let before = base.as_ptr().align_offset(HUGE);
        let within = size.saturating_sub(before) / HUGE * HUGE;
        if within == 0 {
            return;
        }
        // SAFETY: the range lies within the allocation and begins on a page. The advice changes no byte of it, nor how
        // it may be used.
        unsafe { libc::madvise(base.add(before).as_ptr().cast(), within, libc::MADV_HUGEPAGE) };
    }

    #[cfg(not(target_os = "linux"))]
    fn advise(_: NonNull<u8>, _: usize) {}

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

/// The same for loom and shuttle, value by value.
#[cfg(any(counterfoil_loom, counterfoil_shuttle))]
pub(crate) struct Table<Z>(Box<[Z]>);

#[cfg(any(counterfoil_loom, counterfoil_shuttle))]
impl<Z: Zeroed> Table<Z> {
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as above")]
    pub(crate) fn new(len: usize, _: Pages) -> Result<Self, OutOfMemory> {
        Ok(Self((0..len).map(|_| Z::zero()).collect()))
    }
}

#[cfg(any(counterfoil_loom, counterfoil_shuttle))]
impl<Z> Deref for Table<Z> {
    type Target = [Z];

    fn deref(&self) -> &[Z] {
        &self.0
    }
}

#[cfg(all(test, not(any(counterfoil_loom, counterfoil_shuttle))))]
mod tests {
    use super::*;
    use crate::memory::slot::session::Slot;

    #[test]
    fn a_table_is_aligned_and_zero() {
        for len in [1, 2, 3, 1000] {
            let table = Table::<Slot>::new(len, Pages::Usual).unwrap();
            assert_eq!(table.len(), len);
            assert!(table.as_ptr().is_aligned());
            assert!(table.iter().all(|slot| slot.word.load().state().is_none()));
        }
        assert!(Table::<Slot>::new(0, Pages::Huge).is_err());
        assert!(Table::<Slot>::new(usize::MAX / 64, Pages::Huge).is_err());
        // With 32 bits there are not so many addresses to ask for.
        #[cfg(target_pointer_width = "64")]
        assert!(Table::<Slot>::new(1 << 50, Pages::Usual).is_err(), "the system says no, and that is an error");
    }

    /// The flags of the mapping that has this address, in what the system lists.
    #[cfg(target_os = "linux")]
    fn flags(maps: &str, address: usize) -> Option<&str> {
        let mut ours = false;
        for line in maps.lines() {
            let range = line.split_once(' ').and_then(|(range, _)| range.split_once('-'));
            if let Some((Ok(from), Ok(to))) =
                range.map(|(from, to)| (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16)))
            {
                ours = (from..to).contains(&address);
            } else if ours && let Some(flags) = line.strip_prefix("VmFlags:") {
                return Some(flags);
            }
        }
        None
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn large_tables_ask_for_huge_pages_and_small_ones_do_not() {
        if !std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists() {
            return;
        }
        for (len, pages, asked) in
            [(1 << 17, Pages::Usual, false), (1 << 17, Pages::Huge, true), (1 << 10, Pages::Huge, false)]
        {
            let table = Table::<Slot>::new(len, pages).unwrap();
            let middle = &raw const table[len / 2];
            let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            assert_eq!(flags(&maps, middle.addr()).unwrap().contains(" hg"), asked, "{len} {pages:?}");
            assert!(table.iter().all(|slot| slot.word.load().state().is_none()));
        }
    }
}
