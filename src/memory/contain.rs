//! A caller's code within a verb: destructors of grants and contexts, and wakers. `Clone` in a replay and the clock are
//! called where nothing is half done, and their panics go to the verb's caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `act`, and stops a panic in it here: the panic hook has reported it, and the verb that ran `act` for another
/// session's sake goes on.
pub(crate) fn contain(act: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(act)) {
        // Its destructor is a caller's code, too.
        std::mem::forget(payload);
    }
}

/// Drops the value, if there is one; a panic in its destructor goes no further.
#[inline]
pub(crate) fn discard<V>(value: &mut Option<V>) {
    // Most have none, and need no landing pad.
    if std::mem::needs_drop::<V>()
        && let Some(value) = value.take()
    {
        contain(move || drop(value));
    }
}

/// A value that is [discarded](discard) unless it is taken out.
pub(crate) struct Contained<V>(pub(crate) Option<V>);

impl<V> Drop for Contained<V> {
    fn drop(&mut self) {
        discard(&mut self.0);
    }
}
