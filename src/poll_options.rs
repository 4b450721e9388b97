//! What a poll carries beside its code.

use crate::attempt::Attempt;
use crate::binding::Binding;

/// What a poll carries beside its code.
///
/// ```
/// use counterfoil::{Attempt, PollOptions, Polled, Secret, SessionStore};
///
/// let store = SessionStore::<Secret>::builder().build()?;
/// let login = store.initiate()?;
/// store.complete(&login.login_code, Secret::new("rt-1"))?;
/// let options = PollOptions::new().attempt(Attempt::new([7; 16]));
/// for _ in 0..2 {
///     let Polled::Completed(token) = store.poll_with(&login.polling_code, &options) else { panic!() };
///     assert_eq!(token.expose(), "rt-1", "repeated after its answer was lost");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What the login is bound to, and the proof that the browser brought, come along with each poll:
///
/// ```
/// use counterfoil::{Binding, PollOptions};
///
/// let options = PollOptions::new().binding(Binding::new([1; 32])).hand_back(Binding::new([2; 32]));
/// assert!(options.attempt.is_none());
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PollOptions {
    /// The name of this attempt to redeem the login, so that it may be repeated.
    pub attempt: Option<Attempt>,
    /// What the login is bound to. Missing or another: the code is unknown.
    pub binding: Option<Binding>,
    /// The proof that the browser brought. Missing or another, where the login asks for one: the login is pending.
    pub hand_back: Option<Binding>,
}

impl PollOptions {
    /// Nothing but the code.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of the attempt.
    #[must_use]
    pub fn attempt(mut self, attempt: Attempt) -> Self {
        self.attempt = Some(attempt);
        self
    }

    /// Sets what the login is bound to.
    #[must_use]
    pub fn binding(mut self, binding: Binding) -> Self {
        self.binding = Some(binding);
        self
    }

    /// Sets the proof that the browser brought.
    #[must_use]
    pub fn hand_back(mut self, proof: Binding) -> Self {
        self.hand_back = Some(proof);
        self
    }
}
