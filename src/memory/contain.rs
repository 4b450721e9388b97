//! A caller's code within a verb: destructors of grants and contexts, and wakers.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `act`, and stops a panic in it here: the panic hook has reported it, and the verb that ran `act` for another
/// session's sake goes on.
pub(crate) fn contain(act: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(act)) {
        // Its destructor is a caller's code, too.
        std::mem::forget(payload);
    }
}

/// Drops `value`; a panic in its destructor goes no further.
pub(crate) fn discard<V>(value: V) {
    if std::mem::needs_drop::<V>() {
        contain(move || drop(value));
    }
}
