//! How often a grant is handed out.

use std::fmt;
use std::time::Duration;

/// How often a grant is handed out: once, or again for a while to the same polling code.
pub struct Delivery<T> {
    pub(crate) replay: Option<Replay<T>>,
}

/// Proof that grants may be replayed: made only by [`Delivery::replay`], for `T: Clone + Sync`. The code that shares a
/// grant between threads relies on that.
pub(crate) struct Replay<T> {
    pub(crate) window: Duration,
    /// A function pointer, so that only stores that replay ask for `Clone`.
    pub(crate) clone: fn(&T) -> T,
}

impl<T> Delivery<T> {
    /// Exactly one poll gets the grant; later ones are told *used*. The default.
    ///
    /// ```
    /// use counterfoil::{Delivery, Polled, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().delivery(Delivery::once()).build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
    /// assert!(matches!(store.poll(&login.polling_code), Polled::Redeemed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn once() -> Self {
        Self { replay: None }
    }

    /// For `window` after the redemption, the same polling code gets a clone of the grant again, then *used*.
    ///
    /// For replies that are lost on the network: the tool polls again and still gets its token. A poll that carries an
    /// [`Attempt`](crate::Attempt) has the same without the price, which is this: for so long
    /// the grant stays in memory, and a thief of the polling code can collect it, too. The
    /// grant is dropped at the window's end, by the next sweep, or earlier if its slot is needed.
    ///
    /// Clones may be taken by several threads at once, hence `Sync`. A panic in `Clone` goes to the poll's caller, and the
    /// grant stays for the next poll. A window of no length is [`once`](Self::once).
    ///
    /// ```
    /// use counterfoil::{Delivery, Polled, Secret, SessionStore};
    ///
    /// use std::time::Duration;
    ///
    /// let delivery = Delivery::replay(Duration::from_secs(60));
    /// let store = SessionStore::<Secret>::builder().delivery(delivery).build()?;
    /// let login = store.initiate()?;
    /// store.complete(&login.login_code, Secret::new("rt-1"))?;
    /// for _ in 0..2 {
    ///     assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn replay(window: Duration) -> Self
    where
        T: Clone + Sync,
    {
        Self { replay: (!window.is_zero()).then_some(Replay { window, clone: T::clone }) }
    }
}

impl<T> Default for Delivery<T> {
    fn default() -> Self {
        Self::once()
    }
}

impl<T> Clone for Delivery<T> {
    fn clone(&self) -> Self {
        Self { replay: self.replay }
    }
}

impl<T> Clone for Replay<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Replay<T> {}

impl<T> fmt::Debug for Delivery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.replay {
            None => f.write_str("Once"),
            Some(replay) => f.debug_tuple("Replay").field(&replay.window).finish(),
        }
    }
}
