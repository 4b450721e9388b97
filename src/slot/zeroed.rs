//! Tables that cost nothing until they are touched.

#[cfg(not(counterfoil_loom))]
use std::alloc::{Layout, alloc_zeroed};
use std::fmt;

/// The table does not fit the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

/// A type of which zeroed memory is a valid value.
///
/// # Safety
/// All-zero bytes must be a valid value of the type.
pub(crate) unsafe trait Zeroed: Sized {
    /// The zero value, where memory cannot simply be zeroed (loom's atomics keep a record of their own).
    #[cfg(counterfoil_loom)]
    fn zero() -> Self;
}

/// `len` zero values. The operating system hands out zero pages and backs them only when they are written, so a table
/// for a million sessions costs a small store nothing.
#[cfg(not(counterfoil_loom))]
pub(crate) fn zeroed<Z: Zeroed>(len: usize) -> Result<Box<[Z]>, OutOfMemory> {
    let layout = Layout::array::<Z>(len).map_err(|_| OutOfMemory)?;
    if layout.size() == 0 {
        return Err(OutOfMemory);
    }
    // SAFETY: the layout's size is not zero.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        return Err(OutOfMemory);
    }
    let table = std::ptr::slice_from_raw_parts_mut(memory.cast::<Z>(), len);
    // SAFETY: the memory comes from the global allocator with the layout of `[Z; len]`, all zero, which `Zeroed` says
    // is a valid value for each element, and nothing else owns it.
    Ok(unsafe { Box::from_raw(table) })
}

#[cfg(counterfoil_loom)]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as above")]
pub(crate) fn zeroed<Z: Zeroed>(len: usize) -> Result<Box<[Z]>, OutOfMemory> {
    Ok((0..len).map(|_| Z::zero()).collect())
}
