//! What the books keep of a slot.

/// `Place::at` of a slot that has no entry.
pub(super) const NOWHERE: u32 = u32::MAX;

/// What the books keep of each slot that was ever used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The position of its deadline in the heap.
    pub(super) at: u32,
    /// Neighbours in the tenant's list of live sessions. For a free slot, `next` is the next free one.
    pub(super) prev: u32,
    pub(super) next: u32,
}

/// No slot.
pub(super) const NONE: u32 = u32::MAX;
/// In place of the one before it: the session is in its tenant's list no more, although its end is not entered.
pub(super) const ASIDE: u32 = NONE - 1;

impl Default for Place {
    fn default() -> Self {
        Self { at: NOWHERE, prev: NONE, next: NONE }
    }
}
