//! Values that are counted while they live, so that a test sees what a store has dropped, lost or doubled.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Counts the values that were made with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    live: Arc<AtomicI64>,
}

impl Ledger {
    /// A value that lives in this ledger's books.
    pub(crate) fn make(&self, id: u64) -> Counted {
        self.live.fetch_add(1, Ordering::SeqCst);
        Counted { id, ledger: self.clone() }
    }

    /// How many of them have not been dropped; negative where one was dropped twice.
    pub(crate) fn live(&self) -> i64 {
        self.live.load(Ordering::SeqCst)
    }
}

/// A grant or a context that is missed when it is gone.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) id: u64,
    ledger: Ledger,
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.ledger.make(self.id)
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.ledger.live.fetch_sub(1, Ordering::SeqCst);
    }
}
