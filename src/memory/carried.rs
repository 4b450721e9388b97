//! `Carried`: what a poll carries beside its code, borrowed from its options.

use crate::attempt::Attempt;
use crate::binding::Binding;
use crate::poll_options::PollOptions;

/// What a poll carries.
pub(super) struct Carried<'a, T> {
    pub(super) attempt: Option<Repeatable<T>>,
    pub(super) binding: Option<&'a Binding>,
    pub(super) hand_back: Option<&'a Binding>,
}

impl<'a, T: Clone + Sync> Carried<'a, T> {
    pub(super) fn new(options: &'a PollOptions) -> Self {
        let attempt = options.attempt.map(|attempt| Repeatable { attempt, clone: T::clone });
        Self { attempt, binding: options.binding.as_ref(), hand_back: options.hand_back.as_ref() }
    }
}

impl<T> Default for Carried<'_, T> {
    fn default() -> Self {
        Self { attempt: None, binding: None, hand_back: None }
    }
}

impl<T> Clone for Carried<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Carried<'_, T> {}

/// An attempt whose grant may be cloned: made only for `T: Clone + Sync`. The code that shares a grant between threads
/// relies on that.
pub(super) struct Repeatable<T> {
    pub(super) attempt: Attempt,
    /// A function pointer, so that only polls that carry an attempt ask for `Clone`.
    pub(super) clone: fn(&T) -> T,
}

impl<T> Clone for Repeatable<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Repeatable<T> {}
