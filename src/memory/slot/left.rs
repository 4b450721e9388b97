//! What a transition leaves to the thread that made it.

#[cfg(feature = "wait")]
use super::waiters::Woken;
use crate::memory::contain::discard;

/// What a session that has ended or moved on does not need any more: values that no thread took, and tasks to wake.
///
/// Dropping it wakes the tasks and drops the values. Both are the callers' code, so it is dropped where no lock is held
/// and the books are done; a panic in one goes no further.
pub(crate) struct Left<T, C> {
    pub(crate) grant: Option<T>,
    pub(crate) context: Option<C>,
    #[cfg(feature = "wait")]
    pub(crate) waiters: Woken,
}

impl<T, C> Left<T, C> {
    pub(crate) fn nothing() -> Self {
        Self {
            grant: None,
            context: None,
            #[cfg(feature = "wait")]
            waiters: Woken::default(),
        }
    }
}

impl<T, C> Drop for Left<T, C> {
    #[inline]
    fn drop(&mut self) {
        #[cfg(feature = "wait")]
        self.waiters.wake();
        discard(&mut self.grant);
        discard(&mut self.context);
    }
}
